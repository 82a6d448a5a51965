"""Rooms 1 to 3 for rows that were pushed: each event is a file of JSON lines that nobody had to put anywhere."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from config.settings import var_dir
from copilot import clock
from copilot.sources.canonical import Table
from copilot.sources.config import FileSource, TableMapping
from copilot.sources.files import FoundFile, UnreadableFile
from copilot.sources.gate import Judged
from copilot.sources.ingest_files import judged
from copilot.sources.reading import Dating, Reject
from copilot.sources.tally import Tally
from copilot.warehouse.landing import Offer, land_window
from copilot.warehouse.webhook_events import TakenMeanwhile, Waiting, mark_landed, waiting


def take_in_rows(cursor: Any, source: FileSource, table: Table, tally: Tally) -> int:
    """Land every event that waits for the table, each with its mark in one transaction; returns how many."""
    last, n_events = None, 0
    while source.webhook and (events := waiting(cursor, source.name, [table.name], last)):
        for event in events:
            n_events += _take_in(cursor, source, table, event, tally)
        last = events[-1]
    return n_events


def _take_in(cursor: Any, source: FileSource, table: Table, event: Waiting, tally: Tally) -> bool:
    spool = var_dir() / "spool" / source.name
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="pushed.", dir=spool) as place:
        file = FoundFile(Path(place) / "rows.jsonl", f"pushed/{event.event_id}")
        file.path.write_text(_lines(event.payload), encoding="ascii")
        offer = _offer(source, table, file, event)
        try:
            landed = land_window(
                cursor, source.name, [offer], lambda: mark_landed(cursor, source.name, [event], clock.now())
            )
        except TakenMeanwhile:
            return False
    for one in landed:
        tally.add(one)
    tally.files += 1
    return True


def _lines(payload: str) -> str:
    """One row a line, numbers as they are written: as text, so that none is rounded."""
    rows = json.loads(payload, parse_float=str, parse_int=str)["rows"]
    return "".join(json.dumps(row) + "\n" for row in rows)


def _offer(source: FileSource, table: Table, file: FoundFile, event: Waiting) -> Offer:
    """What the rows do not date was learned when the event came. Rows in which a column is missing wait in quarantine.

    They are judged like a file's; but nobody can deliver an event again, so none may stay unread.
    """
    mapping = (source.mapping(table) or TableMapping()).model_copy(update={"encoding": "utf-8"})

    def read() -> tuple[Dating, Iterator[Judged]]:
        try:
            return judged(file, table, mapping, event.received_at)
        except UnreadableFile as error:
            reject = Reject(1, "unreadable_event", str(error), event.payload)
            return "versions", iter([Judged(pa.table({}), [reject])])

    return Offer(source.name, table, file.name, file.stamp(), file.sha256(), event.received_at, read)
