"""What an alert is, what a day shows of it, and what a CSM answered: plain values."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from config.alerts import Severity

State = Literal["open", "acknowledged", "snoozed", "resolved"]
Event = Literal["raised", "reopened", "worsened", "dismissed", "resolved", "acknowledged", "snoozed", "woken", "eased"]
# Where one day brings several, the first of these is the one that a reader is told.
EVENTS_BY_WEIGHT: tuple[Event, ...] = Event.__args__  # type: ignore[attr-defined]
Answer = Literal["useful", "knew", "data_wrong", "not_a_risk", "snooze_7d"]


@dataclass(frozen=True)
class Fact:
    """One piece of evidence: the column, its value that day, and the same in words."""

    column: str
    value: str | int | float | bool
    text: str


@dataclass(frozen=True)
class Sighting:
    """What one day shows of one account and rule. `is_firing`, `is_clear`: None is unknown.

    `message` is None when a value that it needs is unknown: then nothing is raised.
    """

    account_id: str
    is_firing: bool | None
    is_clear: bool | None
    value: Decimal | None = None
    message: str | None = ""
    evidence: tuple[Fact, ...] = ()
    owner_csm_id: str | None = None
    arr_usd: Decimal = Decimal(0)


@dataclass(frozen=True)
class Feedback:
    """The last answer that was in by the end of the day."""

    feedback_id: int
    answer: Answer


@dataclass(frozen=True)
class Alert:
    """The state of one alert at the end of a day."""

    alert_id: str
    account_id: str
    reason_key: str
    rule_id: str
    rule_version: str
    severity: Severity
    state: State
    opened_on: date
    state_since: date
    clear_days: int
    announced_value: Decimal | None
    due_on: date
    owner_csm_id: str | None
    arr_at_risk: Decimal
    message: str
    evidence: tuple[Fact, ...]
    is_dismissed: bool = False
    last_feedback_id: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the alert has ended, by itself or by an answer."""
        return self.state == "resolved"


@dataclass(frozen=True)
class Change:
    """One thing that happened to an alert on a day, with its cause in words."""

    event: Event
    detail: str = ""


@dataclass(frozen=True)
class Outcome:
    """An alert after a day, and what the day did to it. No alert: nothing was there and nothing came."""

    alert: Alert | None
    changes: tuple[Change, ...] = ()


def alert_id(account_id: str, reason_key: str, opened_on: date) -> str:
    """Name an alert by what it is about, so that a repeated day names it alike: 16 hexadecimal digits."""
    text = "\x1f".join((account_id, reason_key, opened_on.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def told_event(events: set[str]) -> str:
    """The weightiest of a day's events, or `none`."""
    return next((event for event in EVENTS_BY_WEIGHT if event in events), "none")
