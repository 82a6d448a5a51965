"""A published day into the CRMs that are mapped: shown first, written when told to, put back when it was wrong.

Safe to repeat: only what differs is sent, so a run that was killed is finished by the next one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from config.run import Run
from config.settings import ConfigError
from config.write_back import PATH, WriteBackConfig, write_back_config
from copilot import clock
from copilot.sources.api.connection import from_environment
from copilot.sources.api.faults import SourceRefused
from copilot.sources.config import ApiSource, load_sources
from copilot.warehouse import write_back_book as book
from copilot.warehouse.connect import Connection
from copilot.write_back.crm import Crm, NotWritten
from copilot.write_back.diff import Diff, diff
from copilot.write_back.sending import Sending
from copilot.write_back.targets import Aim, Connections, aims, open_crm
from copilot.write_back.undo_file import Done, Header, UndoFile, read_undo_file
from copilot.write_back.undoing import Kept, undoing
from copilot.write_back.values import stamps, wanted


@dataclass(frozen=True)
class Wish:
    """What somebody wants written: a day (None: the newest published one), and what of the safety stops to pass."""

    sources: Path
    as_of: date | None = None
    mapping: Path = PATH
    is_older_fine: bool = False
    are_many_fine: bool = False
    connection: Connections = from_environment

    @property
    def config(self) -> WriteBackConfig:
        """The mapping, checked. Raises ConfigError."""
        return write_back_config(self.mapping)

    @property
    def database(self) -> str:
        """The company's warehouse."""
        return Run(date.min, self.sources).database


@dataclass(frozen=True)
class Preview:
    """What would be written into one CRM, and why `apply` would refuse it, if it would."""

    source: str
    as_of: date
    diff: Diff
    refusal: str


def preview(wish: Wish) -> list[Preview]:
    """The difference of every mapped CRM; reads the CRMs, writes nothing anywhere.

    Raises ConfigError, SourceFault, and NotWritten when there is no such day to be written.
    """
    found = []
    for aim in _aims(wish):
        with _alone(wish.database, aim.source.name) as connection:
            day = _day(connection, wish)
            _, seen = _difference(connection, wish, aim, day)
            found.append(Preview(aim.source.name, day, seen, _too_many(seen, aim, wish)))
    return found


def differences(wish: Wish) -> dict[str, Any]:
    """How many accounts a preview shows, by source, and why `apply` would refuse. Raises as `preview` does."""
    return {
        one.source: {
            "compared": one.diff.n_compared,
            "changed": len(one.diff.changes),
            "missing": len(one.diff.missing),
            "refusal": one.refusal,
        }
        for one in preview(wish)
    }


def apply(wish: Wish) -> dict[str, Any]:
    """Write the difference into every mapped CRM, one after the other; counts by source.

    Raises ConfigError, SourceFault, and NotWritten for every safety stop.
    """
    if not wish.config.enabled:
        raise NotWritten(f"{wish.mapping} says enabled: false: nothing is written")
    return {aim.source.name: _written(wish, aim) for aim in _aims(wish)}


def _written(wish: Wish, aim: Aim) -> dict[str, Any]:
    with _alone(wish.database, aim.source.name) as connection:
        day = _day(connection, wish)
        crm, seen = _difference(connection, wish, aim, day)
        refusal = _too_many(seen, aim, wish)
        if refusal:
            raise NotWritten(refusal)
        header = _header(day, aim.source, aim.connection, wish.connection)
        return _sent(crm, connection, "apply", header, seen)


def undo(path: Path, sources: Path, connection: Connections = from_environment) -> tuple[dict[str, Any], list[Kept]]:
    """Put back what that undo file says was there, only where our value still stands; counts, and what was left alone.

    It leaves an undo file of its own. Raises ConfigError when the file belongs to another CRM; SourceFault, NotWritten.
    """
    done = read_undo_file(path)
    source = _source_of(done, sources, connection)
    with _alone(Run(done.day, sources).database, source.name) as held, _refusals(source.name):
        crm = open_crm(source, connection(done.header.connection))
        fields = sorted({name for change in done.changes for name in change.new})
        answer = crm.read([change.account_id for change in done.changes], fields)
        back, kept = undoing(done.changes, done.was_written, answer)
        header = _header(done.day, source, done.header.connection, connection)
        return _sent(crm, held, "undo", header, Diff(len(answer.standing), tuple(back), answer.missing)), kept


def _sent(crm: Crm, connection: Connection, kind: str, header: Header, seen: Diff) -> dict[str, Any]:
    """Undo file first, then the log, then batch by batch."""
    file = UndoFile.begin(header, seen.changes) if seen.changes else None
    where = str(file.path) if file else ""
    day = date.fromisoformat(header.as_of)
    entry = book.Entry(header.run, kind, day, header.source, seen.n_compared, len(seen.changes), where)
    book.begin(connection, entry, seen.missing)
    counts: dict[str, Any] = {"compared": seen.n_compared, "changed": len(seen.changes), "missing": len(seen.missing)}
    try:
        with _refusals(header.source):
            tally = Sending(crm, connection, entry, file).send(seen.changes) if file else None
    except Exception as error:
        book.end(connection, header.run, "stopped", str(error))
        raise
    book.end(connection, header.run, "done")
    sent = asdict(tally) if tally else {"written": 0, "rejected": 0, "overtaken": 0}
    return {**counts, **sent, "undo_file": where}


def _difference(connection: Connection, wish: Wish, aim: Aim, day: date) -> tuple[Crm, Diff]:
    with _refusals(aim.source.name):
        crm = open_crm(aim.source, wish.connection(aim.connection))
        given = {str(row["account_id"]): wanted(row, aim.targets) for row in book.account_rows(connection, day)}
        encoded = {
            account: {name: crm.encoded(value) for name, value in values.items()} for account, values in given.items()
        }
        seen = diff(encoded, crm.read(encoded, aim.fields), stamps(aim.targets))
    if given and not seen.n_compared:
        raise NotWritten(
            f"{aim.source.name} knows none of the {len(given)} accounts: account_fields of {wish.sources} has to name"
            " the field that holds their id"
        )
    return crm, seen


def _day(connection: Connection, wish: Wish) -> date:
    """The day to write. Raises NotWritten for one that is not published, or older than the newest."""
    newest = book.newest_day(connection)
    day = wish.as_of or newest
    if newest is None or day is None or not book.is_published(connection, day):
        held = "; ".join(book.held_because(connection, day)) if day else ""
        why = f": it is held: {held}" if held else ""
        raise NotWritten(f"{day or 'no day'} is not published{why}: nothing is written")
    if day < newest and not wish.is_older_fine:
        raise NotWritten(
            f"{day} is older than {newest}, which is published: it would put old values over new ones;"
            " if that is meant, say --older"
        )
    return day


def _too_many(seen: Diff, aim: Aim, wish: Wish) -> str:
    most = wish.config.largest_share
    if wish.are_many_fine or seen.share <= most:
        return ""
    return (
        f"{aim.source.name}: {len(seen.changes)} of {seen.n_compared} accounts would change, more than largest_share"
        f" ({most:.0%}) of {wish.mapping}: look at `copilot write-back preview`; if it is meant, say --many"
    )


def _aims(wish: Wish) -> Sequence[Aim]:
    found = aims(wish.config, wish.mapping, wish.sources)
    if not found:
        raise NotWritten(f"{wish.mapping} maps no source: examples/vendors/write_back.yml shows how")
    return found


def _header(day: date, source: ApiSource, name: str, connection: Connections) -> Header:
    run = f"{source.name}-{clock.now():%Y%m%dT%H%M%S%fZ}"
    return Header(run, day.isoformat(), source.name, source.type, name, connection(name).base_url)


def _source_of(done: Done, sources: Path, connection: Connections) -> ApiSource:
    """The CRM that the file belongs to: ids of one company's records mean nothing, or worse, in another's."""
    header = done.header
    for source in load_sources(sources).sources:
        if isinstance(source, ApiSource) and source.name == header.source:
            host = connection(header.connection).base_url
            if (source.type, host) == (header.type, header.host):
                return source
            raise ConfigError(f"{header.path.name} was written to {header.host}, and {source.name} is {host} now")
    raise ConfigError(f"{sources}: there is no source {header.source}, to which {header.path.name} belongs")


@contextmanager
def _alone(database: str, source: str) -> Iterator[Connection]:
    with book.alone(database, source) as connection:
        if connection is None:
            raise NotWritten(f"{source}: another write-back is under way: wait for its end")
        yield connection


@contextmanager
def _refusals(source: str) -> Iterator[None]:
    """What the vendor refuses is a matter of key, permission or mapping: another try cannot mend it."""
    try:
        yield
    except SourceRefused as error:
        raise NotWritten(f"{source}: {error}: docs/vendors.md says what a key needs that may write") from error
