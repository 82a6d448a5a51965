"""`copilot digest …`: look at the mail before anybody gets it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

group = typer.Typer(no_args_is_help=True, help="The daily risk digest.")


@group.callback()
def _group() -> None:
    """Keep `preview` a command of its own name."""


@group.command()
def preview(
    csm: Annotated[str, typer.Argument(help="Id of the CSM.")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day; default: the newest one.")] = None,
    sources: Annotated[Path | None, typer.Option(help="Sources file that names the warehouse.")] = None,
) -> None:
    """Print the mail as it would be sent, and where its html is. Nothing is sent, no table is written."""
    from config.run import DEFAULT_SOURCES
    from copilot.digest.preview import NoPreviewError, preview_digest

    try:
        shown = preview_digest(csm, as_of.date() if as_of else None, sources or DEFAULT_SOURCES)
    except NoPreviewError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"Subject: {shown.subject}\nTo: {shown.recipient}\nToday this would be: {shown.decision}\n")
    typer.echo(shown.text)
    typer.echo(f"html: {shown.html}")
