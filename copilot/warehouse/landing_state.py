"""What a source looked like on a day: an empty, shrunk, missing or unreadable delivery is an outage, never churn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from config.kill_point import kill_point
from copilot.warehouse.connect import Connection, connect, hold_lock
from copilot.warehouse.landing_deletions import SHRUNK_BELOW

State = Literal["ok", "empty", "shrunk", "missing", "error"]


@dataclass(frozen=True)
class Delivery:
    """What was there for one table: the names of its files, what went wrong, whether the configuration promises it.

    An increment holds what changed since the last one, which may be nothing.
    """

    table: str
    files: tuple[str, ...]
    errors: tuple[str, ...]
    is_promised: bool
    is_increment: bool = False


@dataclass(frozen=True)
class KnownFile:
    """What the cursor says of a file: records in its last version, and in its last version that was no sudden loss.

    Of the records in its last version, `n_rejected` are in quarantine.
    """

    file: str
    n_rows: int
    n_rejected: int
    healthy_rows: int


def judge(delivery: Delivery, known: Sequence[KnownFile]) -> tuple[State, str] | None:
    """The state of one table and why; None for a table that nobody promised and that never came."""
    present = [one for one in known if one.file in delivery.files]
    if delivery.errors:
        return "error", "; ".join(delivery.errors)
    if not delivery.files and not delivery.is_increment:
        return ("missing", "no file matches the path") if delivery.is_promised or known else None
    n_rows = sum(one.n_rows for one in present)
    if n_rows == 0:
        held = sum(one.healthy_rows for one in present)
        empty: tuple[State, str] = ("empty", f"the files hold no row{f', they held {held}' if held else ''}")
        return ("ok", "") if delivery.is_increment else empty
    lost = [one for one in present if one.n_rows < one.healthy_rows * SHRUNK_BELOW]
    if lost:
        named = ", ".join(f"{one.file} holds {one.n_rows} rows, it held {one.healthy_rows}" for one in lost)
        return "shrunk", f"{named} (limit {SHRUNK_BELOW:.0%})"
    if sum(one.n_rejected for one in present) >= n_rows:
        return "error", f"all {n_rows} rows are in quarantine"
    return "ok", ""


def record_states(database: str, as_of: date, source: str, deliveries: Sequence[Delivery]) -> list[str]:
    """Write ops.source_state of the day; returns what is wrong in words. Run again for the day, it changes no row."""
    with connect("loader", database) as loader:
        hold_lock(loader, f"copilot:landing:{source}")
        rejected = _rejected(loader, source)
        problems = []
        for delivery in deliveries:
            codes = rejected.get(delivery.table, {})
            judged = judge(delivery, _known_files(loader, source, delivery.table))
            if judged is None:
                continue
            _write(loader, (as_of, source, delivery.table, *judged), sum(codes.values()))
            problems += _problems(source, delivery.table, judged, codes)
        kill_point("state.before_commit")
        return problems


def _problems(source: str, table: str, judged: tuple[State, str], codes: Mapping[str, int]) -> list[str]:
    state, message = judged
    found = [f"{source}.{table} is {state}: {message}"] if state != "ok" else []
    if codes:
        counts = ", ".join(f"{code} {n}" for code, n in codes.items())
        found.append(f"{source}.{table}: {sum(codes.values())} rows in quarantine: {counts}")
    return found


def _known_files(loader: Connection, source: str, table: str) -> list[KnownFile]:
    found: Any = loader.execute(
        "select c.file, c.n_rows, b.rejected, c.healthy_rows from ops.landing_cursor as c"
        " join ops.landing_batch as b using (batch_id) where c.source = %s and c.table_name = %s order by c.file",
        (source, table),
    )
    return [KnownFile(*row) for row in found]


def _rejected(loader: Connection, source: str) -> dict[str, dict[str, int]]:
    found: Any = loader.execute(
        "select table_name, reason_code, count(*) from quarantine.rejected_record where source = %s"
        " group by table_name, reason_code order by table_name, reason_code",
        (source,),
    )
    counts: dict[str, dict[str, int]] = {}
    for table, code, n in found:
        counts.setdefault(table, {})[code] = n
    return counts


def _landed_before(loader: Connection, source: str, table: str, as_of: date) -> tuple[int, datetime | None]:
    """(rows, newest recorded_at) of what raw holds from before the end of the day."""
    found: Any = loader.execute(
        "select coalesce(sum(n_rows), 0)::bigint, max(newest_recorded_at) from ops.landing_day"
        " where source = %s and table_name = %s and recorded_on < %s",
        (source, table, as_of + timedelta(days=1)),
    ).fetchone()
    return found[0], found[1]


def _write(loader: Connection, state: tuple[date, str, str, State, str], n_rejected: int) -> None:
    as_of, source, table, word, message = state
    n_rows, newest = _landed_before(loader, source, table, as_of)
    loader.execute(
        """insert into ops.source_state as known
            (as_of_date, source, table_name, state, n_rows, n_rejected, newest_recorded_at, message)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (as_of_date, source, table_name) do update set
            state = excluded.state, n_rows = excluded.n_rows, n_rejected = excluded.n_rejected,
            newest_recorded_at = excluded.newest_recorded_at, message = excluded.message
        where (known.state, known.n_rows, known.n_rejected, known.newest_recorded_at, known.message)
            is distinct from
            (excluded.state, excluded.n_rows, excluded.n_rejected, excluded.newest_recorded_at, excluded.message)""",
        (as_of, source, table, word, n_rows, n_rejected, newest, message),
    )
