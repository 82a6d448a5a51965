"""The shape of config/kpis.yml: what counts as a gap, a renewal ahead, a business day and a low season."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.risk import RiskPolicy, standings
from config.settings import CONFIG_DIR, load_yaml

KPIS_FILE = CONFIG_DIR / "kpis.yml"
Value = TypeVar("Value")
Why = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=3660)]
Weekday = Annotated[int, Field(ge=1, le=7)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
# Names stand in SQL literals, where dim_calendar doubles their quotation marks.
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\\]+$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Choice(Strict, Generic[Value]):
    """A setting and why it is what it is."""

    value: Value
    why: Why


class Season(Strict):
    """A part of the year, [start, until) as month-day; one whose start is the later of the two passes New Year."""

    season: Word
    start: MonthDay = Field(alias="from")
    until: MonthDay
    why: Why


class Calendar(Strict):
    """The days that dim_calendar holds, and what sets some apart."""

    first_on: Choice[date]
    last_on: Choice[date]
    weekend: Choice[tuple[Weekday, ...]]
    yearly_holidays: dict[MonthDay, Name]
    dated_holidays: dict[date, Name]
    low_seasons: tuple[Season, ...]

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.first_on.value >= self.last_on.value:
            raise ValueError("calendar.first_on must lie before last_on")
        return self


class Kpis(Strict):
    """The whole file."""

    coverage_gap_days: Choice[Days]
    renewal_horizon_days: Choice[Days]
    whitespace_least_peers: Choice[Annotated[int, Field(ge=1)]]
    calendar: Calendar


@cache
def load_kpis(path: Path = KPIS_FILE) -> Kpis:
    """The checked settings. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Kpis, load_yaml(path), path)


def as_variables(kpis: Kpis, policy: RiskPolicy) -> dict[str, Any]:
    """The settings as dbt's variables, without the reasons; and which bands stand for healthy, watch and at risk."""
    calendar = kpis.calendar
    return {
        "coverage_gap_days": kpis.coverage_gap_days.value,
        "renewal_horizon_days": kpis.renewal_horizon_days.value,
        "whitespace_least_peers": kpis.whitespace_least_peers.value,
        "calendar_first_on": calendar.first_on.value.isoformat(),
        "calendar_last_on": calendar.last_on.value.isoformat(),
        "weekend": list(calendar.weekend.value),
        "yearly_holidays": [{"day": day, "name": name} for day, name in calendar.yearly_holidays.items()],
        "dated_holidays": [{"day": str(day), "name": name} for day, name in calendar.dated_holidays.items()],
        "low_seasons": [season.model_dump(include={"season", "start", "until"}) for season in calendar.low_seasons],
        **{f"{standing}_bands": bands for standing, bands in standings(policy).items()},
    }
