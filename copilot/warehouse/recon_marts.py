"""What the marts hold of the days that a source was asked about, and what of raw has no place in them.

A mart row is a source's own unless only another source has that key: raw and marts may disagree about a row, so it is
not enough to count the keys that both have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import sql

from copilot.warehouse.connect import Connection
from copilot.warehouse.recon_held import Totals, Wanted, is_there, totals


@dataclass(frozen=True)
class Built:
    """One mart: which it is, by what its rows are dated, and the query of its rows (day, currency, records, money)."""

    name: str
    dated_by: str
    query: sql.SQL


# The newest row of each invoice and payment; two of one evening are a doubled row, and count twice.
_NEWEST_OF_EVENINGS = """select {day}, {currency}, count(*), sum({money}) from marts.{mart} as kept
    where {day} = any(%(days)s) and kept.as_of_date = (
        select max(other.as_of_date) from marts.{mart} as other
        where other.{key} = kept.{key} and other.as_of_date < %(until)s::date
    ) and {is_own} group by 1, 2"""
_VERSIONS = """select {day}, '', count(*), null::numeric from marts.{mart} as kept
    where {day} = any(%(days)s) and known_from < %(until)s and coalesce(known_until >= %(until)s, true)
        and source_name = %(source)s group by 1, 2"""
# The history of an account names no day of its own: it is that of the account in raw.
_OF_ACCOUNTS = """with dated as (
        select distinct on (account_id) account_id, created_on from {raw} where recorded_at < %(until)s
        order by account_id, recorded_at desc
    )
    select dated.created_on, '', count(*), null::numeric from marts.{mart} as kept
    inner join dated on kept.account_id = dated.account_id
    where dated.created_on = any(%(days)s) and kept.valid_from < %(until)s
        and coalesce(kept.valid_to >= %(until)s, true) and kept.source_name = %(source)s group by 1, 2"""
BUILT: Mapping[str, Built] = {
    "accounts": Built("dim_account_history", "created_on", sql.SQL(_OF_ACCOUNTS)),
    "invoices": Built("fct_invoice", "issued_on", sql.SQL(_NEWEST_OF_EVENINGS)),
    "payments": Built("fct_payment_event", "attempted_at", sql.SQL(_NEWEST_OF_EVENINGS)),
    "tickets": Built("fct_support_ticket", "opened_at", sql.SQL(_VERSIONS)),
}


def in_marts(connection: Connection, wanted: Wanted, days: Sequence[date], cutoff: datetime) -> Totals | None:
    """What the table's mart holds of each day; None for a table of which no mart keeps the records, or none yet."""
    built = BUILT.get(wanted.table.name)
    if built is None or built.dated_by != wanted.dated_by or not is_there(connection, f"marts.{built.name}"):
        return None
    parts = {
        "mart": sql.Identifier(built.name),
        "raw": wanted.raw,
        "key": sql.Identifier(wanted.table.key[0]),
        "day": wanted.day,
        "money": sql.Identifier(wanted.money or wanted.table.key[0]),
        "currency": sql.Identifier("currency"),
        "is_own": _is_own(wanted),
    }
    given = {"days": list(days), "until": cutoff, "source": wanted.source}
    return totals(connection.execute(built.query.format(**parts), given))


def _is_own(wanted: Wanted) -> sql.Composable:
    return sql.SQL(
        "not exists (select 1 from {raw} as other where other.{key} = kept.{key} and other._source <> %(source)s)"
    ).format(raw=sql.Identifier("raw", wanted.table.name), key=sql.Identifier(wanted.table.key[0]))


# Used quantity of a day by the raw rows: an event counts once, as it was first landed, and within the time in which
# finished days are still mended; the second sum has no account that would be known.
_USED = sql.SQL(
    """with first_delivered as (
        select distinct on (event_id)
            coalesce(
                events.account_id,
                (
                    select contracts.account_id from raw.subscriptions as contracts
                    where contracts.subscription_id = events.subscription_id
                    order by contracts.recorded_at desc limit 1
                )
            ) as account_ref,
            (occurred_at at time zone 'UTC')::date as used_on, coalesce(quantity, 1) as quantity, recorded_at
        from {raw} as events
        where occurred_at >= %(first)s and occurred_at < %(last)s + 1
            and (occurred_at at time zone 'UTC')::date = any(%(days)s)
        order by event_id, _batch_id, recorded_at
    )
    select used_on, sum(quantity),
        coalesce(sum(quantity) filter (where not is_kept), 0)
    from (
        select *,
            recorded_at < (used_on + %(window)s + 1)::timestamp at time zone 'UTC'
            and account_ref in (
                select source_id from marts.bridge_account_identity where account_id is not null
            ) as is_kept
        from first_delivered where recorded_at < %(until)s
    ) as known group by 1"""
)
_KEPT = sql.SQL(
    "select used_on, sum(events) from marts.fct_usage_daily"
    " where used_on = any(%(days)s) and known_from = 'events' group by 1"
)


def used(
    connection: Connection, wanted: Wanted, days: Sequence[date], cutoff: datetime, window_days: int
) -> dict[date, tuple[Any, Any, Any]] | None:
    """(quantity in raw, what of it has no account or came too late, quantity in the mart) of each day.

    None where there is no such mart, or several sources give events: it does not say which of them a day's use is from.
    """
    if not is_there(connection, "marts.fct_usage_daily") or _n_sources(connection) != 1:
        return None
    given = {"days": list(days), "first": min(days), "last": max(days), "until": cutoff, "window": window_days}
    in_raw = {
        day: (total, left_out) for day, total, left_out in connection.execute(_USED.format(raw=wanted.raw), given)
    }
    kept: dict[Any, Any] = {day: total for day, total in connection.execute(_KEPT, given)}
    return {day: (*in_raw.get(day, (0, 0)), kept.get(day, 0)) for day in days}


def _n_sources(connection: Connection) -> int:
    found = connection.execute(
        "select count(distinct source) from ops.landing_day where table_name = 'usage_events'"
    ).fetchone()
    return int(str(found[0])) if found else 0
