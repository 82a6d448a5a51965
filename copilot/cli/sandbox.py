"""`copilot sandbox`: generate the make-believe company."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from config.settings import ConfigError, var_dir
from copilot.sandbox.company_clock import CompanyClock

if TYPE_CHECKING:
    from copilot.sandbox.spec import CompanySpec

group = typer.Typer(no_args_is_help=True, help="The make-believe company with known truth.")


@group.callback()
def sandbox() -> None:
    """The make-believe company with known truth."""


@group.command()
def write(
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was recorded by then")] = None,
    accounts: Annotated[int | None, typer.Option(help="Accounts on the first day")] = None,
    months: Annotated[int | None, typer.Option(min=1, help="Length; the last day stays, the first moves")] = None,
    seed: Annotated[int | None, typer.Option(help="Another company of the same kind")] = None,
    directory: Annotated[Path | None, typer.Option(help="Where to; default: sandbox/ under the var directory")] = None,
) -> None:
    """Write the company's files, let it be the night after their last day, and print the rows of each table."""
    try:
        spec = _spec(accounts, months, seed)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    target = directory or var_dir() / "sandbox"
    counts = _written(spec, target, until.date() if until else None)
    CompanyClock(target).set_to_night_after(until.date() if until else spec.end)
    for table, rows in counts.items():
        typer.echo(f"{table:<16}{rows:>12,}")
    typer.echo(f"written to {target}")


def _spec(accounts: int | None, months: int | None, seed: int | None) -> "CompanySpec":
    from copilot.sandbox.spec import load_spec

    spec = load_spec()
    given: dict[str, Any] = {"accounts": accounts, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    if months is not None:
        changes["start"] = _months_before(spec.end, months)
    return spec.changed(**changes)


def _months_before(day: date, months: int) -> date:
    """The day after the same day of the month, `months` earlier (day 28 at most)."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, min(day.day + 1, 28))


def _written(spec: "CompanySpec", target: Path, until: date | None) -> dict[str, int]:
    from copilot.sandbox.company import steps, write_company

    console = Console(stderr=True)
    if not console.is_terminal:
        return write_company(spec, target, until, lambda step: typer.echo(f"sandbox: {step}", err=True), True)
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("sandbox", total=steps(spec, until))
        return write_company(spec, target, until, lambda step: progress.update(bar, advance=1, description=step), True)
