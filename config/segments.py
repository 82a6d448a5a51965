"""The RFM cuts, segment names and value assumptions of `config/segments.yml`, checked before dbt makes SQL of them."""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

SEGMENTS_FILE = CONFIG_DIR / "segments.yml"
CODES = tuple("".join(parts) for parts in product("123", repeat=3))

Days = Annotated[int, Field(gt=0, le=3660)]
Name = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,40}$")]
Pattern = Annotated[str, Field(pattern=r"^[1-3?]{3}$")]
Reason = Annotated[str, Field(min_length=1)]
Bounds = tuple[Decimal, Decimal]
Measure = Literal["order_recency", "order_frequency", "order_value", "use_recency", "use_frequency", "mrr"]
MEASURES: tuple[str, ...] = Measure.__args__  # type: ignore[attr-defined]


class Cut(Strict):
    """The bounds of score 3 and of score 2 of one measure; low is good (at_most) or high is (at_least)."""

    measure: Measure
    at_most: Bounds | None = None
    at_least: Bounds | None = None
    why: Reason

    @model_validator(mode="after")
    def _has_bounds_in_order(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"{self.measure} needs exactly one of at_most, at_least")
        best, middle = self.bounds
        if (best >= middle) if self.at_most else (best <= middle):
            raise ValueError(f"{self.measure}: the bound of score 3 must be stricter than that of score 2")
        return self

    @property
    def bounds(self) -> Bounds:
        """The bound of score 3, then of score 2."""
        return self.at_most or self.at_least or (Decimal(0), Decimal(0))


class Segment(Strict):
    """A name and the codes that bear it."""

    segment: Name
    codes: tuple[Pattern, ...] = Field(min_length=1)

    def has(self, code: str) -> bool:
        """Whether one of the patterns fits the code."""
        return any(all(p in ("?", c) for p, c in zip(pattern, code, strict=True)) for pattern in self.codes)


class Lifecycle(Strict):
    """Days without use after which a paying account is at risk, and dormant."""

    at_risk_days: Days
    dormant_days: Days

    @model_validator(mode="after")
    def _worsens(self) -> Self:
        if self.at_risk_days >= self.dormant_days:
            raise ValueError("an account is at risk before it is dormant")
        return self


class Churn(Strict):
    """How the monthly churn of a market segment is observed."""

    months: Annotated[int, Field(ge=1, le=36)]
    min_account_months: Annotated[int, Field(ge=1)]
    z: Annotated[Decimal, Field(gt=0, le=4)]


class Assumption(Strict):
    """What a customer lifetime value takes for granted, from a day on."""

    valid_from: date
    gross_margin: Annotated[Decimal, Field(gt=0, le=1)]
    monthly_discount: Annotated[Decimal, Field(gt=0, lt=1)]
    horizon_months: Annotated[int, Field(ge=1, le=240)]
    why: Reason


class Segments(Strict):
    """All of the file."""

    orders_window_days: Days
    activity_window_days: Days
    compared_days: Days
    cuts: tuple[Cut, ...]
    names: tuple[Segment, ...]
    vip: tuple[Name, ...]
    lifecycle: Lifecycle
    churn: Churn
    clv_assumptions: tuple[Assumption, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if sorted(cut.measure for cut in self.cuts) != sorted(MEASURES):
            raise ValueError(f"cuts need each of {', '.join(MEASURES)} once")
        nameless = [code for code in CODES if not any(segment.has(code) for segment in self.names)]
        if nameless:
            raise ValueError(f"codes without a name: {', '.join(nameless)}")
        known = [segment.segment for segment in self.names]
        if len(set(known)) != len(known) or not set(self.vip) <= set(known):
            raise ValueError("names are given once each, and vip names some of them")
        days = [each.valid_from for each in self.clv_assumptions]
        if days != sorted(set(days)):
            raise ValueError("clv_assumptions go from the oldest to the newest")
        return self

    def name_of(self, code: str) -> str:
        """The name of one of the 27 codes. Raises StopIteration for anything else."""
        return next(segment.segment for segment in self.names if segment.has(code))


@cache
def load_segments(path: Path = SEGMENTS_FILE) -> Segments:
    """The checked settings. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Segments, load_yaml(path), path)


def as_variables(segments: Segments) -> dict[str, Any]:
    """The settings as dbt's variables: numbers as they were written (text)."""
    plain = segments.model_dump(mode="json", exclude_none=True)
    return {
        "orders_window_days": segments.orders_window_days,
        "activity_window_days": segments.activity_window_days,
        "compared_days": segments.compared_days,
        "rfm_cuts": [
            {
                "measure": cut.measure,
                "sign": "<=" if cut.at_most else ">=",
                "bounds": [str(each) for each in cut.bounds],
            }
            for cut in segments.cuts
        ],
        "segment_codes": [{"code": code, "segment": segments.name_of(code)} for code in CODES],
        "vip_segments": list(segments.vip),
        "at_risk_days": segments.lifecycle.at_risk_days,
        "dormant_days": segments.lifecycle.dormant_days,
        "churn_months": segments.churn.months,
        "min_account_months": segments.churn.min_account_months,
        "churn_z": str(segments.churn.z),
        "clv_assumptions": plain["clv_assumptions"],
    }
