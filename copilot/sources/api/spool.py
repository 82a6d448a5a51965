"""A window of one stream as a file of the vendor's own records, one JSON object a line: fetched whole, then landed.

So no transaction waits for a vendor, a window that turns out to be untrustworthy has landed nothing, and memory is
bounded by a page. The file is this process's own and goes when the window is landed or given up; what a process that
was killed has left there goes before the next window of the source.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from config.kill_point import kill_point
from copilot.sources.api.connector import READ_AT, AnyStream, ByTime, ByToken, ByVendorClock, Record, Since, Stream
from copilot.sources.api.dropped import without
from copilot.sources.api.faults import MALFORMED, UntrustworthyPage
from copilot.sources.api.pages import Page


@dataclass(frozen=True)
class Window:
    """What was fetched: the file, where in it each page begins, how many records, where the next window begins.

    `ends` is None where the next window begins where this one did.
    """

    path: Path
    starts: Sequence[int]
    n_records: int
    ends: Since
    is_newest_first: bool = False

    def records(self) -> Iterator[Record]:
        """The records, in the order in which they came; oldest first where they came newest first."""
        with self.path.open("rb") as file:
            if not self.is_newest_first:
                yield from map(json.loads, file)
                return
            stops = [*self.starts[1:], self.path.stat().st_size]
            for start, stop in zip(reversed(self.starts), reversed(stops), strict=True):
                file.seek(start)
                yield from map(json.loads, reversed(file.read(stop - start).splitlines()))


@contextmanager
def fetched(stream: AnyStream, read: Callable[[Path], Iterator[Page]], directory: Path) -> Iterator[Window]:
    """Write all pages to a file in a place of its own, where `read` may put what it needs meanwhile.

    Raises what `read` raises; the place is removed at the end in any case.
    """
    with place_in(directory, stream.name) as place:
        path = place / "records.jsonl"
        with path.open("wb") as file:
            starts, n_records, ends = _write(stream, read(place), file)
        is_newest_first = isinstance(stream, Stream) and stream.is_newest_first
        yield Window(path, starts, n_records, ends, is_newest_first)


@contextmanager
def place_in(directory: Path, name: str) -> Iterator[Path]:
    """A place of this process's own for the block, in a directory without what the dead have left in it."""
    with _swept(directory), tempfile.TemporaryDirectory(prefix=f"{name}.", dir=directory) as place:
        yield Path(place)


@contextmanager
def _swept(directory: Path) -> Iterator[None]:
    """The directory, without what the dead have left in it; nobody sweeps it before the block ends.

    Whoever has a place there holds a share of its lock, which the kernel takes from the dead: who gets all is alone.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(directory, os.O_RDONLY)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for place in directory.iterdir():
                shutil.rmtree(place)
        fcntl.flock(opened, fcntl.LOCK_SH)
        yield
    finally:
        os.close(opened)


def _write(stream: AnyStream, pages: Iterator[Page], file: BinaryIO) -> tuple[list[int], int, Since]:
    starts, n_records, ends = [], 0, None
    for page in pages:
        starts.append(file.tell())
        dated = {READ_AT: page.answered_at.isoformat()} if isinstance(stream.cursor, ByVendorClock) else {}
        for record in page.records:
            file.write(json.dumps(without(record, stream.dropped) | dated, ensure_ascii=True).encode() + b"\n")
        n_records += len(page.records)
        ends = _end(stream, page, ends)
        kill_point("fetch.after_a_page")
    return starts, n_records, ends


def _end(stream: AnyStream, page: Page, before: Since) -> Since:
    """Where the stream stands after the page."""
    if isinstance(stream.cursor, ByVendorClock):
        return before or page.answered_at
    if isinstance(stream.cursor, ByToken):
        token = page.body.get(stream.cursor.name)
        if not isinstance(token, str) or not token:
            raise UntrustworthyPage(f"{stream.name}: the vendor gave no {stream.cursor.name} to go on with")
        return token
    if isinstance(stream.cursor, ByTime):
        told = (_changed_at(stream.cursor, record) for record in page.records)
        times = [time for time in told if time is not None]
        return max([*times, before] if isinstance(before, datetime) else times, default=None)
    return None


def _changed_at(cursor: ByTime, record: Record) -> datetime | None:
    """None for a record that does not say it as documented: the gate rejects that one, and the window goes on."""
    try:
        return cursor.changed_at(record)
    except MALFORMED:
        return None
