"""`copilot write-back …`: what would stand in the CRM, write it, put it back."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from config.run import DEFAULT_SOURCES
from config.settings import ConfigError
from config.write_back import PATH
from copilot.cli.say import fail

group = typer.Typer(no_args_is_help=True, help="Health, risk and reasons in the CRM's own fields.")

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="A published day; without it, the newest")
]
Sources = Annotated[Path, typer.Option("--sources", help="The sources file; it names the CRM and the warehouse")]
Mapping = Annotated[Path, typer.Option("--mapping", help="Which value stands in which field")]
Older = Annotated[bool, typer.Option("--older", help="Also a day that is older than the newest published one")]
Many = Annotated[bool, typer.Option("--many", help="Also when more accounts change than largest_share allows")]
_SHOWN_ACCOUNTS = 20


@group.command()
def preview(
    as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES, mapping: Mapping = PATH, older: Older = False
) -> None:
    """Show what would change. Nothing is written, not here and not there."""
    from copilot.write_back import day

    wish = day.Wish(sources, as_of.date() if as_of else None, mapping, is_older_fine=older)
    for shown in _or_fail(day.preview, wish):
        n_more = len(shown.diff.changes) - _SHOWN_ACCOUNTS
        typer.echo(
            f"{shown.source}, {shown.as_of}: {len(shown.diff.changes)} of {shown.diff.n_compared} accounts would change"
        )
        for change in shown.diff.changes[:_SHOWN_ACCOUNTS]:
            for field, new in change.new.items():
                typer.echo(f"  {_said(change.account_id)}  {field}: {_said(change.old[field])} -> {_said(new)}")
        if n_more > 0:
            typer.echo(f"  and {n_more} accounts more")
        for account, why in shown.diff.missing.items():
            typer.echo(f"  {_said(account)}  left alone: {_said(why)}")
        if shown.refusal:
            typer.echo(f"  apply would refuse: {shown.refusal}")


@group.command()
def apply(
    as_of: AsOf = None,
    sources: Sources = DEFAULT_SOURCES,
    mapping: Mapping = PATH,
    older: Older = False,
    many: Many = False,
) -> None:
    """Write what differs. The undo file is on disk before the first write."""
    from copilot.write_back import day

    wish = day.Wish(sources, as_of.date() if as_of else None, mapping, older, many)
    for source, counts in _or_fail(day.apply, wish).items():
        typer.echo(f"{source}: {_counted(counts)}")


@group.command()
def undo(
    file: Annotated[Path, typer.Argument(help="The undo file of a run, below var/write_back")],
    sources: Sources = DEFAULT_SOURCES,
) -> None:
    """Put the old values back, only where our value still stands; names what somebody changed since."""
    from copilot.write_back import day

    counts, kept = _or_fail(day.undo, file, sources)
    for one in kept:
        typer.echo(f"  {_said(one.account_id)}  {one.field}: left alone: {_said(one.why)}")
    typer.echo(f"{file.name}: {_counted(counts)}")


def _counted(counts: dict[str, Any]) -> str:
    return ", ".join(f"{value} {name}" for name, value in counts.items() if name != "undo_file") + (
        f"; undo file {counts['undo_file']}" if counts["undo_file"] else ""
    )


def _said(value: Any) -> str:
    """One harmless line: the values come from a CRM in which anybody may write anything."""
    from copilot.digest.wording import clean

    return "nothing" if value in (None, "") else clean(value)


def _or_fail(work: Any, *given: Any) -> Any:
    from copilot.sources.api.faults import SourceFault
    from copilot.write_back.crm import NotWritten

    try:
        return work(*given)
    except (ConfigError, NotWritten, SourceFault) as error:
        fail(error)
