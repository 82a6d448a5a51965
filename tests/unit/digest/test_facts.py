"""At most a few facts, each about another thing, none that the item says already."""

import pytest

from copilot.digest.facts import action, confidence, facts, sentences
from tests.unit.digest.sample import CONFIG, an_account, an_alert, at_risk


def test_published_reasons_come_first_then_the_numbers_speak():
    account = at_risk(
        reasons=[{"text": "Usage fell by half."}], days_past_due=19, failed_payments_30d=1, last_login_days_ago=20
    )
    assert facts(account, 3) == ("Usage fell by half", "Invoice 19 days past due", "Last login 20 days ago")


def test_two_facts_about_one_thing_are_one():
    account = at_risk(reasons=[{"text": "Last login 24 days ago"}, "No login since October"], last_login_days_ago=24)
    assert facts(account, 3) == ("Last login 24 days ago",)


def test_what_the_item_states_already_is_a_fact_only_for_want_of_another():
    alert = an_alert(message="Name of a1: very low health score")
    assert facts(at_risk(alerts=(alert,)), 3) == ("Very low health score",)
    assert facts(at_risk(alerts=(alert,), tickets_urgent_open=1), 3) == ("1 urgent ticket open",)


def test_no_tickets_are_no_reason_but_no_users_are():
    reasons = [
        {"column": "tickets_30d", "value": 0, "text": "Tickets in 30 days: 0"},
        {"column": "usage_score", "value": 0, "text": "0% of seats active in 60 days"},
    ]
    assert facts(at_risk(reasons=reasons), 3) == ("0% of seats active in 60 days",)


@pytest.mark.parametrize("value", [None, 5, {}, {"text": None}, {"text": {}}, [[]], [None], True])
def test_what_is_no_sentence_says_nothing(value: object):
    assert list(sentences(value)) == []


def test_a_step_is_suggested_only_where_something_asks_for_one():
    assert action(at_risk(next_step="Call.")) == ""
    assert action(at_risk(next_step="Call.", alerts=(an_alert(),))) == "Call"
    assert action(an_account(lifecycle="churn_pending", next_step="Speak with them")) == "Speak with them"


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.1, 0.4, "confident"),
        (0.1, 0.41, "fairly sure"),
        (0.1, 0.6, "fairly sure"),
        (0.1, 0.61, "uncertain"),
        (None, 0.4, "no interval"),
    ],
)
def test_confidence_is_the_width_of_the_interval(low: float | None, high: float, word: str):
    account = at_risk(churn_probability_low=low, churn_probability_high=high)
    assert confidence(account, CONFIG.confidence) == word
