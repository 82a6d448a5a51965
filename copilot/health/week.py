"""One account on one past Sunday, with what became of it: what validation and fitting look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Week:
    """An account's computed score (0-100) on a Sunday, and whether it left.

    has_left: within the horizon; None while the horizon has not closed. left_on: the day on which it left, if within 90
    days. parts: each known component, 0 (worst) to 1 (best).
    """

    as_of: date
    account_id: str
    profile: str
    score: float
    has_left: bool | None
    left_on: date | None
    parts: Mapping[str, float] = field(default_factory=dict)
