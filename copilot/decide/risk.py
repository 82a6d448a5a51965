"""How at risk an account is, what it may cost, which account comes first, and what to do next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from config.alerts import SEVERITIES, URGENCIES, Severity, Urgency
from config.risk import Band, RiskPolicy

CENT = Decimal("0.01")
# Scores sum an account up; they are shown beside the reasons and are none themselves.
RESULTS = frozenset({"churn_probability", "churn_probability_before", "health_score", "penalty_v0"})
# Counts of trouble: none of it is no reason, though an alert shows it among its facts.
TROUBLES = frozenset(
    {"tickets_urgent_open", "tickets_open", "tickets_30d", "failed_payments_30d", "days_past_due", "overdue_usd"}
)
NOTICE = {"code": "notice_given", "text": "Notice was given"}


@dataclass(frozen=True)
class OpenAlert:
    """What the ranking needs of an alert that is not over."""

    severity: Severity
    due_on: date
    message: str = ""
    actions: tuple[Mapping[str, Any], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Standing:
    """An account on a day. churn_probability 0-1 within 90 days, None = no forecast; arr_usd >= 0; alerts: not over."""

    lifecycle: str
    arr_usd: Decimal
    churn_probability: float | None = None
    health_band: str | None = None
    days_to_renewal: int | None = None
    alerts: tuple[OpenAlert, ...] = ()

    @property
    def is_leaving(self) -> bool:
        """Whether notice has been given."""
        return self.lifecycle == "churn_pending"

    @property
    def has_left(self) -> bool:
        """Whether it is no customer any more."""
        return self.lifecycle == "churned"


def worst_severity(alerts: Sequence[OpenAlert]) -> Severity | None:
    """The gravest severity, or None without alerts."""
    return min((alert.severity for alert in alerts), key=SEVERITIES.index, default=None)


def risk_band(policy: RiskPolicy, standing: Standing) -> Band:
    """The band of the probability; without one, of the gravest alert, else of the health band, else unknown."""
    if standing.has_left:
        return "unknown"
    if standing.is_leaving:
        return "critical"
    probability = standing.churn_probability
    if probability is not None:
        return next((step.band for step in policy.churn_bands if probability >= step.at_least), "low")
    severity = worst_severity(standing.alerts)
    if severity is not None:
        return policy.severity_bands[severity]
    return policy.health_bands.get(standing.health_band or "", "unknown")


def expected_loss_usd(standing: Standing) -> Decimal | None:
    """Probability x ARR to the cent; the whole ARR under notice, 0 once gone, None without a forecast."""
    if standing.has_left:
        return Decimal(0)
    if standing.is_leaving:
        return standing.arr_usd.quantize(CENT)
    if standing.churn_probability is None:
        return None
    return (Decimal(str(standing.churn_probability)) * standing.arr_usd).quantize(CENT)


def priority_usd(policy: RiskPolicy, standing: Standing, day: date) -> Decimal:
    """Expected loss x time pressure x actionability: USD that a CSM's time on this account may save today.

    Without a forecast the worst alert's severity stands in for the probability; without an alert either, 0.
    """
    loss = expected_loss_usd(standing)
    if loss is None:
        severity = worst_severity(standing.alerts)
        assumed = policy.severity_probability[severity] if severity else 0.0
        loss = Decimal(str(assumed)) * standing.arr_usd
    weight = Decimal(str(_time_pressure(policy, standing, day))) * Decimal(str(_actionability(policy, standing)))
    return (loss * weight).quantize(CENT)


def _time_pressure(policy: RiskPolicy, standing: Standing, day: date) -> float:
    days = standing.days_to_renewal
    steps = policy.time_pressure if days is not None and days >= 0 else ()
    factor = next((step.factor for step in steps if days is not None and days <= step.within_days), 1.0)
    is_overdue = any(alert.due_on < day for alert in standing.alerts)
    return factor * (policy.overdue_factor if is_overdue else 1.0)


def _actionability(policy: RiskPolicy, standing: Standing) -> float:
    action = _most_urgent_action(standing.alerts)
    urgency: Urgency | None = action["urgency"] if action else None
    return policy.actionability.get(urgency or "none", policy.actionability["none"])


def next_step(policy: RiskPolicy, standing: Standing) -> str:
    """The most urgent suggested action in words; the gravest alert's among equals."""
    action = _most_urgent_action(standing.alerts)
    if action is not None:
        return str(action["description"])
    return policy.next_steps.get(standing.lifecycle, policy.next_steps["none"])


def _most_urgent_action(alerts: Sequence[OpenAlert]) -> Mapping[str, Any] | None:
    by_gravity = sorted(alerts, key=lambda alert: (SEVERITIES.index(alert.severity), alert.due_on))
    actions = [action for alert in by_gravity for action in alert.actions]
    return min(actions, key=lambda action: URGENCIES.index(action["urgency"]), default=None)


def reasons(standing: Standing, model_reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Why, each fact once: a notice, the model's reasons, the alerts' facts, gravest first. With `text`, `source`."""
    by_gravity = sorted(
        standing.alerts, key=lambda alert: (SEVERITIES.index(alert.severity), alert.due_on, alert.message)
    )
    given = [("contract", NOTICE)] if standing.lifecycle == "churn_pending" else []
    given += [("model", dict(reason)) for reason in model_reasons]
    given += [("alert", dict(fact)) for alert in by_gravity for fact in alert.evidence if _is_reason(fact, standing)]
    told: dict[str, dict[str, Any]] = {}
    for source, fact in given:
        text = str(fact.get("text", ""))
        if text and text not in told:
            told[text] = {**fact, "text": text, "source": source}
    return list(told.values())


def _is_reason(fact: Mapping[str, Any], standing: Standing) -> bool:
    column = fact.get("column")
    # After a notice the contract's end is no renewal.
    is_untrue = column == "days_to_renewal" and standing.lifecycle == "churn_pending"
    return column not in RESULTS and not is_untrue and not (column in TROUBLES and fact.get("value") == 0)
