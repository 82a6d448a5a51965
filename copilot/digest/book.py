"""What the digest knows about one CSM's book: accounts and alerts as published, and what the CSM was told last.

Values only; read by copilot/warehouse/outbox.py, judged by choose.py, laid out by layout.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

RISK_RANK = {"unknown": 0, "low": 0, "medium": 1, "high": 2, "critical": 3}
SEVERITY_RANK = {"low": 0, "medium": 1, "high": 2, "critical": 3}
AT_RISK = RISK_RANK["high"]

Decision = Literal["mail", "silent", "held"]


@dataclass(frozen=True)
class Csm:
    """One customer-success manager on the published day; timezone and hour may be unknown."""

    csm_id: str
    full_name: str | None
    email: str | None
    timezone: str | None
    send_hour: Decimal | None


@dataclass(frozen=True)
class Alert:
    """One alert that is not resolved, on the published day."""

    alert_id: str
    account_id: str
    reason_key: str
    severity: str
    state: str
    days_open: int
    due_on: date
    is_overdue: bool
    message: str

    @property
    def is_unanswered_late(self) -> bool:
        """Past its due day and nobody acknowledged it."""
        return self.is_overdue and self.state == "open"


@dataclass(frozen=True)
class Account:
    """One account as published. health 0-100 high = good; probability 0-1 high = bad; None = unknown."""

    account_id: str
    name: str | None
    lifecycle: str
    arr_usd: Decimal
    contract_end_on: date | None
    days_to_renewal: int | None
    tenure_days: int | None
    health_score: Decimal | None
    health_coverage_ratio: Decimal | None
    health_delta_1d: Decimal | None
    churn_probability: float | None
    churn_probability_low: float | None
    churn_probability_high: float | None
    churn_probability_before: float | None
    risk_band: str
    priority_usd: Decimal
    reasons: Any
    next_step: str
    last_login_days_ago: int | None
    active_users_28d: int | None
    active_users_prior_28d: int | None
    tickets_urgent_open: int | None
    failed_payments_30d: int | None
    days_past_due: int | None
    champion_last_seen_days_ago: int | None
    alerts: tuple[Alert, ...] = ()

    @property
    def is_at_risk(self) -> bool:
        """Whether its ARR counts as at risk: risk band high or critical."""
        return RISK_RANK[self.risk_band] >= AT_RISK


@dataclass(frozen=True)
class Told:
    """What the CSM was last told about one account, and of which day that was."""

    as_of: date
    arr_usd: Decimal
    risk_band: str
    lifecycle: str
    probability: float | None
    health: Decimal | None
    renewal_on: date | None
    renewal_step: int | None
    alerts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; `told_from_json` is its inverse."""
        return {
            "as_of": self.as_of.isoformat(),
            "arr_usd": str(self.arr_usd),
            "risk_band": self.risk_band,
            "lifecycle": self.lifecycle,
            "probability": self.probability,
            "health": None if self.health is None else str(self.health),
            "renewal_on": None if self.renewal_on is None else self.renewal_on.isoformat(),
            "renewal_step": self.renewal_step,
            "alerts": dict(sorted(self.alerts.items())),
        }


def told_from_json(value: Mapping[str, Any]) -> Told:
    """The inverse of `Told.to_json`."""
    return Told(
        as_of=date.fromisoformat(value["as_of"]),
        arr_usd=Decimal(value["arr_usd"]),
        risk_band=value["risk_band"],
        lifecycle=value["lifecycle"],
        probability=value["probability"],
        health=None if value["health"] is None else Decimal(value["health"]),
        renewal_on=None if value["renewal_on"] is None else date.fromisoformat(value["renewal_on"]),
        renewal_step=value["renewal_step"],
        alerts=value["alerts"],
    )


@dataclass(frozen=True)
class LastSent:
    """The digest that this CSM got last: its date, its headline, and what it left the CSM knowing of each account."""

    local_date: date
    as_of: date
    arr_at_risk: Decimal
    told: Mapping[str, Told]


@dataclass(frozen=True)
class Published:
    """The day as published: verdict, freshness and model, for the banner, the first line and the footer."""

    as_of: date
    run_id: str
    verdict: str
    reasons: tuple[str, ...]
    model_mode: str
    model_version: str | None
    model_note: str
    n_sources_fresh: int
    n_sources: int


@dataclass(frozen=True)
class Book:
    """Everything one digest is made of.

    `restated` holds, per account told before, what the day it was told about says now (in the same shape).
    """

    csm: Csm
    published: Published
    accounts: tuple[Account, ...]
    last_sent: LastSent | None = None
    restated: Mapping[str, Told] = field(default_factory=dict)
