"""`copilot health`: check the profiles, explain one account's score, and ask history whether the bands warn."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from config.health import HEALTH_FILE, load_health
from config.health_overrides import OVERRIDES_FILE, load_overrides
from config.health_profile import Profile
from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError
from copilot.cli.health_text import drawn_account, drawn_proposal, drawn_verdict
from copilot.cli.say import fail
from copilot.clock import last_complete_day
from copilot.health.validation import judge
from copilot.health.week import Week
from copilot.health.weights import propose
from copilot.warehouse.health_account import account_health
from copilot.warehouse.health_history import newest_day, weeks

group = typer.Typer(no_args_is_help=True, help="Health profiles: check, explain, validate on history, fit weights.")

Sources = Annotated[Path, typer.Option("--sources", help="The sources file; names the warehouse")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last day to look at")]
Since = Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="The first Sunday to judge")]
# Of the Sundays with a closed horizon; weights are judged on the later ones.
LEARN_RATIO = 0.6


@group.command()
def lint() -> None:
    """Check config/health.yml and the overrides; exit code 1 when one cannot be used or rules overlap."""
    try:
        health, overrides = load_health(), load_overrides().overrides
    except ConfigError as error:
        fail(error)
    today = last_complete_day()
    in_force = sum(override.set_on <= today < override.expires_on for override in overrides)
    rules = len(health.selection.rules)
    typer.echo(f"{HEALTH_FILE}: {len(health.profiles)} profiles and {rules} selection rules can be used")
    typer.echo(f"{OVERRIDES_FILE}: {len(overrides)} overrides, {in_force} in force on {today}")


@group.command()
def show(account: str, as_of: AsOf = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Explain one account's score on its newest day: components, what bounds it, and why it is not yesterday's."""
    run = _run(as_of, sources)
    found = account_health(run.database, account, run.as_of)
    if found is None:
        fail(LookupError(f"no account {account!r} in marts.fct_account_days of {run.database}"))
    typer.echo(drawn_account(found))


@group.command()
def validate(as_of: AsOf = None, since: Since = None, sources: Sources = DEFAULT_SOURCES) -> None:
    """Ask past Sundays whether the bands warn, for the whole book and each profile; exit code 1 when they do not."""
    health = load_health()
    found = _weeks(as_of, since, sources, with_parts=False)
    profiles = {profile.name: profile for profile in health.profiles}

    def band_of(week: Week) -> str:
        return profiles[week.profile].band_of(week.score)

    def place_of(week: Week) -> str:
        return _place(profiles[week.profile], band_of(week))

    judged = {"whole book": judge(found, place_of, PLACES, health.validation)}
    for name in health.selection.profiles:
        own = [week for week in found if week.profile == name]
        judged[name] = judge(own, band_of, profiles[name].band_names, health.validation)
    typer.echo(f"Sundays {found[0].as_of} to {found[-1].as_of}")
    for name, verdict in judged.items():
        typer.echo(drawn_verdict(name, verdict, health.validation))
    if not all(verdict.passed for verdict in judged.values()) or not judged["whole book"].is_judged:
        raise typer.Exit(1)


@group.command()
def fit(
    profile: Annotated[str | None, typer.Argument(help="A profile of weights; without it, the default one")] = None,
    as_of: AsOf = None,
    since: Since = None,
    sources: Sources = DEFAULT_SOURCES,
) -> None:
    """Learn a profile's weights from realised churn and compare them with the hand-set ones. Changes nothing."""
    health = load_health()
    name = profile or health.selection.default
    try:
        chosen = health.profile(name)
    except KeyError:
        fail(ConfigError(f"no profile {name!r} in {HEALTH_FILE}"))
    if chosen.method != "weighted":
        fail(ConfigError(f"{name} is not a profile of weights"))
    own = [week for week in _weeks(as_of, since, sources, with_parts=True) if week.profile == name]
    hand = {component.name: float(component.weight) for component in chosen.components}
    days = sorted({week.as_of for week in own if week.has_left is not None})
    try:
        split_on = days[int(len(days) * LEARN_RATIO)] if days else date.min
        typer.echo(drawn_proposal(name, propose(own, hand, split_on, health.validation.horizon_days)))
    except ValueError as error:
        fail(error)


PLACES = ("lowest band", "between", "best band")


def _place(profile: Profile, band: str) -> str:
    """A band's place, which profiles with bands of different names have in common."""
    return PLACES[0] if band == profile.band_names[0] else PLACES[2] if band == profile.best_band else PLACES[1]


def _weeks(as_of: datetime | None, since: datetime | None, sources: Path, *, with_parts: bool) -> list[Week]:
    """The judged Sundays; ends with a word when there is none."""
    run = _run(as_of, sources)
    first = since.date() if since else date.min
    horizon = load_health().validation.horizon_days
    found = weeks(run.database, first, run.as_of, horizon, with_parts=with_parts)
    if not any(week.has_left is not None for week in found):
        fail(LookupError(f"no Sunday up to {run.as_of - timedelta(days=horizon)} has a score and an outcome"))
    return found


def _run(as_of: datetime | None, sources: Path) -> Run:
    """The asked day, but no later than the newest that was built; ends with a word when none was."""
    database = Run(date.max, sources).database
    newest = newest_day(database)
    if newest is None:
        fail(LookupError(f"no day was built in {database} yet: `copilot run` builds one"))
    return Run(min(as_of.date(), newest) if as_of else newest, sources)
