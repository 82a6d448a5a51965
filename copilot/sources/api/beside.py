"""Lists that a stream's records refer to: on disk and looked up by key, so that memory holds no more than a page."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connector import Beside, Record, Since, Stream
from copilot.sources.api.faults import MALFORMED, UntrustworthyPage
from copilot.sources.api.pages import Page, pages


def joined(client: RESTClient, stream: Stream, since: Since, is_first: bool, directory: Path) -> Iterator[Page]:
    """The stream's pages since then (None: all), each record with what belongs to it of the lists beside it.

    Raises UntrustworthyPage, SourceSlow, SourceRefused.
    """
    reading = {"any", *(["whole"] if since is None else []), *(["first"] if is_first else [])}
    lists = [one for one in stream.beside if one.when in reading]
    with shelves(directory) as kept:
        for one in lists:
            kept.put(one, pages(client, one, one.ask(since)))
        for page in pages(client, stream, stream.ask(since)):
            yield replace(page, records=[_with_lists(record, lists, kept) for record in page.records])


def _with_lists(record: Record, lists: Iterable[Beside], kept: "Shelves") -> Record:
    """What a list brings, the next one may be sought by.

    Where a record has not the form to be sought by, there is None instead of a list: its rows cannot be read, so that
    it is set aside alone.
    """
    for one in lists:
        try:
            found = kept.found(one, record)
        except MALFORMED:
            found = None
        record = {**record, one.name: found}
    return record


class Shelves:
    """What was read beside a stream, one shelf per list."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("create table record (shelf text, key text, said text)")
        connection.execute("create index by_key on record (shelf, key)")

    def put(self, beside: Beside, pages: Iterable[Page]) -> None:
        """Keep a list. Raises UntrustworthyPage for a record of another form, and what the pages raise."""
        for page in pages:
            try:
                keyed = ((beside.key(record), record) for record in page.records)
                rows = [
                    (beside.name, _text(key), json.dumps(beside.kept(record)))
                    for key, record in keyed
                    if key is not None
                ]
            except MALFORMED as error:
                raise UntrustworthyPage(
                    f"{beside.name}: a record has not the form that the vendor documents ({type(error).__name__}),"
                    " and others refer to it: nothing was taken, it is read again"
                ) from error
            self._connection.executemany("insert into record values (?, ?, ?)", rows)

    def found(self, beside: Beside, record: Record) -> list[Record]:
        """Those of the list that the record seeks, in the order in which the vendor gave them."""
        rows = (
            row
            for key in dict.fromkeys(beside.sought(record))
            for row in self._connection.execute(
                "select said from record where shelf = ? and key = ? order by rowid", (beside.name, _text(key))
            )
        )
        return [json.loads(said) for (said,) in rows]


def _text(key: object) -> str:
    """Raises TypeError for what is no key."""
    if not isinstance(key, str):
        raise TypeError("a key is no text")
    return key


@contextmanager
def shelves(directory: Path) -> Iterator[Shelves]:
    """Empty shelves in a file of that directory, which the caller removes."""
    with closing(sqlite3.connect(directory / "beside.sqlite", isolation_level=None)) as connection:
        # The file is gone with the window: nothing is lost that a second reading would not bring.
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.execute("begin")
        yield Shelves(connection)
