"""The health profiles of `config/health.yml`, checked before dbt turns them into SQL."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

HEALTH_FILE = CONFIG_DIR / "health.yml"

# A name becomes part of SQL, so it is a plain word; the columns that exist are checked by the warehouse.
Word = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
Input = Literal[
    "usage_score", "feature_adoption_ratio", "active_client_ratio", "form_completion_ratio", "journey_open_ratio",
    "last_login_days_ago", "events_28d_vs_prior_ratio", "usage_vs_peer_ratio", "active_users_28d", "events_28d",
    "tickets_30d", "tickets_open", "tickets_urgent_open", "oldest_open_ticket_days", "csat_90d",
    "failed_payments_30d", "days_past_due", "champion_last_seen_days_ago", "last_touch_days_ago", "nps_latest",
    "days_to_renewal", "tenure_days",
]  # fmt: skip


class Bound(Strict):
    """A condition on a number: exactly one of below (<), above (>) and at_least (>=)."""

    below: Decimal | None = None
    above: Decimal | None = None
    at_least: Decimal | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if sum(bound is not None for bound in (self.below, self.above, self.at_least)) != 1:
            raise ValueError("needs exactly one of below, above, at_least")
        return self


class Step(Bound):
    """What a component is worth once the bound holds."""

    points: Decimal


class Cap(Bound):
    """The highest score (0-100) of an account for which the bound holds."""

    name: str = Word
    input: Input
    cap: Decimal = Field(ge=0, le=100)


class Band(Strict):
    """The name of the scores (0-100) below a bound that no earlier band holds."""

    below: Decimal = Field(gt=0, le=100)
    band: str = Word


class Linear(Strict):
    """Worth per unit of the input."""

    factor: Decimal = Field(gt=0)


class Scale(Strict):
    """The input that is worth nothing, and the one that is worth the whole weight; worst may be the larger."""

    worst: Decimal
    best: Decimal

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.worst == self.best:
            raise ValueError("worst and best must differ")
        return self


class Component(Strict):
    """One input and what it is worth: exactly one of steps, linear and scale."""

    name: str = Word
    pillar: str | None = None
    input: Input
    weight: Decimal = Field(gt=0)
    steps: tuple[Step, ...] | None = None
    otherwise: Decimal | None = None
    linear: Linear | None = None
    scale: Scale | None = None

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if sum(shape is not None for shape in (self.steps, self.linear, self.scale)) != 1:
            raise ValueError(f"component {self.name} needs exactly one of steps, linear, scale")
        if (self.steps is None) != (self.otherwise is None):
            raise ValueError(f"component {self.name}: `otherwise` belongs to `steps`, and steps need it")
        worths = [step.points for step in self.steps or ()]
        if any(abs(points) > self.weight for points in worths):
            raise ValueError(f"component {self.name}: a step is worth more than the weight {self.weight}")
        return self


class Profile(Strict):
    """A named way to score: components, bands, caps, and how much must be known."""

    name: str = Word
    method: Literal["penalty", "points", "weighted"]
    out_of: Decimal = Field(gt=0)
    start: Decimal = Field(ge=0)
    redistribute: bool
    min_coverage: Decimal = Field(gt=0, le=1)
    bands: tuple[Band, ...] = Field(min_length=1)
    best_band: str = Word
    caps: tuple[Cap, ...] = ()
    components: tuple[Component, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum((component.weight for component in self.components), Decimal(0))
        wanted = {"weighted": Decimal(1), "points": self.out_of}.get(self.method)
        if wanted is not None and total != wanted:
            raise ValueError(f"profile {self.name}: the weights add up to {total}, not to {wanted}")
        if self.method == "penalty" and self.redistribute:
            raise ValueError(f"profile {self.name}: a penalty cannot be redistributed")
        _refuse_twice([component.name for component in self.components], f"component of {self.name}")
        bounds = [band.below for band in self.bands]
        if bounds != sorted(set(bounds)):
            raise ValueError(f"profile {self.name}: bands must rise")
        return self


class Rule(Strict):
    """The profile of one segment."""

    segment: str = Word
    profile: str = Word


class Selection(Strict):
    """Which profile an account shows: the first rule that names its segment, else the default."""

    default: str = Word
    by_segment: tuple[Rule, ...] = ()


class Health(Strict):
    """All profiles and the choice between them."""

    selection: Selection
    profiles: tuple[Profile, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _selects_what_exists(self) -> Self:
        names = [profile.name for profile in self.profiles]
        _refuse_twice(names, "profile")
        for chosen in (self.selection.default, *(rule.profile for rule in self.selection.by_segment)):
            if chosen not in names:
                raise ValueError(f"selection names the profile {chosen}, which is not defined")
        return self


def _refuse_twice(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} named twice: {', '.join(twice)}")


@cache
def load_health(path: Path = HEALTH_FILE) -> Health:
    """The checked profiles. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Health, load_yaml(path), path)


def as_variables(health: Health) -> dict[str, Any]:
    """The profiles as dbt's variables: numbers as they were written (text), absent settings left out."""
    plain = health.model_dump(mode="json", exclude_none=True)
    return {
        "health_profiles": plain["profiles"],
        "health_rules": plain["selection"]["by_segment"],
        "health_default": plain["selection"]["default"],
    }
