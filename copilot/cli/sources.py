"""`copilot sources`: try a source without landing it, and write the page of canonical tables."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES
from config.settings import ROOT, ConfigError
from copilot.cli.say import fail

NOT_USABLE = 2

group = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@group.callback()
def sources() -> None:
    """What the data comes from."""


@group.command()
def check(file: Annotated[Path, typer.Argument(help="A sources file")] = DEFAULT_SOURCES) -> None:
    """Dry run: what would land, what would be quarantined and why. Needs no database.

    Ends with 0 when the sources can be used (rows may still be quarantined: the report says which), with 2 when not:
    the file is wrong, a data file cannot be read, or a table that everything needs is missing.
    """
    from copilot.sources.check import check as dry_run
    from copilot.sources.check_text import lines

    try:
        report = dry_run(file)
    except ConfigError as error:
        fail(error, NOT_USABLE)
    for line in lines(report):
        typer.echo(line)
    sys.exit(NOT_USABLE if report.stoppers else 0)


@group.command()
def tables() -> None:
    """Write docs/tables.md from the canonical schema."""
    from copilot.sources.tables_page import render

    path = ROOT / "docs" / "tables.md"
    path.write_text(render(), encoding="utf-8")
    typer.echo(f"wrote {path}")
