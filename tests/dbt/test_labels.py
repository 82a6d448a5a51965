"""Golden table of the labels: stories of accounts around one Sunday, built for real, and what is learned of each."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at

SUNDAY = date(2026, 1, 4)
CLOSES = date(2026, 2, 3)  # the window of 30 days is (4 January, 3 February]
LONG_AGO = date(2025, 12, 1)
Row = dict[str, Any]


def _day(month: int, day: int) -> date:
    return date(2026, month, day)


def _subscriptions() -> Iterable[Row]:
    """(account, when recorded, what differs from a subscription that runs on)."""
    told: list[tuple[str, date, Row]] = [
        ("stays", LONG_AGO, {}),
        ("first_day", LONG_AGO, {"ended_on": _day(1, 5)}),
        ("last_day", LONG_AGO, {}),
        ("last_day", CLOSES, {"ended_on": CLOSES}),
        ("day_after", LONG_AGO, {"ended_on": _day(2, 4)}),
        ("notice", LONG_AGO, {}),
        ("notice", _day(1, 20), {"notice_on": _day(1, 20), "ended_on": _day(6, 1)}),
        ("earlier_notice", LONG_AGO, {}),
        ("earlier_notice", _day(1, 9), {"notice_on": _day(1, 2), "ended_on": _day(1, 31)}),
        ("plan_change", LONG_AGO, {}),
        ("plan_change", _day(1, 15), {"ended_on": _day(1, 15)}),
        ("plan_change", _day(1, 15), {"subscription_id": "plan_change 2", "started_on": _day(1, 15)}),
        ("returns", LONG_AGO, {}),
        ("returns", _day(1, 15), {"ended_on": _day(1, 15)}),
        ("returns", _day(1, 15), {"subscription_id": "returns 2", "started_on": _day(1, 16)}),
        ("known_too_late", LONG_AGO, {}),
        ("known_too_late", _day(2, 4), {"ended_on": _day(2, 1)}),
        ("two_plans", LONG_AGO, {}),
        ("two_plans", _day(1, 10), {"ended_on": _day(1, 10)}),
        ("two_plans", LONG_AGO, {"subscription_id": "two_plans 2"}),
        ("recorded", LONG_AGO, {}),
        ("recorded_later", LONG_AGO, {}),
        ("contracts", LONG_AGO, {}),
        ("contracts", _day(1, 20), {"mrr": 60}),
        ("grows", LONG_AGO, {}),
        ("grows", _day(1, 20), {"mrr": 160}),
        ("merged", LONG_AGO, {}),
        ("renews", LONG_AGO, {"term_ends_on": _day(1, 25)}),
        ("renews", _day(1, 25), {"term_ends_on": _day(7, 25)}),
        ("ends_with_its_term", LONG_AGO, {"term_ends_on": _day(1, 25)}),
        ("ends_with_its_term", _day(1, 10), {"term_ends_on": _day(1, 25), "ended_on": _day(1, 25)}),
        ("unpaid_for_a_month", LONG_AGO, {}),
        ("unpaid_for_a_month", _day(1, 2), {"status": "past_due"}),
        ("unpaid_for_long", date(2025, 12, 2), {"status": "past_due"}),
        ("paused_for_a_quarter", date(2025, 11, 1), {"status": "paused"}),
        ("gave_notice_before", LONG_AGO, {}),
        ("gave_notice_before", _day(1, 3), {"notice_on": _day(1, 3)}),
        ("gone_before", LONG_AGO, {"ended_on": _day(1, 4)}),
    ]
    for account, recorded, changes in told:
        row = {"subscription_id": f"{account} 1", "account_id": account, "started_on": LONG_AGO, "mrr": 100}
        yield {**row, **changes, "recorded_at": at(recorded, 12)}


def _departures() -> Iterable[Row]:
    told = [
        ("stays", SUNDAY, "voluntary", SUNDAY),
        ("recorded", CLOSES, None, CLOSES),
        ("recorded_later", _day(2, 1), "voluntary", _day(2, 4)),
        ("contracts", _day(1, 20), "contraction", _day(1, 20)),
        ("notice", _day(1, 25), "voluntary", _day(1, 25)),
    ]
    for account, churned_on, kind, recorded in told:
        row = {"churn_event_id": account, "account_id": account, "churned_on": churned_on, "kind": kind}
        yield {**row, "recorded_at": at(recorded, 12)}


# Account: left, when, contraction in USD. Who was gone, under notice or long unpaid on the Sunday has no label.
LABELS_OF_30_DAYS = {
    "stays": (False, None, 0),
    "first_day": (True, _day(1, 5), None),
    "last_day": (True, CLOSES, None),
    "day_after": (False, None, 0),
    "notice": (True, _day(1, 20), None),
    "plan_change": (False, None, 0),
    "returns": (True, _day(1, 15), None),
    "known_too_late": (False, None, 0),
    "two_plans": (False, None, 100),
    "recorded": (True, CLOSES, None),
    "recorded_later": (False, None, 0),
    "contracts": (False, None, 40),
    "grows": (False, None, 0),
    "merged": (None, None, None),
    "renews": (False, None, 0),
    "unpaid_for_a_month": (True, _day(2, 1), None),
    "paused_for_a_quarter": (False, None, 100),
    "ends_with_its_term": (True, _day(1, 25), None),
}


@pytest.fixture
def told(company: Company) -> Company:
    """The company with all its stories, built on the day on which the window closes."""
    subscriptions = list(_subscriptions())
    accounts = sorted({row["account_id"] for row in subscriptions})
    company.land("accounts", [{"account_id": name, "recorded_at": at(LONG_AGO, 1)} for name in accounts])
    merged = {"account_id": "merged", "merged_into_account_id": "stays", "recorded_at": at(_day(1, 20))}
    company.land("accounts", [merged])
    company.land("subscriptions", subscriptions)
    company.land("churn_events", list(_departures()))
    transform.invoke(company.run(CLOSES), "run")
    return company


@pytest.mark.slow
def test_labels_tell_who_left_after_the_sunday_and_within_the_window(told: Company) -> None:
    labels = told.rows(
        "select account_id, is_churned, event_on, contraction_usd from marts.churn_labels"
        f" where as_of_date = '{SUNDAY}' and horizon = '30d'"
    )
    renewals = told.rows(
        "select account_id, is_churned, event_on, closes_on, horizon_days from marts.churn_labels"
        f" where as_of_date = '{SUNDAY}' and horizon = 'renewal'"
    )
    windows = told.rows(
        "select distinct horizon, gap_days, is_matured, closes_on <= as_of_date from marts.churn_labels"
    )

    assert {account: (left, when, usd and int(usd)) for account, left, when, usd in labels} == LABELS_OF_30_DAYS
    assert sorted(renewals) == [
        ("ends_with_its_term", True, _day(1, 25), _day(1, 25), None),
        ("renews", False, None, _day(1, 25), None),
    ]
    assert sorted(windows) == [("30d", 0, True, False), ("renewal", 0, True, False)]
