"""Gate 2's checks across marts and days: own SQL beside the column suite."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import LiteralString

from psycopg import sql

from config.gates import Gates, Marts
from config.run import Run
from expectations.finding import Finding, Rows, graded, percent
from expectations.marts_suite import MARTS, NONE_AT_ALL, NOT_FEATURES
from expectations.session import Connection, exists, one, relation

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Totals:
    """A day's company: rows of account days, recurring revenue in USD."""

    day: date
    n_accounts: int
    mrr_usd: Decimal


def lay_out_marts(connection: Connection, run: Run) -> dict[str, int]:
    """Make `gate_<mart>` with the day's rows of every mart that exists; returns the numbers of rows."""
    return {mart: _lay_out(connection, mart, run) for mart in MARTS if exists(connection, f"marts.{mart}")}


def _lay_out(connection: Connection, mart: str, run: Run) -> int:
    # The newest instant that the day may know, beside each row, so that a column check can compare with it.
    query = sql.SQL(
        "create temporary table {} as select *, {}::timestamptz - interval '1 microsecond' as last_instant"
        " from {} where as_of_date = {}"
    )
    made = connection.execute(query.format(relation(mart), run.cutoff, sql.Identifier("marts", mart), run.as_of))
    return made.rowcount


def built_checks(n_rows: Mapping[str, int], run: Run) -> list[Finding]:
    """Whether dbt built the day at all. Only account days and their totals are needed on every day."""
    needed = {"fct_account_days", "mart_kpi_daily"}
    return [_built(mart, n_rows.get(mart, 0), mart in needed, run) for mart in MARTS]


def _built(mart: str, n_rows: int, needed: bool, run: Run) -> Finding:
    message = f"{mart}: {n_rows:,} rows for {run.as_of}"
    if not n_rows:
        message = f"{mart}: no row for {run.as_of}: dbt did not build the day, or there is no account"
    return Finding(f"{mart}.built", mart, "fail" if needed else "warn", n_rows > 0, n_rows, int(not n_rows), message)


def feature_columns(connection: Connection) -> list[str]:
    """The numeric columns of marts.churn_features, by name."""
    rows = connection.execute(
        """select column_name from information_schema.columns
        where table_schema = 'marts' and table_name = 'churn_features'
            and data_type in ('double precision', 'numeric', 'integer', 'bigint', 'real') order by column_name"""
    )
    return [name for (name,) in rows if name not in NOT_FEATURES]


def day_before(connection: Connection, run: Run, rule: Marts) -> Totals | None:
    """The newest earlier day that is near enough to compare with."""
    row = connection.execute(
        """select as_of_date, count(*), sum(mrr_usd) from marts.fct_account_days
        where as_of_date >= %s and as_of_date < %s group by 1 order by 1 desc limit 1""",
        (run.as_of - timedelta(days=rule.compare_within_days), run.as_of),
    ).fetchone()
    return Totals(row[0], row[1], row[2] or Decimal(0)) if row else None


def step_checks(connection: Connection, run: Run, rule: Marts) -> list[Finding]:
    """MRR and number of accounts against the day before: no company loses a fifth of either overnight unannounced."""
    before = day_before(connection, run, rule)
    if before is None or before.n_accounts < rule.least_accounts:
        return []
    counted = one(connection, sql.SQL("select count(*), coalesce(sum(mrr_usd), 0) from gate_fct_account_days"), {})
    now = Totals(run.as_of, *counted)
    announced = _announced_mrr(connection, run, before.day)
    return [_mrr_step(before, now, announced, rule), _account_step(before, now, rule)]


def _announced_mrr(connection: Connection, run: Run, day: date) -> Decimal:
    """MRR of the day before that was lost by accounts whose departure is on record: notice given, or a churn event."""
    query = sql.SQL(
        """with gone as (
            select p.account_id, p.mrr_usd - coalesce(d.mrr_usd, 0) as lost_usd, p.lifecycle
            from marts.fct_account_days as p left join gate_fct_account_days as d on p.account_id = d.account_id
            where p.as_of_date = %(day)s and p.mrr_usd > coalesce(d.mrr_usd, 0)
        )
        select coalesce(sum(lost_usd), 0) from gone as g
        where g.lifecycle = 'churn_pending'
            or g.account_id in (
                select s.account_id from raw.subscriptions as s
                where s.notice_on is not null and s.recorded_at < %(cutoff)s
            )
            or g.account_id in (select c.account_id from raw.churn_events as c where c.recorded_at < %(cutoff)s)"""
    )
    return Decimal(one(connection, query, {"day": day, "cutoff": run.cutoff})[0])


def _mrr_step(before: Totals, now: Totals, announced: Decimal, rule: Marts) -> Finding:
    change = float((now.mrr_usd - before.mrr_usd) / before.mrr_usd) if before.mrr_usd else 0.0
    unexplained = float((before.mrr_usd - announced - now.mrr_usd) / before.mrr_usd) if before.mrr_usd else 0.0
    figures = f"from {before.mrr_usd:,.0f} USD on {before.day} to {now.mrr_usd:,.0f} USD on {now.day}"
    lost, jumped = unexplained > rule.mrr_fall, change > rule.mrr_rise
    message = f"fct_account_days: MRR went {figures}"
    if lost:
        announced_part = f", {announced:,.0f} USD of it announced" if announced else ""
        message = f"fct_account_days: MRR fell {percent(-change)} in {_span(before, now)} ({figures}{announced_part})"
        message += ": looks like lost billing data"
    if jumped:
        message = f"fct_account_days: MRR rose {percent(change)} in {_span(before, now)} ({figures})"
        message += ": looks like doubled billing data"
    failing = abs(now.n_accounts - before.n_accounts) or 1
    passed = not (lost or jumped)
    return Finding(
        "fct_account_days.mrr.step", "fct_account_days", "warn" if jumped else "fail", passed, now.n_accounts,
        0 if passed else failing, message,
    )  # fmt: skip


def _account_step(before: Totals, now: Totals, rule: Marts) -> Finding:
    change = (now.n_accounts - before.n_accounts) / before.n_accounts
    fell, rose = -change > rule.account_fall, change > rule.account_rise
    message = f"fct_account_days: {before.n_accounts:,} accounts on {before.day}, {now.n_accounts:,} on {now.day}"
    if fell:
        message += f": {percent(-change)} fewer in {_span(before, now)} looks like lost account data"
    if rose:
        message += f": {percent(change)} more in {_span(before, now)} looks like doubled account data"
    return Finding(
        "fct_account_days.accounts.step", "fct_account_days", "warn" if rose else "fail", not (fell or rose),
        now.n_accounts, abs(now.n_accounts - before.n_accounts) if fell or rose else 0, message,
    )  # fmt: skip


def _span(before: Totals, now: Totals) -> str:
    days = (now.day - before.day).days
    return "one day" if days == 1 else f"{days} days"


# (check, what, limit in config/gates.yml or none at all, counts)
SHARES: tuple[tuple[str, str, str | None, LiteralString], ...] = (
    (
        "fct_account_days.scored", "without a health score", "unscored",
        """select count(*), count(*) filter (where health_score is null) from gate_fct_account_days
        where lifecycle <> 'churned'""",
    ),
    (
        "fct_account_days.covered", "with a score from less than half of its signals", "low_coverage",
        """select count(*), count(*) filter (where health_coverage_ratio < 0.5) from gate_fct_account_days
        where health_score is not null""",
    ),
    (
        "fct_account_days.priced",
        "without MRR in USD, for want of a price or of the currency's rate, and counted as 0 in totals", "currency",
        """select count(*), count(*) filter (where mrr_usd is null or arr_usd is null) from gate_fct_account_days
        where lifecycle <> 'churned'""",
    ),
    (
        "fct_account_days.unknown_scored", "with a score although nothing was measured", None,
        """select count(*), count(*) filter (where health_score is not null and coalesce(health_coverage_ratio, 0) = 0)
        from gate_fct_account_days""",
    ),
    (
        "fct_account_days.annual", "whose ARR is not twelve times their MRR", None,
        "select count(*), count(*) filter (where abs(arr_usd - 12 * mrr_usd) > 0.06) from gate_fct_account_days",
    ),
)  # fmt: skip


def share_checks(connection: Connection, gates: Gates) -> list[Finding]:
    """How many account days are unknown, and whether any is known from nothing."""
    findings = []
    for check_id, what, limit, query in SHARES:
        rows = Rows(*one(connection, sql.SQL(query), {}))
        chosen = gates.limits[limit] if limit else NONE_AT_ALL
        findings.append(graded(check_id, "fct_account_days", what, rows, chosen))
    return findings


def kpi_checks(connection: Connection) -> list[Finding]:
    """Integrity: the totals are the sums of the facts, over all and over the segments, to the cent."""
    query = sql.SQL(
        """select f.mrr_usd, k.mrr_usd, s.mrr_usd, k.n_accounts, s.n_accounts
        from (select coalesce(sum(mrr_usd), 0) as mrr_usd from gate_fct_account_days) as f
        cross join (
            select coalesce(sum(mrr_usd), 0) as mrr_usd, coalesce(sum(n_accounts), 0) as n_accounts
            from gate_mart_kpi_daily where segment = 'all'
        ) as k
        cross join (
            select coalesce(sum(mrr_usd), 0) as mrr_usd, coalesce(sum(n_accounts), 0) as n_accounts
            from gate_mart_kpi_daily where segment <> 'all'
        ) as s"""
    )
    facts, total, by_segment, n_all, n_segments = one(connection, query, {})
    return [
        _sum_equal("mart_kpi_daily.mrr.facts", "MRR of all", (total, "USD"), (facts, "in fct_account_days")),
        _sum_equal("mart_kpi_daily.mrr.segments", "MRR of all", (total, "USD"), (by_segment, "over the segments")),
        _sum_equal(
            "mart_kpi_daily.accounts.segments", "accounts of all", (n_all, ""), (n_segments, "over the segments")
        ),
    ]


def _sum_equal(check_id: str, what: str, total: tuple[Decimal, str], other: tuple[Decimal, str]) -> Finding:
    left, right = Decimal(total[0]), Decimal(other[0])
    passed = left.is_finite() and right.is_finite() and abs(left - right) < CENT
    stated = f"{total[0]:,} {total[1]}".strip()
    message = f"mart_kpi_daily: {what} is {stated}, the sum {other[1]} is {other[0]:,}"
    return Finding(check_id, "mart_kpi_daily", "fail", passed, 1, int(not passed), message)
