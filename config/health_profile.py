"""One health profile of `config/health.yml`: components, caps and bands, and what makes them add up."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict

# A name becomes part of SQL, so it is a plain word; the columns that exist are checked by the warehouse.
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Input = Literal[
    "usage_score", "feature_adoption_ratio", "active_client_ratio", "form_completion_ratio", "journey_open_ratio",
    "last_login_days_ago", "events_28d_vs_prior_ratio", "events_28d_vs_season_ratio", "usage_vs_peer_ratio",
    "active_users_28d", "events_28d", "tickets_30d", "tickets_84d", "tickets_open", "tickets_urgent_open",
    "oldest_open_ticket_days", "csat_90d", "failed_payments_30d", "failed_payments_84d", "days_past_due",
    "champion_last_seen_days_ago", "last_touch_days_ago", "nps_latest", "days_to_renewal", "tenure_days",
]  # fmt: skip
Age = Literal["csat_age_days", "nps_age_days", "last_touch_days_ago", "champion_last_seen_days_ago"]


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

    name: Word
    input: Input
    cap: Decimal = Field(ge=0, le=100)


class Band(Strict):
    """The name of the scores (0-100) below a bound that no earlier band holds."""

    below: Decimal = Field(gt=0, le=100)
    band: Word


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


class HalfLife(Strict):
    """How fast a signal stops counting: at an age of `days`, half of the component's weight is treated as not known."""

    age: Age
    days: Decimal = Field(gt=0)


class Component(Strict):
    """One input and what it is worth: exactly one of steps, linear and scale."""

    name: Word
    pillar: Word | None = None
    input: Input
    weight: Decimal = Field(gt=0)
    steps: tuple[Step, ...] | None = None
    otherwise: Decimal | None = None
    linear: Linear | None = None
    scale: Scale | None = None
    half_life: HalfLife | None = None

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

    name: Word
    method: Literal["penalty", "points", "weighted"]
    out_of: Decimal = Field(gt=0)
    start: Decimal = Field(ge=0)
    redistribute: bool
    min_coverage: Decimal = Field(gt=0, le=1)
    bands: tuple[Band, ...] = Field(min_length=1)
    best_band: Word
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
        if not self.redistribute and any(component.half_life for component in self.components):
            raise ValueError(f"profile {self.name}: a half-life needs `redistribute`, else an old signal is a bad one")
        refuse_twice((component.name for component in self.components), f"component of {self.name}")
        refuse_twice((cap.name for cap in self.caps), f"cap of {self.name}")
        bounds = [band.below for band in self.bands]
        if bounds != sorted(set(bounds)):
            raise ValueError(f"profile {self.name}: bands must rise")
        return self

    def band_of(self, score: float) -> str:
        """The band of a shown score."""
        return next((band.band for band in self.bands if score < band.below), self.best_band)

    @property
    def band_names(self) -> tuple[str, ...]:
        """From the lowest to the best."""
        return (*(band.band for band in self.bands), self.best_band)


def refuse_twice(names: Iterable[str], what: str) -> None:
    """Raise ValueError naming what occurs more than once."""
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise ValueError(f"{what} named twice: {', '.join(twice)}")
