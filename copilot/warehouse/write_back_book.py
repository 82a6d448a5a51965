"""What a write-back reads of `serving`, and what it writes down about itself. Login: writer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from copilot.warehouse.connect import Connection, connect

_TEXT_CHARACTERS = 500


@dataclass(frozen=True)
class Entry:
    """A run as it begins, for ops.write_back_log."""

    run: str
    kind: str
    as_of: date
    source: str
    n_compared: int
    n_changed: int
    undo_file: str


@dataclass(frozen=True)
class Reject:
    """One account that was not written, and why."""

    account_id: str
    record_id: str
    fields: Sequence[str]
    code: str
    reason: str


@contextmanager
def alone(database: str, source: str) -> Iterator[Connection | None]:
    """A connection that holds the lock of that CRM, outside of any transaction; None when another run has it."""
    with connect("writer", database) as connection:
        connection.autocommit = True
        row = connection.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 0))", (f"copilot:write_back:{source}",)
        ).fetchone()
        yield connection if row and row[0] else None


def newest_day(connection: Connection) -> date | None:
    """The newest published day."""
    row = connection.execute("select max(as_of_date) from serving.published_day").fetchone()
    return cast(date | None, row[0]) if row else None


def is_published(connection: Connection, day: date) -> bool:
    """Whether the day is there to be written."""
    found = connection.execute("select 1 from serving.published_day where as_of_date = %s", (day,)).fetchone()
    return found is not None


def held_because(connection: Connection, day: date) -> list[str]:
    """The reasons of the gates that hold the day back."""
    rows = connection.execute(
        "select gate, reasons from ops.gate_verdict where as_of_date = %s and verdict = 'HOLD' order by gate desc",
        (day,),
    ).fetchall()
    return [f"gate {gate}: {reason}" for gate, reasons in rows for reason in cast(list[object], reasons)]


def account_rows(connection: Connection, day: date) -> list[dict[str, Any]]:
    """The day's accounts that have not left, by id, with every column that a mapping may name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """select as_of_date, account_id, health_score, health_band, churn_probability, risk_band, reasons,
                next_step, n_open_alerts, worst_severity, expected_loss_usd, priority_usd
            from serving.account_day where as_of_date = %s and lifecycle <> 'churned' order by account_id""",
            (day,),
        ).fetchall()


def begin(connection: Connection, entry: Entry, missing: Mapping[str, str]) -> None:
    """Write the run down before it writes anything; the quarantine shows what the source's newest run could not do."""
    connection.execute(
        """insert into ops.write_back_log
            (run, kind, as_of_date, source, n_compared, n_changed, n_missing, undo_file)
        values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            entry.run, entry.kind, entry.as_of, entry.source, entry.n_compared, entry.n_changed, len(missing),
            entry.undo_file,
        ),
    )  # fmt: skip
    connection.execute("delete from quarantine.write_back_rejected where source = %s", (entry.source,))
    rejects = [Reject(account, "", (), "NO_RECORD", why) for account, why in missing.items()]
    reject(connection, entry, rejects)


def reject(connection: Connection, entry: Entry, rejects: Sequence[Reject]) -> None:
    """Put what was not written into quarantine, with the vendor's reason."""
    rows = [
        (
            entry.source, one.account_id, one.record_id, entry.as_of, entry.run, Jsonb(list(one.fields)), one.code,
            _storable(one.reason),
        )
        for one in rejects
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into quarantine.write_back_rejected
                (source, account_id, record_id, as_of_date, run, fields, reason_code, reason)
            values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            rows,
        )


def count(connection: Connection, run: str, n_written: int, n_rejected: int, n_overtaken: int) -> None:
    """Add one batch to the run's figures."""
    connection.execute(
        """update ops.write_back_log set n_written = n_written + %s, n_rejected = n_rejected + %s,
            n_overtaken = n_overtaken + %s where run = %s""",
        (n_written, n_rejected, n_overtaken, run),
    )


def end(connection: Connection, run: str, state: str, error: str = "") -> None:
    """The run is over: `done`, or `stopped` with the reason."""
    connection.execute(
        "update ops.write_back_log set state = %s, error = %s, finished_at = now() where run = %s",
        (state, _storable(error), run),
    )


def _storable(text: str) -> str:
    """PostgreSQL's text takes neither NUL nor half a surrogate pair."""
    return text.replace("\0", "\\u0000").encode("utf-8", errors="backslashreplace").decode()[:_TEXT_CHARACTERS]
