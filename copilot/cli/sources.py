"""`copilot sources`: try a source without landing it, begin a new one, and write the page of canonical tables."""

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
def new(
    name: Annotated[str, typer.Argument(help="What the vendor is called as a source type, for example help_scout")],
    role: Annotated[str, typer.Option(help="What it is read for: crm, billing, usage or support")] = "support",
) -> None:
    """Write the files of one more vendor: connector, fake vendor, contract. docs/new-source.md leads through them."""
    from copilot.sources.new.vendor import new_vendor
    from copilot.sources.new.writing import write

    try:
        vendor = new_vendor(name, role, ROOT)
        made, known = write(vendor, ROOT)
    except (ConfigError, FileExistsError) as error:
        fail(error, NOT_USABLE)
    for path in made:
        typer.echo(f"made       {path}")
    for path in known:
        typer.echo(f"a line in  {path}")
    typer.echo(f"\nWhat is left to do:  .venv/bin/python -m pytest {vendor.files['contract']}")


@group.command()
def tables() -> None:
    """Write docs/tables.md from the canonical schema."""
    from copilot.sources.tables_page import render

    path = ROOT / "docs" / "tables.md"
    path.write_text(render(), encoding="utf-8")
    typer.echo(f"wrote {path}")
