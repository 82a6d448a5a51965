"""What the company's product has sent to its analytics tool: usage, in the order of receipt, some rows at a time.

There are millions of events: unlike the other systems' records they are never held in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow
import pyarrow.compute as pc
import pyarrow.dataset

# The company's name for the event that carries an account's daily totals.
TOTALS_EVENT = "Daily totals"
_ROWS_A_BATCH = 4096
# The product sends a day's totals as the last thing of the day.
_SENT_AT = time(23, 45, tzinfo=UTC)
_NO_PROPERTIES = frozenset({"event_id", "account_id", "subscription_id", "user_id", "event_name", "occurred_at"})
_NO_PROPERTIES |= {"used_on", "recorded_at"}


class Sent(NamedTuple):
    """One event as the product sent it; `properties` without those that it does not set."""

    key: str
    name: str
    account_id: str
    user_id: str | None
    occurred_at: datetime
    received_at: datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """What was received at `since` or later and before `until`, and happened on the days [first, last]."""

    since: datetime
    until: datetime
    first: date = date.min
    last: date = date.max


class UsageLog:
    """The usage files of a written company."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "usage"

    def events(self, span: Span) -> Iterator[Sent]:
        """What users did."""
        happened = pc.field("occurred_at")
        for row in self._rows("usage_events", span, happened >= _midnight(span.first), happened < _after(span.last)):
            yield Sent(
                row["event_id"], row["event_name"], row["account_id"], row["user_id"],
                row["occurred_at"], row["recorded_at"], _properties(row),
            )  # fmt: skip

    def totals(self, span: Span) -> Iterator[Sent]:
        """Daily totals of accounts that serve clients of their own."""
        used_on = pc.field("used_on")
        for row in self._rows("usage_daily", span, used_on >= span.first, used_on <= span.last):
            key = f"{row['account_id']}/{row['used_on']}/{row['feature']}"
            sent_at = datetime.combine(row["used_on"], _SENT_AT)
            yield Sent(key, TOTALS_EVENT, row["account_id"], None, sent_at, row["recorded_at"], _properties(row))

    def _rows(self, table: str, span: Span, *conditions: Any) -> Iterator[dict[str, Any]]:
        received = pc.field("recorded_at")
        wanted = (received >= span.since) & (received < span.until)
        for condition in conditions:
            wanted &= condition
        for path in self._paths(table, span):
            for batch in _batches(path, wanted):
                names, columns = batch.schema.names, [_values(column) for column in batch.columns]
                for values in zip(*columns, strict=True):
                    yield dict(zip(names, values, strict=True))

    def _paths(self, table: str, span: Span) -> Iterator[Path]:
        """The files that may hold it: each is named for the month or the day in which its rows were received."""
        since, until = (f"{instant:%Y-%m-%d}" for instant in (span.since, span.until))
        for path in sorted(self.directory.glob(f"{table}_[0-9]*.parquet")):
            period = path.stem.removeprefix(f"{table}_")
            if since[: len(period)] <= period <= until[: len(period)]:
                yield path


def _batches(path: Path, wanted: Any) -> Iterator[Any]:
    scanner = pyarrow.dataset.dataset(path, format="parquet").scanner(
        filter=wanted, batch_size=_ROWS_A_BATCH, batch_readahead=1, use_threads=False
    )
    return scanner.to_batches()  # type: ignore[no-any-return]


def _values(column: pyarrow.Array) -> list[Any]:
    """As `to_pylist`, which takes four times as long for instants with their zone."""
    if not pyarrow.types.is_timestamp(column.type):
        return list(column.to_pylist())
    instants = column.to_numpy(zero_copy_only=False).tolist()
    return [instant and instant.replace(tzinfo=UTC) for instant in instants]


def _properties(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and name not in _NO_PROPERTIES}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _after(day: date) -> datetime:
    """The midnight that ends the day; there is none after the last day of all."""
    return _midnight(day if day == date.max else day + timedelta(days=1))
