"""Write the company: every table as its system would have exported it by a day, and the truth beside them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from copilot.sandbox import (
    adjustments,
    billing,
    clients,
    crm,
    customers,
    days,
    duplicates,
    files,
    invoices,
    sentiments,
    support,
    touches,
    truth,
    usage,
)
from copilot.sandbox.branches import Branches
from copilot.sandbox.fixtures import FixtureRows, fixture_rows
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.world import Columns, World, build, stacked
from copilot.sources.canonical import BY_NAME, TABLES

BRANCHES = "branches"  # where the files of each branch lie
_SIGNED = "company.json"  # which company it is, written last
DAILY_FILES = 30  # days before the last one that have a file of usage events each
_OURS = re.compile(r"^[a-z_]+_\d{4}-\d{2}(-\d{2})?\.(csv\.gz|jsonl\.gz|parquet)$")
Tell = Callable[[str], None]


def write_company(
    spec: CompanySpec,
    directory: Path,
    until: date | None = None,
    tell: Tell = lambda _: None,
    has_branches: bool = False,
) -> dict[str, int]:
    """Write what was recorded on or before `until` (all, if not given) under `directory`; returns rows by table.

    Files: `{crm,billing,usage,support}/{table}_{YYYY-MM}[-DD].{suffix}` and `truth/*.parquet`; with branches also those
    of each, under `branches/{branch}`. A file that would not change is not touched; a file of ours that no longer
    belongs is removed. `tell` hears each finished step.
    """
    world = build(spec)
    last = min(days.number(until or spec.end), world.end)
    out = Output(world, directory, last, Branches(world) if has_branches else None)
    tell("lives")
    given = fixture_rows(spec, out.last)
    for name, columns in _small_tables(world, out.last):
        out.write(name, files.canonical(BY_NAME[name], columns), given)
        tell(name)
    for month in _usage(world, out, given):
        tell(month)
    _write_truth(world, directory)
    tell("truth")
    out.remove_others()
    _sign(spec, out)
    return {table.name: out.rows[table.name] for table in TABLES}


def steps(spec: CompanySpec, until: date | None = None) -> int:
    """How often `tell` will be called: lives, every table but the events, each month of usage, truth."""
    last = min(until or spec.end, spec.end)
    months = (last.year - spec.start.year) * 12 + last.month - spec.start.month + 1
    return len(TABLES) + max(months, 0) + 1


def _small_tables(world: World, last: int) -> Iterator[tuple[str, Columns]]:
    """Every table but the events, one at a time so that each can be let go."""
    owner = crm.owners(world)
    yield "accounts", stacked(crm.account_rows(world, owner), duplicates.account_rows(world, owner))
    yield "contacts", crm.contact_rows(world)
    yield "users", crm.csm_rows(world)
    yield "opportunities", touches.opportunity_rows(world)
    yield "interactions", touches.interaction_rows(world, owner)
    yield "sentiments", sentiments.sentiment_rows(world, owner)
    yield "milestones", touches.milestone_rows(world)
    yield "customers", customers.customer_rows(world)
    subscriptions = billing.subscribe(world)
    yield "subscriptions", billing.rows(world, subscriptions)
    issued = invoices.issue(world, subscriptions)
    credits, charges = adjustments.credit(world, issued), adjustments.single_charges(world)
    yield (
        "invoices",
        stacked(
            invoices.invoice_rows(world, issued),
            adjustments.credit_rows(world, credits),
            adjustments.charge_rows(world, charges),
        ),
    )
    yield (
        "payments",
        stacked(
            invoices.payment_rows(world, issued),
            adjustments.refund_rows(world, credits),
            adjustments.charge_payment_rows(world, charges),
        ),
    )
    yield "churn_events", invoices.departure_rows(world, subscriptions)
    yield "tickets", support.ticket_rows(world, support.ask(world))
    yield "surveys", support.survey_rows(world)
    yield "usage_daily", clients.daily_rows(world, last)


def _usage(world: World, out: "Output", given: FixtureRows) -> Iterator[str]:
    """Generate the events a month at a time; what arrives late waits for the month in which it was recorded."""
    rates = usage.rates(world)
    waiting = given.table("usage_events")
    for first, last in usage.months(world, out.last):
        made = usage.event_table(world, usage.events(world, rates, first, last))
        pool = pa.concat_tables([waiting, made])
        recorded = files.recorded_days(pool)
        done = recorded <= last
        out.write("usage_events", files.ordered("usage_events", pool.filter(pa.array(done))))
        waiting = pool.filter(pa.array(~done & (recorded <= out.last)))
        yield f"usage_events {days.calendar(first):%Y-%m}"


def _write_truth(world: World, directory: Path) -> None:
    for name, columns in truth.tables(world).items():
        content = files.encode(files.truth_table(columns), "parquet")
        files.write_if_changed(directory / "truth" / f"{name}.parquet", content)


def written_at(directory: Path) -> int | None:
    """A number that changes when another company, or another day of it, has been written; None without one."""
    signed = directory / _SIGNED
    return signed.stat().st_mtime_ns if signed.is_file() else None


def _sign(spec: CompanySpec, out: "Output") -> None:
    content = json.dumps({**spec.model_dump(mode="json"), "until": f"{days.calendar(out.last)}"}, indent=2)
    files.write_if_changed(out.directory / _SIGNED, content.encode())


@dataclass
class Output:
    """Where the files go, which were written, and how many rows of each table."""

    world: World
    directory: Path
    last: int
    branches: Branches | None = None
    rows: dict[str, int] = field(default_factory=lambda: {table.name: 0 for table in TABLES})
    paths: set[Path] = field(default_factory=set)

    def write(self, name: str, rows: pa.Table, given: FixtureRows | None = None) -> None:
        """Write the rows that were recorded by the last day, one file per period."""
        if given is not None:
            rows = files.ordered(name, pa.concat_tables([rows, given.table(name)]))
        rows = rows.filter(pc.less(rows["recorded_at"], files.midnight(self.last + 1)))
        self._write(name, rows, self.directory)
        if self.branches is not None:
            for branch, part in self.branches.parts(name, rows).items():
                self._write(name, part, self.directory / BRANCHES / branch)
        self.rows[name] += len(rows)

    def _write(self, name: str, rows: pa.Table, directory: Path) -> None:
        role = BY_NAME[name].role
        for period, part in files.by_period(rows, lambda day: self._period(name, day)):
            path = directory / role / f"{name}_{period}.{files.SUFFIX[role]}"
            files.write_if_changed(path, files.encode(part, files.SUFFIX[role]))
            self.paths.add(path)

    def _period(self, name: str, day: int) -> str:
        is_daily = name == "usage_events" and day > self.world.end - DAILY_FILES
        return f"{days.calendar(day):%Y-%m-%d}" if is_daily else f"{days.calendar(day):%Y-%m}"

    def remove_others(self) -> None:
        """Remove files of an earlier company or a later day: left behind, they would mix into this one."""
        for home in (self.directory, *(self.directory / BRANCHES).glob("*")):
            for role in files.SUFFIX:
                for path in sorted((home / role).glob("*")):
                    if path not in self.paths and _OURS.match(path.name):
                        path.unlink()
