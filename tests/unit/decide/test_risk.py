"""Bands, losses, the order of work and the next step."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.risk import load_risk_policy
from copilot.decide.risk import (
    OpenAlert,
    Standing,
    expected_loss_usd,
    next_step,
    priority_usd,
    reasons,
    risk_band,
    worst_severity,
)

POLICY = load_risk_policy()
TODAY = date(2026, 11, 17)
CALL = {"type": "schedule_call", "description": "Call them", "urgency": "immediate"}
MAIL = {"type": "send_email", "description": "Write to them", "urgency": "medium"}


def a_standing(**changes: Any) -> Standing:
    settings: dict[str, Any] = {"lifecycle": "active", "arr_usd": Decimal(10000), "churn_probability": 0.2}
    return Standing(**{**settings, **changes})


def an_open_alert(**changes: Any) -> OpenAlert:
    settings: dict[str, Any] = {"severity": "medium", "due_on": TODAY, "actions": (MAIL,)}
    return OpenAlert(**{**settings, **changes})


@pytest.mark.parametrize(
    ("probability", "band"),
    [(0.0, "low"), (0.0999, "low"), (0.10, "medium"), (0.2499, "medium"), (0.25, "high"), (0.4999, "high"),
     (0.5, "critical"), (1.0, "critical")],
)  # fmt: skip
def test_a_band_begins_at_its_edge(probability: float, band: str) -> None:
    assert risk_band(POLICY, a_standing(churn_probability=probability)) == band


def test_notice_given_is_critical_whatever_the_forecast_was() -> None:
    assert risk_band(POLICY, a_standing(lifecycle="churn_pending", churn_probability=0.01)) == "critical"


def test_an_account_that_left_has_no_risk_and_no_loss() -> None:
    gone = a_standing(lifecycle="churned", churn_probability=0.9)
    assert risk_band(POLICY, gone) == "unknown"
    assert expected_loss_usd(gone) == 0
    assert priority_usd(POLICY, gone, TODAY) == 0


def test_without_a_forecast_the_gravest_alert_speaks_then_health_then_nobody() -> None:
    silent = a_standing(churn_probability=None)
    alerts = (an_open_alert(severity="low"), an_open_alert(severity="high"))
    assert risk_band(POLICY, a_standing(churn_probability=None, alerts=alerts, health_band="healthy")) == "high"
    assert risk_band(POLICY, a_standing(churn_probability=None, health_band="at_risk")) == "medium"
    assert risk_band(POLICY, a_standing(churn_probability=None, health_band="no such band")) == "unknown"
    assert risk_band(POLICY, silent) == "unknown"


def test_the_expected_loss_is_probability_times_revenue_to_the_cent() -> None:
    assert expected_loss_usd(a_standing(churn_probability=0.3, arr_usd=Decimal("1000.01"))) == Decimal("300.00")
    assert expected_loss_usd(a_standing(churn_probability=None)) is None
    assert expected_loss_usd(a_standing(lifecycle="churn_pending")) == Decimal(10000)


@pytest.mark.parametrize(
    ("days", "factor"),
    [(0, 2.0), (30, 2.0), (31, 1.5), (60, 1.5), (61, 1.25), (90, 1.25), (91, 1.0), (-1, 1.0), (None, 1.0)],
)
def test_a_near_renewal_presses(days: int | None, factor: float) -> None:
    standing = a_standing(days_to_renewal=days, alerts=(an_open_alert(actions=(CALL,)),))
    assert priority_usd(POLICY, standing, TODAY) == Decimal(2000) * Decimal(str(factor))


def test_what_is_overdue_goes_first() -> None:
    due = a_standing(alerts=(an_open_alert(actions=(CALL,), due_on=TODAY),))
    late = a_standing(alerts=(an_open_alert(actions=(CALL,), due_on=TODAY - timedelta(days=1)),))
    assert priority_usd(POLICY, late, TODAY) == priority_usd(POLICY, due, TODAY) * Decimal("1.25")


def test_what_can_be_acted_on_goes_first() -> None:
    can = a_standing(alerts=(an_open_alert(actions=(CALL,)),))
    cannot = a_standing(alerts=(an_open_alert(actions=()),))
    assert priority_usd(POLICY, can, TODAY) == 2 * priority_usd(POLICY, cannot, TODAY)


def test_without_a_forecast_severity_keeps_the_order() -> None:
    worth = [
        priority_usd(POLICY, a_standing(churn_probability=None, alerts=(an_open_alert(severity=severity),)), TODAY)
        for severity in ("critical", "high", "medium", "low")
    ]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 4


def test_the_next_step_is_the_most_urgent_action() -> None:
    alerts = (an_open_alert(severity="critical", actions=(MAIL,)), an_open_alert(severity="low", actions=(CALL,)))
    assert next_step(POLICY, a_standing(alerts=alerts)) == "Call them"
    assert worst_severity(alerts) == "critical"


def test_without_an_alert_the_lifecycle_says_what_to_do() -> None:
    assert next_step(POLICY, a_standing()) == POLICY.next_steps["none"]
    assert next_step(POLICY, a_standing(lifecycle="churn_pending")) == POLICY.next_steps["churn_pending"]


def test_each_reason_is_told_once_and_scores_are_none() -> None:
    alerts = (
        an_open_alert(evidence=({"column": "seats", "value": 1, "text": "One seat"},)),
        an_open_alert(severity="high", evidence=({"column": "churn_probability", "value": 0.5, "text": "Churn 50%"},)),
    )
    standing = a_standing(alerts=alerts)
    told = reasons(standing, [{"code": "x", "text": "Fewer users"}, {"code": "y", "text": "One seat"}])
    assert [(reason["source"], reason["text"]) for reason in told] == [("model", "Fewer users"), ("model", "One seat")]
    assert [reason["text"] for reason in reasons(standing, [])] == ["One seat"]


def test_a_notice_is_the_first_reason_and_the_absence_of_trouble_is_none() -> None:
    calm = {"column": "tickets_urgent_open", "value": 0, "text": "Urgent tickets open: 0"}
    trouble = {"column": "failed_payments_30d", "value": 2, "text": "Failed payments in 30 days: 2"}
    unused = {"column": "active_users_28d", "value": 0, "text": "Active users in 28 days: 0"}
    standing = a_standing(lifecycle="churn_pending", alerts=(an_open_alert(evidence=(calm, trouble, unused)),))
    assert [reason["text"] for reason in reasons(standing, [])] == [
        "Notice was given",
        "Failed payments in 30 days: 2",
        "Active users in 28 days: 0",
    ]


def test_after_a_notice_the_end_of_the_contract_is_no_renewal() -> None:
    ends = {"column": "days_to_renewal", "value": 35, "text": "Renews in 35 d"}
    alerts = (an_open_alert(evidence=(ends,)),)
    assert [reason["text"] for reason in reasons(a_standing(alerts=alerts), [])] == ["Renews in 35 d"]
    leaving = a_standing(lifecycle="churn_pending", alerts=alerts)
    assert [reason["text"] for reason in reasons(leaving, [])] == ["Notice was given"]
