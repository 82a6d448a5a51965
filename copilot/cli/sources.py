"""`copilot sources`: try a source, begin a new one, ask what each has, and write the page of canonical tables."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES, Run
from config.settings import ROOT, ConfigError
from copilot.cli.say import fail
from copilot.clock import last_complete_day

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
def reconcile(
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The run's day; else the last complete one")
    ] = None,
    file: Annotated[Path, typer.Option("--sources", help="The sources file")] = DEFAULT_SOURCES,
    measured: Annotated[bool, typer.Option("--measured", help="Ask nobody: show what was measured last")] = False,
) -> None:
    """What each source says that it has, against raw and marts: rows and money by table and day.

    Vendors are asked by the connections of the environment (AIRFLOW_CONN_*). Ends with 1 when something is off.
    """
    from copilot.reconcile.compare import OFF
    from copilot.reconcile.room import reconcile as compare
    from copilot.reconcile.text import drawn
    from copilot.warehouse.connect import connect
    from copilot.warehouse.recon_daily import of_run

    run = Run(day.date() if day else last_complete_day(), file)
    try:
        if not measured:
            compare(run)
        with connect("gate", run.database) as gate:
            found = of_run(gate, run.as_of)
    except ConfigError as error:
        fail(error)
    for line in drawn(found):
        typer.echo(line)
    sys.exit(int(any(one.verdict in OFF for one in found)))


@group.command()
def tables() -> None:
    """Write docs/tables.md from the canonical schema."""
    from copilot.sources.tables_page import render

    path = ROOT / "docs" / "tables.md"
    path.write_text(render(), encoding="utf-8")
    typer.echo(f"wrote {path}")
