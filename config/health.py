"""The settings of `config/health.yml`, checked before dbt turns them into SQL."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.health_profile import Profile, refuse_twice
from config.health_selection import Selection
from config.settings import CONFIG_DIR, load_yaml

HEALTH_FILE = CONFIG_DIR / "health.yml"

Share = Field(gt=0, le=1)


class Trend(Strict):
    """When a change of the score is more than the account's own noise."""

    window_days: int = Field(ge=28, le=364, multiple_of=7)
    min_changes: int = Field(ge=3)
    sds: Decimal = Field(gt=0)
    min_points: Decimal = Field(ge=0, le=100)


class Divergence(Strict):
    """When a CSM's rating and the score's band disagree."""

    good_rating: int = Field(ge=1, le=5)
    bad_rating: int = Field(ge=1, le=5)
    max_age_days: int = Field(ge=1)

    @model_validator(mode="after")
    def _is_apart(self) -> Self:
        if self.bad_rating >= self.good_rating:
            raise ValueError("bad_rating must be below good_rating")
        return self


class Validation(Strict):
    """What realised churn must show before a profile may call itself a warning."""

    horizon_days: int = Field(ge=30)
    min_lowest_band_lift: float = Field(gt=1)
    max_best_band_ratio: float = Share
    min_caught_ratio: float = Share
    caught_from_days: int
    caught_until_days: int = Field(ge=7)
    min_departures: int = Field(ge=1)


class Health(Strict):
    """All profiles, the choice between them, and how their scores are read."""

    selection: Selection
    trend: Trend
    divergence: Divergence
    validation: Validation
    profiles: tuple[Profile, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _selects_what_exists(self) -> Self:
        names = [profile.name for profile in self.profiles]
        refuse_twice(names, "profile")
        for chosen in self.selection.profiles:
            if chosen not in names:
                raise ValueError(f"selection names the profile {chosen}, which is not defined")
        return self

    def profile(self, name: str) -> Profile:
        """The profile of that name. Raises KeyError when there is none."""
        return {profile.name: profile for profile in self.profiles}[name]


@cache
def load_health(path: Path = HEALTH_FILE) -> Health:
    """The checked profiles. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Health, load_yaml(path), path)


def as_variables(health: Health) -> dict[str, Any]:
    """The profiles as dbt's variables: numbers as they were written (text), absent settings left out."""
    plain = health.model_dump(mode="json", exclude_none=True)
    return {
        "health_profiles": plain["profiles"],
        "health_rules": [
            {"profile": rule.profile, "conditions": rule.conditions} for rule in health.selection.in_order
        ],
        "health_default": health.selection.default,
        **{f"health_trend_{name}": value for name, value in plain["trend"].items()},
        **{f"health_divergence_{name}": value for name, value in plain["divergence"].items()},
    }
