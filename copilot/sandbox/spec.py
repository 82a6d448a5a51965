"""How large the make-believe company is and which days it covers: `config/sandbox.yml`, checked."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, ConfigError, load_yaml

DEFAULT_SPEC = CONFIG_DIR / "sandbox.yml"
# The given accounts look back this far (sixty days of usage, and a quiet tail before it).
FIXTURE_DAYS = 90


class CompanySpec(Strict):
    """One company: same values, same bytes. `start` and `end` are the first and the last day, both inclusive."""

    seed: int = Field(ge=0, lt=2**63)
    accounts: int = Field(ge=20, le=100_000, description="accounts that exist on the first day")
    start: date
    end: date
    csms: int = Field(default=12, ge=1, le=500)
    events_scale: float = Field(default=1.0, gt=0, le=20, description="multiplies what a user does on an active day")
    monthly_joins_ratio: float = Field(default=0.018, ge=0, le=0.2, description="new accounts a month, of `accounts`")
    fixtures: bool = True
    fixtures_on: date | None = Field(default=None, description="day on which the given accounts' numbers hold")

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}")
        if self.fixtures and self.start + timedelta(days=FIXTURE_DAYS) > self.showcase_on:
            raise ValueError(
                f"fixtures need {FIXTURE_DAYS} days before {self.showcase_on}: "
                f"move start {self.start}, or set fixtures: false"
            )
        return self

    @property
    def showcase_on(self) -> date:
        """The day on which Acme Corp, Tech Solutions Ltd and the demo set show the numbers that they were given."""
        return self.fixtures_on or self.end

    def changed(self, **changes: Any) -> "CompanySpec":
        """The same company with some settings replaced, checked again. Raises ConfigError naming the setting."""
        return checked(CompanySpec, {**self.model_dump(), **changes}, "sandbox")


def load_spec(path: Path = DEFAULT_SPEC) -> CompanySpec:
    """The company described by a YAML file. Raises ConfigError naming the file and each wrong setting."""
    values = load_yaml(path)
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected settings such as `seed: 7`, found {type(values).__name__}")
    return checked(CompanySpec, values, path)
