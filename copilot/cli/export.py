"""`copilot export`: published rows as CSV, JSON or Parquet."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError
from copilot.cli.say import fail
from copilot.clock import last_complete_day
from copilot.warehouse.export import Format, Selection, export_rows, newest_day


class FileFormat(StrEnum):
    """The formats of a file."""

    csv = "csv"
    parquet = "parquet"
    json = "json"


def export(
    table: Annotated[str, typer.Argument(help="A published table, for example account_day or alert_day")],
    file_format: Annotated[FileFormat, typer.Option("--format", help="How to write it")] = FileFormat.csv,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; without it, standard output")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="A published day; without it, the newest")
    ] = None,
    sources: Annotated[Path, typer.Option("--sources", help="The sources file; names the warehouse")] = DEFAULT_SOURCES,
) -> None:
    """Write one day of a published table, safe to open in a spreadsheet."""
    try:
        database = Run(last_complete_day(), sources).database
        selection = Selection(table, as_of.date() if as_of else newest_day(database))
        if out is None:
            export_rows(database, selection, file_format.value, sys.stdout.buffer)
            return
        count = _export_to(out, database, selection, file_format.value)
    except (ConfigError, OSError) as error:
        fail(error)
    typer.echo(f"{out}: {count} rows of serving.{table} of {selection.as_of}", err=True)


def _export_to(out: Path, database: str, selection: Selection, form: Format) -> int:
    """Write beside the target and rename: a failed export leaves no half file behind."""
    partial = out.with_name(f"{out.name}.partial")
    try:
        with partial.open("wb") as target:
            count = export_rows(database, selection, form, target)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return count
