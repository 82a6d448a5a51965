"""What the sources delivered: an empty, shrunk or missing source is an outage, never `everybody left`.

Reads the sources file (what should come), ops.source_state (what came, written by landing) and the raw tables (what
is known). Outages degrade the day; it is held only when nothing at all is known of accounts or of billing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import sql

from config.gates import Gates, Limit
from config.run import Run
from config.settings import load_yaml
from expectations.finding import Finding, Rows, Severity, graded
from expectations.session import Connection, Slice

ROLE_TABLES: dict[str, tuple[str, ...]] = {
    "crm": ("accounts", "contacts", "users", "opportunities", "interactions", "milestones", "sentiments"),
    "billing": ("customers", "subscriptions", "invoices", "payments", "churn_events"),
    "usage": ("usage_events", "usage_daily"),
    "support": ("tickets", "surveys"),
}
# One of these tables must have rows, else the role gives nothing to build on.
REQUIRED: dict[str, tuple[str, ...]] = {"crm": ("accounts",), "billing": ("subscriptions", "invoices")}
# An invoice does not say what of it comes again, nor until when: revenue guessed from it would be an invented figure.
INVOICES_ONLY = (
    "billing: {n:,} rows of invoices are known on {day} and none of subscriptions; MRR, renewals and departures"
    " are read from subscriptions, so nothing could be shown: give subscriptions (account_id, started_on, mrr) too"
)
# A file of three rows is not a changed format because one of them is broken.
LEAST_REJECTED = 10


@dataclass(frozen=True)
class Source:
    """One entry of the sources file. `tables` is empty when the entry does not list them, `role` when it has none."""

    name: str
    role: str
    tables: tuple[str, ...]

    @property
    def roles(self) -> list[str]:
        """The roles whose data it promises: those of the tables it lists, else its own, else none."""
        if self.tables:
            return [role for role, tables in ROLE_TABLES.items() if set(tables) & set(self.tables)]
        return [self.role] if self.role else []


@dataclass(frozen=True)
class Delivery:
    """How one table of one source was found on the day. `since`: first day of the outage that is still going on."""

    source: str
    table: str
    state: str
    n_rows: int
    n_rejected: int
    message: str
    last_ok: date | None
    since: date


def declared(run: Run) -> list[Source]:
    """The sources that the company's sources file lists."""
    given = (load_yaml(run.sources) or {}).get("sources") or []
    return [Source(entry["name"], entry.get("role") or "", tuple(entry.get("tables") or ())) for entry in given]


def deliveries(connection: Connection, run: Run) -> list[Delivery]:
    """What landing wrote about the day, each with the end of the last good delivery before it."""
    rows = connection.execute(
        """select s.source, s.table_name, s.state, s.n_rows, s.n_rejected, s.message, good.last_ok,
            (
                select min(b.as_of_date) from ops.source_state as b
                where b.source = s.source and b.table_name = s.table_name
                    and b.as_of_date > coalesce(good.last_ok, '-infinity'::date)
            )
        from ops.source_state as s
        left join lateral (
            select max(o.as_of_date) as last_ok from ops.source_state as o
            where o.source = s.source and o.table_name = s.table_name and o.state = 'ok' and o.as_of_date < s.as_of_date
        ) as good on true
        where s.as_of_date = %s order by s.source, s.table_name""",
        (run.as_of,),
    )
    return [Delivery(*row) for row in rows]


def delivery_checks(found: list[Delivery], sources: list[Source], run: Run) -> list[Finding]:
    """One finding per table that came or should have come."""
    findings = [_delivered(delivery) for delivery in found]
    came = {(delivery.source, delivery.table) for delivery in found}
    for source in sources:
        listed = source.tables or (("",) if source.name not in {name for name, _ in came} else ())
        findings += [_not_read(source, table, run) for table in listed if (source.name, table) not in came]
    return findings


def _delivered(delivery: Delivery) -> Finding:
    name = f"{delivery.source}.{delivery.table}"
    passed = delivery.state == "ok"
    message = f"{name}: {delivery.n_rows:,} rows delivered"
    if not passed:
        last = f"last complete on {delivery.last_ok}" if delivery.last_ok else "never complete before"
        message = f"{name}: {delivery.state} since {delivery.since} ({last}); figures rest on older data"
        message += f". {delivery.message}" if delivery.message else ""
    return Finding(f"source.{name}.delivered", name, "warn", passed, delivery.n_rows, int(not passed), message)


def _not_read(source: Source, table: str, run: Run) -> Finding:
    name = f"{source.name}.{table}".rstrip(".")
    message = f"{name}: listed in {run.sources.name} but was not read on {run.as_of}"
    return Finding(f"source.{name}.delivered", name, "warn", False, 0, 1, message)


def presence_checks(slices: Mapping[str, Slice], sources: list[Source], run: Run) -> list[Finding]:
    """Whether anything at all is known for each role: without accounts and billing nothing can be built."""
    roles = dict.fromkeys([*REQUIRED, *(role for source in sources for role in source.roles)])
    return [_present(role, slices, run) for role in roles]


def _present(role: str, slices: Mapping[str, Slice], run: Run) -> Finding:
    tables = REQUIRED.get(role, ROLE_TABLES[role])
    n_rows = sum(slices[table].n_rows for table in tables if table in slices)
    severity: Severity = "fail" if role in REQUIRED else "warn"
    named = " or ".join(tables)
    message = f"{role}: {n_rows:,} rows of {named} are known on {run.as_of}"
    if not n_rows:
        message = f"{role}: no row of {named} was ever recorded by {run.as_of}"
        message += "; nothing can be built without it" if severity == "fail" else "; what depends on it stays unknown"
    passed = n_rows > 0
    if role == "billing" and passed and not slices["subscriptions"].n_rows:
        message, passed = INVOICES_ONLY.format(n=n_rows, day=run.as_of), False
    return Finding(f"role.{role}.present", role, severity, passed, n_rows, int(not passed), message)


def freshness_checks(
    counts: Mapping[str, Mapping[date, int]], slices: Mapping[str, Slice], run: Run, gates: Gates
) -> list[Finding]:
    """How old the newest row of each role is. A role that never had a row is a matter of `presence_checks`."""
    findings = []
    for role, tables in ROLE_TABLES.items():
        if any(slices[table].n_rows for table in tables):
            newest = max((day for table in tables for day in counts.get(table, ())), default=None)
            findings.append(_fresh(role, newest, run, gates.stale_after_days[role]))
    return findings


def _fresh(role: str, newest: date | None, run: Run, allowed: int) -> Finding:
    if newest is None:
        message = f"{role}: nothing was recorded in the two months before {run.as_of} (allowed {allowed} days)"
        return Finding(f"role.{role}.fresh", role, "warn", False, 1, 1, message)
    age = (run.as_of - newest) // timedelta(days=1)
    message = f"{role}: newest row recorded on {newest}, {age} days before {run.as_of} (allowed {allowed})"
    return Finding(f"role.{role}.fresh", role, "warn", age <= allowed, 1, int(age > allowed), message)


def quarantine_checks(connection: Connection, found: list[Delivery], limit: Limit) -> list[Finding]:
    """How much of each table could not be landed, and whether one file of it is mostly unreadable."""
    worst = _worst_files(connection)
    return [_readable(delivery, worst.get((delivery.source, delivery.table)), limit) for delivery in found]


def _readable(delivery: Delivery, worst: tuple[str, Rows] | None, limit: Limit) -> Finding:
    name = f"{delivery.source}.{delivery.table}"
    check_id = f"source.{name}.readable"
    if worst and worst[1].ratio > limit.fail and worst[1].n_failing >= LEAST_REJECTED:
        file, rows = worst
        return graded(check_id, name, f"of the file {file} are in quarantine", rows, Limit(limit.fail, limit.fail))
    rows = Rows(delivery.n_rows + delivery.n_rejected, delivery.n_rejected)
    enough = limit if rows.n_failing >= LEAST_REJECTED else Limit(limit.warn)
    return graded(check_id, name, "are in quarantine", rows, enough)


def _worst_files(connection: Connection) -> dict[tuple[str, str], tuple[str, Rows]]:
    """Per source and table, the file of which the greatest share was rejected when it was last taken in."""
    query = sql.SQL(
        """with newest as (
            select distinct on (source, table_name, file) source, table_name, file, received, rejected
            from ops.landing_batch order by source, table_name, file, batch_id desc
        )
        select distinct on (source, table_name) source, table_name, file, received, rejected
        from newest where rejected > 0
        order by source, table_name, rejected::numeric / received desc, rejected desc, file"""
    )
    return {(source, table): (file, Rows(*counts)) for source, table, file, *counts in connection.execute(query)}
