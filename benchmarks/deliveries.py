"""Cut a written company into deliveries: what its systems recorded in a span of days, beside the earlier ones."""

import csv
import gzip
import io
import json
import os
from datetime import date, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet
import yaml

from config.settings import ROOT

# A file is named {table}_{YYYY-MM}[-DD].{suffix} for the days on which its rows were recorded.
MONTH_LENGTH = len("2026-11")


def write_sources(path: Path, database: str) -> None:
    """A sources file that lands the company's files into that database."""
    shipped = yaml.safe_load((ROOT / "examples" / "files" / "sources.yml").read_text())
    path.write_text(yaml.safe_dump({**shipped, "warehouse": database}))


def deliver(company: Path, inbox: Path, first: date, until: date) -> int:
    """Put what was recorded from `first` to the day before `until` into the inbox; returns how many files that are.

    A file of which every row belongs is linked, another is cut to its rows.
    """
    delivered = 0
    for path in sorted(company.glob("*/*")):
        if path.parent.name == "truth":
            continue
        table, period = path.name.split(".", 1)[0].rsplit("_", 1)
        begins, ends = _days_of(period)
        if ends <= first or begins >= until:
            continue
        place = inbox / path.parent.name
        place.mkdir(parents=True, exist_ok=True)
        if first <= begins and ends <= until:
            os.link(path, place / path.name)
        else:
            span = f"{max(first, begins)}_{min(until, ends)}"
            (place / f"{table}_{span}{''.join(path.suffixes)}").write_bytes(_cut(path, first, until))
        delivered += 1
    return delivered


def _days_of(period: str) -> tuple[date, date]:
    """The first day of a file's period and the first one after it."""
    if len(period) > MONTH_LENGTH:
        day = date.fromisoformat(period)
        return day, date.fromordinal(day.toordinal() + 1)
    first = date.fromisoformat(f"{period}-01")
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _cut(path: Path, first: date, until: date) -> bytes:
    """The file's rows that were recorded in the span, in the file's own format."""
    kind = "".join(path.suffixes)
    return {".parquet": _cut_parquet, ".csv.gz": _cut_csv, ".jsonl.gz": _cut_jsonl}[kind](path, first, until)


def _cut_parquet(path: Path, first: date, until: date) -> bytes:
    rows = pyarrow.parquet.read_table(path)
    day = pc.cast(pc.cast(rows["recorded_at"], "timestamp[us]"), "date32", safe=False)
    buffer = io.BytesIO()
    kept = rows.filter(pc.and_(pc.greater_equal(day, first), pc.less(day, until)))
    pyarrow.parquet.write_table(kept, buffer, compression="zstd")
    return buffer.getvalue()


def _cut_csv(path: Path, first: date, until: date) -> bytes:
    with gzip.open(path, "rt", newline="", encoding="utf-8") as opened:
        rows = csv.reader(opened)
        header = next(rows)
        at = header.index("recorded_at")
        kept = [row for row in rows if first <= datetime.fromisoformat(row[at]).date() < until]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *kept])
    return gzip.compress(text.getvalue().encode())


def _cut_jsonl(path: Path, first: date, until: date) -> bytes:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        kept = [
            line for line in lines if first <= datetime.fromisoformat(json.loads(line)["recorded_at"]).date() < until
        ]
    return gzip.compress("".join(kept).encode())
