"""`copilot model …`: train, show what is in use and why, take it out of use, forecast one account.

The integrator registers `group` beside the groups of copilot/cli.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES, Run

group = typer.Typer(help="The churn model: train, show, rollback, score.", no_args_is_help=True)

Sources = Annotated[Path, typer.Option("--sources", help="The company's sources file.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day; empty: the newest with features.")
]


@group.command()
def train(as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Train on what was known on that day and put the model into use if it passes every gate."""
    from ml.train import train as train_model

    outcome = train_model(_run(as_of, sources))
    typer.echo(f"{outcome['model_version']}: {outcome['status']}: {outcome['why']}")
    typer.echo(f"{outcome['n_train']} account-weeks, {outcome['n_churned']} accounts left")


@group.command()
def show(sources: Sources = DEFAULT_SOURCES) -> None:
    """List every training, newest first, with what became of it."""
    from ml.registry import trainings

    found = trainings(Run(date.max, sources).database)
    if not found:
        typer.echo("no model has been trained yet: copilot model train")
    for record in found:
        typer.echo(f"{record.trained_as_of}  {record.model_version}  {record.status:<10}  {record.why}")


@group.command()
def rollback(sources: Sources = DEFAULT_SOURCES) -> None:
    """Take the model in use out of use; the one before speaks again."""
    from ml.registry import roll_back
    from ml.tracking import mirror

    database = Run(date.max, sources).database
    try:
        out, now = roll_back(database)
    except LookupError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    mirror(database)
    typer.echo(f"{out} is out of use; {f'{now} is in use' if now else 'no model is in use, forecasts stop'}")


@group.command()
def score(account: str, as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Forecast one account now, with its reasons, without storing anything."""
    from ml.score import forecast

    run = _run(as_of, sources)
    day = forecast(run, account)
    typer.echo(f"{run.as_of}  {day.mode}: {day.why}")
    if day.mode == "model" and not day.rows:
        typer.echo(
            f"account {account} is not in the cohort of that day (unknown, left, trial, or notice given)", err=True
        )
        raise typer.Exit(1)
    for _, horizon, _, _, p, low, high, _, abstained, why, *told in day.rows:
        said = f"no forecast: {why}" if abstained else f"{p:.1%} ({low:.1%} to {high:.1%})"
        typer.echo(f"leaves within {horizon} days: {said}")
        for reason in filter(None, told):
            typer.echo(f"  - {reason.obj['text']}")


def _run(as_of: datetime | None, sources: Path) -> Run:
    """The asked day, else the newest that has features; the clock is not asked."""
    from ml.features import newest_day

    if as_of is not None:
        return Run(as_of.date(), sources)
    day = newest_day(Run(date.max, sources).database)
    if day is None:
        typer.echo("there are no features yet: run a day first", err=True)
        raise typer.Exit(1)
    return Run(day, sources)
