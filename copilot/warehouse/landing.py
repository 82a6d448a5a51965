"""Room 3: one file becomes rows of `raw_<source>.<table>`, quarantine rows and a cursor, in one transaction.

Nothing is lost: received = landed + unchanged + rejected, asserted here and by a constraint. A file whose size and
sha256 are known is skipped. Everything goes through one Arrow connection (ADBC), because rows and cursor must commit
together and binary COPY is the fastest way in.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.kill_point import kill_point
from config.settings import dsn
from copilot.sources.canonical import Table
from copilot.sources.files import Stamp
from copilot.sources.gate import Judged
from copilot.sources.reading import Dating
from copilot.sources.tally import Landed
from copilot.warehouse.batch_tag import BatchTag
from copilot.warehouse.landing_deletions import SHRUNK_BELOW, Outage
from copilot.warehouse.landing_rows import RowWriter
from copilot.warehouse.quarantine import forget, quarantine
from copilot.warehouse.stream_position import Position, move

# File systems keep times as coarsely as two seconds.
_SETTLED_SECONDS = 4
_NS_PER_SECOND = 1_000_000_000


class LandingError(RuntimeError):
    """Counts do not add up, or the file changed while it was read: nothing of the file was kept."""


@dataclass(frozen=True)
class Offer:
    """One file as it is offered: what identifies it, and how to read it once we hold the lock.

    `instant` is when we learn what the file does not date itself. `read` returns how the file dates its rows, and its
    judged batches. What `tells_all` and lacks a record that is known has lost it: its deletion is noted.
    """

    source: str
    table: Table
    file: str
    stamp: Stamp
    sha256: str
    instant: datetime
    read: Callable[[], tuple[Dating, Iterator[Judged]]]
    may_shrink: bool = False
    tells_all: bool = False

    @property
    def lasting_ns(self) -> int | None:
        """The file's time of writing where it can vouch for the content: a write this recent may not be the last."""
        age = self.instant.timestamp() - self.stamp.modified_ns / _NS_PER_SECOND
        return self.stamp.modified_ns if age > _SETTLED_SECONDS else None


@contextmanager
def bulk_connection(database: str) -> Iterator[Any]:
    """An Arrow cursor of the loader. It commits nothing by itself: every file says `begin` and `commit`."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(dsn("loader", database), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("set application_name = 'copilot:loader'")
        yield cursor


def prepare_source(cursor: Any, source: str) -> None:
    """Make the source's schema and partitions. Safe to repeat and to race."""
    with _transaction(cursor, source):
        cursor.execute("select raw.ensure_source($1)", (source,))
        cursor.fetchall()


def land(cursor: Any, offer: Offer) -> Landed:
    """Take in one file, or skip it.

    Raises UnreadableFile, LandingError, or what the database raises; then nothing of the file is kept.
    """
    if _is_known(cursor, offer):
        return Landed(skipped=1)
    with _transaction(cursor, offer.source):
        if _is_known(cursor, offer):
            return Landed(skipped=1)
        counts = _take_in(cursor, offer)
        kill_point("landing.after_cursor")
    return counts


def land_window(cursor: Any, source: str, offers: Sequence[Offer], position: Position | None) -> list[Landed]:
    """Take in all that one window of a stream gave, and move the stream's position, in one transaction.

    Without a position the stream stays where it is. Raises LandingError, or what the database raises; then nothing of
    the window is kept and the position stands.
    """
    with _transaction(cursor, source):
        counts = [_take_in(cursor, offer) for offer in offers]
        if position is not None:
            move(cursor, source, position)
        kill_point("landing.after_cursor")
    return counts


def _take_in(cursor: Any, offer: Offer) -> Landed:
    cursor.execute("select nextval('ops.batch_id')")
    batch_id = cursor.fetchone()[0]
    forget(cursor, offer.source, offer.table.name, offer.file)
    counts = _land_rows(cursor, offer, batch_id)
    kill_point("landing.after_rows")
    _remember(cursor, offer, batch_id, counts)
    return counts


@contextmanager
def _transaction(cursor: Any, source: str) -> Iterator[None]:
    """A transaction that holds the source's lock, so that two runs of one source take turns."""
    cursor.execute("begin")
    try:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", (f"copilot:landing:{source}",))
        cursor.fetchall()
        yield
    except BaseException:
        cursor.execute("rollback")
        raise
    cursor.execute("commit")


def known_stamps(cursor: Any, source: str, table: Table) -> dict[str, Stamp]:
    """The stamp of every file of the table that was taken in and had lain still before."""
    cursor.execute(
        "select file, size_bytes, modified_ns from ops.landing_cursor"
        " where source = $1 and table_name = $2 and modified_ns is not null",
        (source, table.name),
    )
    return {file: Stamp(size_bytes, modified_ns) for file, size_bytes, modified_ns in cursor.fetchall()}


def _is_known(cursor: Any, offer: Offer) -> bool:
    """Whether this content was taken in before; if so, the time of writing is kept: it need not be read again."""
    cursor.execute(
        """update ops.landing_cursor set modified_ns = $6::bigint
        where source = $1 and table_name = $2 and file = $3 and size_bytes = $4 and sha256 = $5
        returning file""",
        (offer.source, offer.table.name, offer.file, offer.stamp.size_bytes, offer.sha256, offer.lasting_ns),
    )
    return cursor.fetchone() is not None


def _land_rows(cursor: Any, offer: Offer, batch_id: int) -> Landed:
    tag = BatchTag(offer.source, offer.table, offer.file, batch_id)
    dating, judged = offer.read()
    writer = RowWriter(cursor, tag, dating, offer.instant, tells_all=offer.tells_all)
    cursor.execute("savepoint landing_file")
    counts = _write(cursor, tag, writer, judged)
    if not writer.keys_are_unique():
        cursor.execute("rollback to savepoint landing_file")
        writer = RowWriter(cursor, tag, dating, offer.instant, is_trusting=False)
        counts = _write(cursor, tag, writer, offer.read()[1])
    if not counts.rejected:  # a record in quarantine is there, although its key may not be known
        _bury(writer, counts, offer.source)
    writer.finish()
    if counts.received != counts.landed + counts.unchanged + counts.rejected:
        raise LandingError(f"{offer.source}: {offer.file}: counts do not add up: {counts}")
    return counts


def _bury(writer: RowWriter, counts: Landed, source: str) -> None:
    """Each deletion counts as a record that said so."""
    try:
        n_buried = writer.bury()
    except Outage as outage:
        raise LandingError(f"{source}: {outage}") from outage
    counts.received += n_buried
    counts.landed += n_buried


def _write(cursor: Any, tag: BatchTag, writer: RowWriter, judged: Iterator[Judged]) -> Landed:
    counts = Landed()
    for batch in judged:
        landed, unchanged, conflicts = writer.write(batch.good)
        rejected = [*batch.rejected, *conflicts]
        quarantine(cursor, tag, rejected)
        counts.received += batch.received
        counts.landed += landed
        counts.unchanged += unchanged
        counts.rejected += len(rejected)
    return counts


def _remember(cursor: Any, offer: Offer, batch_id: int, counts: Landed) -> None:
    key = (offer.source, offer.table.name, offer.file)
    cursor.execute(
        "insert into ops.landing_batch (source, table_name, file, batch_id, received, landed, unchanged, rejected)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        (*key, batch_id, counts.received, counts.landed, counts.unchanged, counts.rejected),
    )
    keep_share = 0.0 if offer.may_shrink else SHRUNK_BELOW
    cursor.execute(
        """insert into ops.landing_cursor as known
            (source, table_name, file, batch_id, size_bytes, modified_ns, sha256, n_rows, healthy_rows)
        values ($1, $2, $3, $4, $5, $9::bigint, $6, $7, $7)
        on conflict (source, table_name, file) do update set
            batch_id = excluded.batch_id, size_bytes = excluded.size_bytes, modified_ns = excluded.modified_ns,
            sha256 = excluded.sha256, n_rows = excluded.n_rows, landed_at = excluded.landed_at,
            healthy_rows = case
                when excluded.n_rows < known.healthy_rows * $8::double precision then known.healthy_rows
                else excluded.n_rows
            end""",
        (*key, batch_id, offer.stamp.size_bytes, offer.sha256, counts.received, keep_share, offer.lasting_ns),
    )
