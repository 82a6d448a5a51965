"""`copilot rules`: check the alert rules, and see what each would have caught."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from config.alerts import ALERTS, load_alert_book
from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError
from copilot.cli.say import fail
from copilot.clock import last_complete_day
from copilot.decide.backtest import Card
from copilot.decide.rules import checked_rules, problems
from copilot.warehouse.rule_history import backtest as backtest_rule

group = typer.Typer(no_args_is_help=True, help="Alert rules: check them, and see what they would have caught.")


@group.command()
def lint() -> None:
    """Check config/alerts.yml: every rule's conditions and words; exit code 1 when one cannot be used."""
    try:
        book = load_alert_book()
    except ConfigError as error:
        fail(error)
    found = problems(book)
    for line in found:
        typer.echo(line, err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{ALERTS}: {len(book.rules)} rules can be used")


@group.command()
def backtest(
    rule: Annotated[str | None, typer.Argument(help="A rule's id; without it, every rule")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last day to look at")
    ] = None,
    sources: Annotated[Path, typer.Option("--sources", help="The sources file; names the warehouse")] = DEFAULT_SOURCES,
) -> None:
    """Replay a rule over the days that were built: precision, recall, lead, and alerts per CSM and week."""
    run = Run(as_of.date() if as_of else last_complete_day(), sources)
    try:
        chosen = [checked for checked in checked_rules() if rule in (None, checked.rule.id)]
        if not chosen:
            raise ConfigError(f"no rule {rule!r} in {ALERTS}; `copilot rules lint` checks the file")  # noqa: TRY301
        for checked in chosen:
            typer.echo(drawn(backtest_rule(checked, run.database, run.as_of)))
    except ConfigError as error:
        fail(error)


def drawn(card: Card) -> str:
    """A rule's card as text."""
    lead = "none yet" if card.median_lead_days is None else f"{card.median_lead_days:.0f} days (median)"
    volume = "no CSM" if card.alerts_per_csm_week is None else f"{card.alerts_per_csm_week:.2f} per CSM and week"
    return "\n".join(
        (
            f"{card.rule_id}  {card.first} to {card.last}",
            f"  precision  {_share(card.precision)}  {card.n_right} of {card.n_judged} alerts old enough to judge",
            f"  recall     {_share(card.recall)}  {card.n_caught} of {card.n_departures} departures announced",
            f"  lead       {lead}",
            f"  volume     {card.n_alerts} alerts, {volume}",
        )
    )


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:7.1%}"
