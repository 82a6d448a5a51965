"""Gate 1's checks across tables and time, which an expectation on columns cannot say: own SQL on the same relations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString

from psycopg import sql

from config.gates import Gates, Limit
from config.identity import load_identity
from config.run import Run
from expectations.finding import Finding, Rows, graded, percent
from expectations.session import Connection, Slice, one, raw, relation

Slices = Mapping[str, Slice]

OF_ACCOUNTS = (
    "contacts", "opportunities", "interactions", "milestones", "sentiments", "subscriptions", "invoices", "payments",
    "churn_events", "usage_daily", "tickets", "surveys",
)  # fmt: skip
# A column is dead when this much more of the day's rows lack it than of the rows before.
DIED_RATIO = 0.5
# Fewer rows may lack a column by chance.
DIED_LEAST_ROWS = 20


@dataclass(frozen=True)
class CountRule:
    """A query for (rows checked, rows wrong), run when all the tables it needs have rows.

    A rule about a `column` of its subject is not run while no row gives that column. One that `compares_ids` of the CRM
    and of billing is not run where billing has customers of its own: gate 2 weighs those. `%(day)s` is the judged day.
    """

    check_id: str
    subject: str
    what: str
    limit: str
    needs: tuple[str, ...]
    query: LiteralString
    column: str = ""
    compares_ids: bool = False


# Usage is counted once per account, subscription and day; the checks below then weigh instead of scanning again.
USAGE_DAYS: LiteralString = """
create temporary table gate_usage_days as
select account_id, subscription_id, (occurred_at at time zone 'UTC')::date as used_on, count(*) as n
from gate_usage_events group by 1, 2, 3
"""
# Every name under which a row may speak of an account; who that is, dbt finds out.
REFERENCES: LiteralString = """
create temporary table gate_references as
select account_id from gate_accounts
union select customer_id from gate_customers
union select unnest(%(overridden)s::text[])
"""
COUNT_RULES = (
    CountRule(
        "usage_events.account.known", "usage_events", "of accounts that no CRM row names", "unknown_account",
        ("accounts", "usage_events"),
        """select coalesce(sum(u.n), 0), coalesce(sum(u.n) filter (where a.account_id is null), 0)
        from gate_usage_days as u
        left join gate_references as a on u.account_id = a.account_id
        where u.account_id is not null""",
    ),
    CountRule(
        "usage_events.subscription.known", "usage_events", "of subscriptions that billing does not know",
        "unknown_subscription", ("subscriptions", "usage_events"),
        """select coalesce(sum(u.n), 0), coalesce(sum(u.n) filter (where s.subscription_id is null), 0)
        from gate_usage_days as u
        left join (select distinct subscription_id from gate_subscriptions) as s
            on u.subscription_id = s.subscription_id
        where u.subscription_id is not null""",
    ),
    CountRule(
        "usage_events.subscription.period", "usage_events", "dated outside their subscription's period",
        "outside_period", ("subscriptions", "usage_events"),
        """with known as (
            select u.* from gate_usage_days as u
            where u.subscription_id in (select s.subscription_id from gate_subscriptions as s)
        )
        select coalesce(sum(k.n), 0), coalesce(sum(k.n), 0) - coalesce((
            select sum(i.n) from known as i
            where exists (
                select from gate_subscriptions as s
                where s.subscription_id = i.subscription_id and s.started_on <= i.used_on
                    and (s.ended_on is null or i.used_on <= s.ended_on)
            )
        ), 0) from known as k""",
    ),
    CountRule(
        "usage_events.account.period", "usage_events", "dated outside every subscription of their account",
        "outside_period", ("subscriptions", "usage_events"),
        """with known as (
            select u.* from gate_usage_days as u
            where u.subscription_id is null and u.account_id in (select s.account_id from gate_subscriptions as s)
        )
        select coalesce(sum(k.n), 0), coalesce(sum(k.n), 0) - coalesce((
            select sum(i.n) from known as i
            where exists (
                select from gate_subscriptions as s
                where s.account_id = i.account_id and s.started_on <= i.used_on
                    and (s.ended_on is null or i.used_on <= s.ended_on)
            )
        ), 0) from known as k""",
    ),
    CountRule(
        "tickets.account.created", "tickets", "opened before their account was created", "before_account",
        ("accounts", "tickets"),
        """select count(*), count(*) filter (where (t.opened_at at time zone 'UTC')::date < a.created_on)
        from gate_tickets as t
        inner join (select account_id, min(created_on) as created_on from gate_accounts group by 1) as a
            on t.account_id = a.account_id
        where a.created_on is not null""",
    ),
    CountRule(
        "users.unique", "users", "with a csm_id under which two sources give different people", "shared_by_sources",
        ("users",),
        """select count(*), count(*) filter (where first_email <> last_email)
        from (
            select min(lower(email)) over same_key as first_email, max(lower(email)) over same_key as last_email
            from gate_users window same_key as (partition by csm_id)
        ) as named""",
    ),
    CountRule(
        "customers.unique", "customers", "with a customer_id under which two sources give different accounts",
        "shared_by_sources", ("customers",),
        """select count(*), count(*) filter (
            where first_account <> last_account or (first_account is null and first_name <> last_name)
        )
        from (
            select
                min(account_id) over same_key as first_account, max(account_id) over same_key as last_account,
                min(lower(name)) over same_key as first_name, max(lower(name)) over same_key as last_name
            from gate_customers window same_key as (partition by customer_id)
        ) as named""",
    ),
    CountRule(
        "accounts.subscription.known", "accounts", "with neither a subscription nor an invoice",
        "account_without_subscription", ("accounts",),
        """with without_subscription as (
            select account_id from gate_accounts except select account_id from gate_subscriptions
        )
        select
            (select count(*) from gate_accounts),
            (select count(*) from without_subscription) - (
                select count(distinct i.account_id) from raw.invoices as i
                where i.account_id in (select account_id from without_subscription)
                    and i.recorded_at < %(day)s::date + 1
            )""",
        compares_ids=True,
    ),
    # After notice, or in a trial, the flag and billing agree.
    CountRule(
        "accounts.is_churned.unpaid", "accounts", "flagged as gone that still have a running paid subscription",
        "gone_but_paying", ("accounts", "subscriptions"),
        """select count(*), count(*) filter (where exists (
            select from gate_subscriptions as s
            where s.account_id = a.account_id and s.started_on <= %(day)s
                and coalesce(s.ended_on > %(day)s, s.status is distinct from 'cancelled')
                and not coalesce(s.notice_on <= %(day)s, false)
                and not coalesce(s.is_trial, false) and s.status is distinct from 'trialing'
        ))
        from gate_accounts as a where a.is_churned""",
        "is_churned",
        compares_ids=True,
    ),
    CountRule(
        "accounts.is_churned.recorded", "accounts", "flagged as gone without any recorded departure",
        "gone_without_departure", ("accounts", "churn_events"),
        """select count(*), count(*) filter (where not exists (
            select from gate_churn_events as c
            where c.account_id = a.account_id and c.kind is distinct from 'contraction'
        ))
        from gate_accounts as a where a.is_churned""",
        "is_churned",
        compares_ids=True,
    ),
)  # fmt: skip
UNKNOWN_ACCOUNT: LiteralString = """
select count(*), count(*) filter (where a.account_id is null)
from {} as t
left join gate_references as a on t.account_id = a.account_id
"""


def cross_checks(connection: Connection, run: Run, gates: Gates, slices: Slices) -> list[Finding]:
    """References, dates and statements across tables, weighed in rows."""
    connection.execute(USAGE_DAYS)
    overridden = [override.account_ref for override in load_identity().overrides]
    connection.execute(REFERENCES, {"overridden": overridden})
    findings = [
        _counted(connection, run, rule, gates.limits[rule.limit])
        for rule in COUNT_RULES
        if all(slices[table].n_rows for table in rule.needs)
        and not (rule.compares_ids and slices["customers"].n_rows)
        and _is_given(connection, rule)
    ]
    findings += [
        _of_known_accounts(connection, table, gates.limits["unknown_account"])
        for table in OF_ACCOUNTS
        if slices[table].n_rows and slices["accounts"].n_rows
    ]
    return findings


def _is_given(connection: Connection, rule: CountRule) -> bool:
    if not rule.column:
        return True
    query = sql.SQL("select exists (select from {} where {} is not null)")
    return bool(one(connection, query.format(relation(rule.subject), sql.Identifier(rule.column)), {})[0])


def _counted(connection: Connection, run: Run, rule: CountRule, limit: Limit) -> Finding:
    n_checked, n_failing = one(connection, sql.SQL(rule.query), {"day": run.as_of})
    return graded(rule.check_id, rule.subject, rule.what, Rows(int(n_checked), int(n_failing)), limit)


def _of_known_accounts(connection: Connection, table: str, limit: Limit) -> Finding:
    counted = one(connection, sql.SQL(UNKNOWN_ACCOUNT).format(relation(table)), {})
    return graded(f"{table}.account.known", table, "of accounts that no CRM row names", Rows(*counted), limit)


def rewritten_events(connection: Connection, run: Run, gates: Gates, slices: Slices) -> list[Finding]:
    """Events under an id that another row of the same source has too, counted beyond the first of each id."""
    keys = {"usage_events": "event_id", "surveys": "survey_id"}
    return [
        _rewritten(connection, run, slices[table], key, gates.limits["changed_event"])
        for table, key in keys.items()
        if slices[table].n_rows
    ]


def _rewritten(connection: Connection, run: Run, part: Slice, key: str, limit: Limit) -> Finding:
    names = {"raw": raw(part.table), "part": relation(part.table), "key": sql.Identifier(key)}
    if part.is_whole:
        query = sql.SQL(
            "select sum(n)::bigint, (sum(n) - count(*))::bigint from"
            " (select count(*) as n from {raw} where recorded_at < %(cutoff)s group by _source, {key}) as ids"
        )
    else:
        query = sql.SQL(
            "select count(*), count(*) filter (where exists (select from {raw} as r where r._source = p._source"
            " and r.{key} = p.{key} and r.recorded_at < p.recorded_at)) from {part} as p"
        )
    rows = Rows(*one(connection, query.format(**names), {"cutoff": run.cutoff}))
    return graded(f"{part.table}.{key}.once", part.table, f"under the {key} of an earlier row", rows, limit)


def died_columns(connection: Connection, run: Run, gates: Gates, slices: Slices) -> list[Finding]:
    """Important columns that the day's rows suddenly lack although the rows before had them."""
    columns: dict[str, list[str]] = {}
    for rule in gates.nulls:
        columns.setdefault(rule.table, []).append(rule.column)
    return [
        finding
        for table, names in columns.items()
        if slices[table].n_rows
        for finding in _died_in(connection, run, slices[table], names)
    ]


def _died_in(connection: Connection, run: Run, part: Slice, columns: list[str]) -> Iterable[Finding]:
    name = relation(part.table) if part.is_whole else sql.Identifier(f"gate_recent_{part.table}")
    today: dict[str, Any] = {"today": run.cutoff - timedelta(days=1)}
    lacking: LiteralString = (
        "count(*) filter (where recorded_at >= %(today)s and {c} is null),"
        " count(*) filter (where recorded_at < %(today)s and {c} is null)"
    )
    counts = sql.SQL(", ").join(sql.SQL(lacking).format(c=sql.Identifier(column)) for column in columns)
    query = sql.SQL(
        "select count(*) filter (where recorded_at >= %(today)s),"
        " count(*) filter (where recorded_at < %(today)s), {} from {}"
    )
    n_new, n_old, *nulls = one(connection, query.format(counts, name), today)
    for position, column in enumerate(columns):
        yield _alive(part.table, column, Rows(n_new, nulls[2 * position]), Rows(n_old, nulls[2 * position + 1]))


def _alive(table: str, column: str, new: Rows, old: Rows) -> Finding:
    enough = new.n_checked >= DIED_LEAST_ROWS and old.n_checked >= DIED_LEAST_ROWS
    passed = not enough or new.ratio < old.ratio + DIED_RATIO
    message = f"{table}: the day's {new.n_checked:,} rows have {column} about as often as the rows before"
    if not passed:
        message = f"{table}: {new.n_failing:,} of the day's {new.n_checked:,} rows without {column}"
        message += f"; {percent(old.ratio)} of the rows before: the source lost the column"
    failing = 0 if passed else new.n_failing
    return Finding(f"{table}.{column}.alive", table, "warn", passed, new.n_checked, failing, message)
