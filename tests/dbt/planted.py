"""Rows that a day must not see, one of every canonical table: recorded too late, or dated ahead of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tests.dbt.companies import at
from tests.dbt.conftest import DAY
from tests.dbt.story import START, days_ago

Row = dict[str, Any]
ACME = {"account_id": "acme"}
TOMORROW = DAY + timedelta(days=1)
NEXT_WEEK = DAY + timedelta(days=7)


def recorded_later() -> Iterable[tuple[str, Row]]:
    """About the past of an account, and learned only on the day after: in the first second of it."""
    late = {"recorded_at": at(TOMORROW, 0)}
    yield "accounts", {**ACME, "name": "Renamed", "segment": "enterprise", "csm_id": "c2", **late}
    yield "users", {"csm_id": "c2", "full_name": "Grace", **late}
    yield "contacts", {"contact_id": "k1", **ACME, "is_champion": True, "last_seen_at": at(days_ago(1)), **late}
    yield "interactions", {"interaction_id": "n2", **ACME, "occurred_at": at(days_ago(1)), **late}
    yield "opportunities", {"opportunity_id": "o1", **ACME, "kind": "expansion", "amount": 900, **late}
    yield (
        "milestones",
        {"milestone_id": "m1", **ACME, "milestone": "first_form", "achieved_at": at(days_ago(50)), **late},
    )
    yield "sentiments", {"sentiment_id": "r1", **ACME, "rating": 1, "rated_at": at(days_ago(2)), **late}
    yield "customers", {"customer_id": "cus_1", **ACME, "name": "Acme", **late}
    yield "subscriptions", {"subscription_id": "sub_acme", **ACME, "started_on": START, "mrr": 900, "seats": 9,
                            "ended_on": days_ago(10), **late}  # fmt: skip
    yield "invoices", {"invoice_id": "i1", **ACME, "issued_on": days_ago(40), "amount": 10, "due_on": days_ago(26),
                       "paid_on": days_ago(25), **late}  # fmt: skip
    yield "payments", {"payment_id": "p2", **ACME, "attempted_at": at(days_ago(2)), "status": "failed", **late}
    yield "churn_events", {"churn_event_id": "d1", "account_id": "globex", "churned_on": days_ago(3), **late}
    yield "usage_events", {"event_id": "e", **ACME, "user_id": "new", "feature": "new", "occurred_at": at(DAY), **late}
    yield "usage_daily", {**ACME, "used_on": days_ago(3), "feature": "all", "total_clients": 9, **late}
    yield "tickets", {"ticket_id": "t1", **ACME, "opened_at": at(days_ago(9)), "solved_at": at(days_ago(8)), **late}
    yield "surveys", {"survey_id": "s2", **ACME, "kind": "nps", "score": 0, "answered_at": at(DAY), **late}


def dated_ahead() -> Iterable[tuple[str, Row]]:
    """Recorded in time, about what has not happened yet; every table whose rows are dated."""
    known = {"recorded_at": at(days_ago(1))}
    ahead = {"account_id": "hooli"}
    yield "interactions", {"interaction_id": "n9", **ahead, "occurred_at": at(NEXT_WEEK), **known}
    yield (
        "milestones",
        {"milestone_id": "m9", **ahead, "milestone": "first_form", "achieved_at": at(NEXT_WEEK), **known},
    )
    yield "sentiments", {"sentiment_id": "r9", **ahead, "rating": 1, "rated_at": at(NEXT_WEEK), **known}
    yield (
        "subscriptions",
        {"subscription_id": "sub_2", **ahead, "started_on": NEXT_WEEK, "mrr": 500, "seats": 9, **known},
    )
    yield "invoices", {"invoice_id": "i9", **ahead, "issued_on": NEXT_WEEK, "due_on": NEXT_WEEK, "amount": 10, **known}
    yield "payments", {"payment_id": "p9", **ahead, "attempted_at": at(NEXT_WEEK), "status": "failed", **known}
    yield "churn_events", {"churn_event_id": "d9", **ahead, "churned_on": NEXT_WEEK, "kind": "voluntary", **known}
    yield "usage_events", {"event_id": "e9", **ahead, "user_id": "new", "occurred_at": at(NEXT_WEEK), **known}
    yield "usage_daily", {**ahead, "used_on": NEXT_WEEK, "feature": "all", "events": 900, **known}
    yield "tickets", {"ticket_id": "t9", **ahead, "priority": "urgent", "opened_at": at(NEXT_WEEK), **known}
    yield "surveys", {"survey_id": "s9", **ahead, "kind": "nps", "score": 0, "answered_at": at(NEXT_WEEK), **known}
