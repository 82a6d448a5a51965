"""What a day may know: rows recorded later change nothing, a repeated day changes nothing, steps equal one stride."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.story import START, days_ago, land, story

MARTS = (
    "dim_account", "dim_csm", "fct_account_days", "account_health_daily", "account_health_component_daily",
    "churn_features", "churn_labels", "mart_kpi_daily",
)  # fmt: skip
Row = dict[str, Any]


def _build(company: Company, day: date) -> None:
    """All models, without the data tests: what is asked here is only whether rows differ."""
    transform.invoke(company.run(day), "run")


def _hashes(company: Company, where: str = "true") -> dict[str, tuple[int, str]]:
    """Rows and a hash of every mart; `where` speaks of as_of_date and leaves dim_account whole, which holds one day."""
    found = {}
    for mart in MARTS:
        condition = "true" if mart == "dim_account" else where
        rows = company.rows(f"select t::text from marts.{mart} as t where {condition} order by 1")
        found[mart] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return found


def _future_rows(recorded: date) -> Iterable[tuple[str, Row]]:
    """One row for every canonical table that feeds the marts, about the past, but learned only on that day."""
    late = {"recorded_at": at(recorded, 0)}
    acme = {"account_id": "acme"}
    yield "accounts", {**acme, "name": "Renamed", "segment": "enterprise", "csm_id": "c2", **late}
    yield "users", {"csm_id": "c2", "full_name": "Grace", **late}
    yield "contacts", {"contact_id": "k1", **acme, "is_champion": True, "last_seen_at": at(days_ago(1)), **late}
    yield "interactions", {"interaction_id": "n2", **acme, "occurred_at": at(days_ago(1)), **late}
    yield "subscriptions", {"subscription_id": "sub_acme", **acme, "started_on": START, "mrr": 900, "seats": 9,
                            "ended_on": days_ago(10), **late}  # fmt: skip
    yield "invoices", {"invoice_id": "i1", **acme, "issued_on": days_ago(40), "amount": 10, "due_on": days_ago(26),
                       "paid_on": days_ago(25), **late}  # fmt: skip
    yield "payments", {"payment_id": "p2", **acme, "attempted_at": at(days_ago(2)), "status": "failed", **late}
    yield "usage_events", {"event_id": "e", **acme, "user_id": "new", "feature": "new", "occurred_at": at(DAY), **late}
    yield "usage_daily", {**acme, "used_on": days_ago(3), "feature": "all", "total_clients": 9, **late}
    yield "sentiments", {"sentiment_id": "r1", **acme, "rating": 1, "rated_at": at(days_ago(2)), **late}
    yield "tickets", {"ticket_id": "t1", **acme, "opened_at": at(days_ago(9)), "solved_at": at(days_ago(8)), **late}
    yield "surveys", {"survey_id": "s2", **acme, "kind": "nps", "score": 0, "answered_at": at(DAY), **late}


@pytest.mark.slow
def test_rows_recorded_after_the_day_change_it_in_no_mart_and_the_day_after_in_all(company: Company) -> None:
    land(company, story())
    _build(company, DAY)
    undisturbed = _hashes(company)

    land(company, _future_rows(DAY + timedelta(days=1)))
    _build(company, DAY)
    repeated = _hashes(company)
    _build(company, DAY + timedelta(days=1))

    assert min(rows for rows, _ in undisturbed.values()) > 0
    assert repeated == undisturbed
    (quiet,) = company.rows(
        "select events_28d, active_users_28d, usage_score, last_login_days_ago, penalty_v0, tickets_30d, days_past_due"
        f" from marts.fct_account_days where account_id = 'quiet' and as_of_date = date '{DAY}'"
    )
    assert quiet == (None, None, None, None, None, 0, 0), "what was never seen is unknown, and no score; no ticket is 0"
    tomorrow = f"as_of_date = date '{DAY + timedelta(days=1)}'"
    (seen,) = company.rows(
        "select name, segment, csm_id, lifecycle, nps_latest, tickets_open, failed_payments_30d, days_past_due,"
        f" champion_last_seen_days_ago, last_touch_days_ago from marts.fct_account_days where account_id = 'acme'"
        f" and {tomorrow}"
    )
    assert seen == ("Renamed", "enterprise", "c2", "churned", 0, 0, 2, 0, 2, 2)
    past = _hashes(company, f"as_of_date <= date '{DAY}'")
    assert {mart: past[mart] for mart in MARTS if mart != "dim_account"} == {
        mart: undisturbed[mart] for mart in MARTS if mart != "dim_account"
    }


@pytest.mark.slow
def test_a_spine_built_in_four_steps_equals_one_built_at_once(company: Company, other_company: Company) -> None:
    """Each step has only what was recorded by then, in reverse order; the one stride has everything from the start."""
    land(company, story())
    _build(company, DAY)
    known = at(START, 0)
    for days in (45, 24, 10, 0):
        run = other_company.run(days_ago(days))
        land(other_company, reversed([(t, row) for t, row in story() if known <= row["recorded_at"] < run.cutoff]))
        known = run.cutoff
        _build(other_company, run.as_of)

    sundays = "extract(isodow from as_of_date) = 7"
    at_once, in_steps = _hashes(company, sundays), _hashes(other_company, sundays)

    assert at_once["churn_features"][0] >= 8 * 4
    assert at_once["churn_labels"][0] > 0
    assert in_steps["churn_features"] == at_once["churn_features"]
    assert in_steps["churn_labels"] == at_once["churn_labels"]
    today = f"as_of_date = date '{DAY}'"
    assert _hashes(other_company, today)["mart_kpi_daily"] == _hashes(company, today)["mart_kpi_daily"]
