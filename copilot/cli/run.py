"""`copilot run`, `backfill`, `train`: days through Airflow."""

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError
from copilot.cli.say import fail, say
from copilot.clock import last_complete_day
from copilot.stack.airflow_api import AirflowApi, AirflowError
from copilot.stack.day_run import DayResult, DayRun, Say
from copilot.stack.launch import StackError
from copilot.stack.launch import up as start_stack
from copilot.warehouse.day_summary import summary

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The business day; without it, the last complete day (UTC)"),
]
Sources = Annotated[Path, typer.Option("--sources", help="The sources file; it names the company's warehouse")]
NEEDED = ("postgres", "mail-sink", "vendors", "airflow")


def run(as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Build, publish and mail one day; exit code 0 green, 1 not published, 2 published although a source failed."""
    sys.exit(run_day(Run(as_of.date() if as_of else last_complete_day(), sources), sends_mail=True).exit_code)


def backfill(start: Day, end: Day, sources: Sources = DEFAULT_SOURCES) -> None:
    """Build and publish every day from START to END (both included), in order; sends no mail."""
    first, last = start.date(), end.date()
    if first > last:
        fail(ConfigError(f"START {first} lies after END {last}"))
    build_days([Run(first + timedelta(days=offset), sources) for offset in range((last - first).days + 1)])


def build_days(runs: list[Run], before: Callable[[date], None] = lambda _: None) -> None:
    """Build and publish days in order, one line a day, without mail; ends the command when a day is not published.

    `before` is told each day before it begins.
    """
    for number, run in enumerate(runs, start=1):
        before(run.as_of)
        result = follow(run, sends_mail=False, tell=_silent)
        published = result.counts.get("day_is_published", {})
        what = ", ".join(f"{published[name]} {name}" for name in ("accounts", "verdict", "run_id") if name in published)
        say(f"day {run.as_of} ({number} of {len(runs)}): {what or 'not published'}")
        if result.exit_code == 1:
            tell_summary(run, result)
            say(f"stopped at {run.as_of}: later days build on it")
            sys.exit(1)


def train(as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Train, judge and admit (or refuse) a churn model on what was known by a day."""
    day: date = as_of.date() if as_of else last_complete_day()
    result = _day_run(say).train(Run(day, sources))
    say(str(result.counts.get("candidate_is_judged", {})))
    sys.exit(0 if result.states.get("train_models") == "success" else 1)


def run_day(run: Run, sends_mail: bool) -> DayResult:
    """One day, started and followed; prints progress and the summary."""
    result = follow(run, sends_mail, say)
    tell_summary(run, result)
    return result


def follow(run: Run, sends_mail: bool, tell: Say) -> DayResult:
    """Start the stack if need be and run one day; `tell` hears of each task. Ends the command on a setting's error."""
    if not run.sources.is_file():
        fail(ConfigError(f"{run.sources}: no such sources file"))
    try:
        tell(f"day {run.as_of} of {run.database}")
        return _day_run(tell).run(run, sends_mail)
    except (ConfigError, AirflowError, StackError) as error:
        fail(error)


def tell_summary(run: Run, result: DayResult) -> None:
    """Print what the day came to."""
    for line in summary(run, result.states, result.counts):
        say(line)


def _silent(_: str) -> None:
    """Hear nothing."""


def _day_run(tell: Say) -> DayRun:
    start_stack(say, NEEDED)
    return DayRun(AirflowApi(), tell)
