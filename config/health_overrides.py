"""The overrides of `config/health_overrides.yml`: a person's word against the score, for one account and some time."""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.health import Health, load_health
from config.health_profile import Word
from config.settings import CONFIG_DIR, ConfigError, load_yaml

OVERRIDES_FILE = CONFIG_DIR / "health_overrides.yml"

Score = Annotated[Decimal, Field(ge=0, le=100)]
# Shown beside the score, so one line of plain words.
Words = Annotated[str, Field(pattern=r"^[^\\\x00-\x1f]{3,200}$")]


class Override(Strict):
    """Exactly one of cap, floor and band, in force on the days set_on <= day < expires_on."""

    account_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
    cap: Score | None = None
    floor: Score | None = None
    band: Word | None = None
    reason: Words
    author: Words
    set_on: date
    expires_on: date

    @model_validator(mode="after")
    def _says_one_thing_for_some_time(self) -> Self:
        if sum(said is not None for said in (self.cap, self.floor, self.band)) != 1:
            raise ValueError(f"override of {self.account_id} needs exactly one of cap, floor, band")
        if self.expires_on <= self.set_on:
            raise ValueError(f"override of {self.account_id} expires on {self.expires_on}, before it is set")
        return self

    def overlaps(self, other: "Override") -> bool:
        """Whether both are in force for one account on some day."""
        return self.account_id == other.account_id and self.set_on < other.expires_on and other.set_on < self.expires_on


class Overrides(Strict):
    """Every override, those that expired included: past days may be built again."""

    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for one, other in combinations(self.overrides, 2):
            if one.overlaps(other):
                raise ValueError(f"two overrides of {one.account_id} are in force on {max(one.set_on, other.set_on)}")
        return self


@cache
def load_overrides(path: Path = OVERRIDES_FILE) -> Overrides:
    """The checked overrides. Raises ConfigError naming the file and each setting that does not fit."""
    found = checked(Overrides, load_yaml(path), path)
    _refuse_unknown_bands(found, load_health(), path)
    return found


def _refuse_unknown_bands(found: Overrides, health: Health, path: Path) -> None:
    """A band must exist in every profile that the account might be shown."""
    shown = [set(health.profile(name).band_names) for name in health.selection.profiles]
    known = set.intersection(*shown)
    for override in found.overrides:
        if override.band is not None and override.band not in known:
            raise ConfigError(f"{path}: override of {override.account_id}: no band {override.band!r} in every profile")


def as_variables(found: Overrides) -> dict[str, Any]:
    """The overrides as dbt's variable: numbers and dates as text, absent settings left out."""
    return {"health_overrides": found.model_dump(mode="json", exclude_none=True)["overrides"]}
