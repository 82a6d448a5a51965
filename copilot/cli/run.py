"""`copilot run`, `backfill`, `train`: days through Airflow."""

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError
from copilot.cli.say import fail, say
from copilot.clock import last_complete_day
from copilot.stack.airflow_api import AirflowApi, AirflowError
from copilot.stack.day_run import DayResult, DayRun
from copilot.stack.launch import StackError
from copilot.stack.launch import up as start_stack
from copilot.warehouse.day_summary import summary

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The business day; without it, the last complete day (UTC)"),
]
Sources = Annotated[Path, typer.Option("--sources", help="The sources file; it names the company's warehouse")]
NEEDED = ("postgres", "mail-sink", "airflow")


def run(as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Build, publish and mail one day; exit code 0 green, 1 not published, 2 published although a source failed."""
    sys.exit(run_day(Run(as_of.date() if as_of else last_complete_day(), sources), sends_mail=True).exit_code)


def backfill(start: Day, end: Day, sources: Sources = DEFAULT_SOURCES) -> None:
    """Build and publish every day from START to END (both included), in order; sends no mail."""
    first, last = start.date(), end.date()
    if first > last:
        fail(ConfigError(f"START {first} lies after END {last}"))
    for offset in range((last - first).days + 1):
        result = run_day(Run(first + timedelta(days=offset), sources), sends_mail=False)
        if result.exit_code == 1:
            say(f"stopped at {result.as_of}: later days build on it")
            sys.exit(1)


def train(as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Train, judge and admit (or refuse) a churn model on what was known by a day."""
    day: date = as_of.date() if as_of else last_complete_day()
    with_stack = _day_run()
    result = with_stack.train(Run(day, sources))
    say(str(result.counts.get("candidate_is_judged", {})))
    sys.exit(0 if result.states.get("train_models") == "success" else 1)


def run_day(run: Run, sends_mail: bool) -> DayResult:
    """One day, started and followed; prints progress and the summary."""
    if not run.sources.is_file():
        fail(ConfigError(f"{run.sources}: no such sources file"))
    try:
        say(f"day {run.as_of} of {run.database}")
        result = _day_run().run(run, sends_mail)
    except (ConfigError, AirflowError, StackError) as error:
        fail(error)
    for line in summary(run, result.states, result.counts):
        say(line)
    return result


def _day_run() -> DayRun:
    start_stack(say, NEEDED)
    return DayRun(AirflowApi(), say)
