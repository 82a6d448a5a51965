"""What a rule's condition may say, and how a refusal names the rule and the token."""

import pytest

from config.alerts import load_alert_book
from config.risk import load_risk_policy
from copilot.decide.conditions import ConditionError, compile_condition
from copilot.decide.rules import checked_rules, problems, told


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("seats > 5", "(seats > 5)"),
        ("not seats is null", "(not (seats is null))"),
        ("seats is not null and auto_renew", "((seats is not null) and auto_renew)"),
        ("days_to_renewal between 0 and 60", "(days_to_renewal between 0 and 60)"),
        ("segment in ('smb', 'o''brien')", "(segment in ('smb', 'o''brien'))"),
        ("segment not in ('smb')", "(not (segment in ('smb')))"),
        ("coalesce(seats, 0) <> -1.5", "(coalesce(seats, 0) <> (- 1.5))"),
        ("auto_renew is not true", "(not (auto_renew is true))"),
        ("seats not between 1 and 2", "(not (seats between 1 and 2))"),
        ("auto_renew is true or seats = 1", "((auto_renew is true) or (seats = 1))"),
        ("seats > 1 -- more than one", "(seats > 1)"),
    ],
)
def test_an_allowed_condition_is_written_anew(text: str, sql: str) -> None:
    assert compile_condition("r", text) == sql


def test_dividing_by_zero_is_unknown_instead_of_an_error() -> None:
    assert compile_condition("r", "events_7d / seats > 2") == "((events_7d / nullif(seats, 0)) > 2)"


def test_a_percent_sign_in_a_literal_is_no_parameter() -> None:
    assert compile_condition("r", "segment = '50%s'") == "(segment = '50%%s')"


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("no_such_column > 1", "no_such_column"),
        ("f.seats > 1", "f.seats"),
        ("seats > (select 1)", "SELECT 1"),
        ("seats in (select 1)", "SELECT 1"),
        ("pg_sleep(10) is null", "PG_SLEEP(10)"),
        ("count(*) > 1", "COUNT(*)"),
        ("seats > 1; drop table marts.dim_csm", "drop table"),
        ("seats::text = 'x'", "CAST(seats AS TEXT)"),
        ("case when seats > 1 then true end", "CASE"),
        ("segment like 'a%'", "LIKE"),
        ("segment || 'x' = 'ax'", "||"),
        ("seats > 1e300", "1e300"),
        ("seats % 2 = 0", "seats % 2"),
        ("seats > %(first)s", "first"),
        ("seats between symmetric 3 and 1", "SYMMETRIC"),
        ("seats = null", "NULL"),
        ("seats > 'five'", "'five'"),
        ("segment > 5", "segment > 5"),
        ("seats", "seats"),
        ("seats and true", "seats"),
        ("current_date > contract_end_on", "CURRENT_DATE"),
        ("row(seats) is null", "seats"),
        ("", "(empty)"),
        ("seats >", "seats >"),
    ],
)
def test_anything_else_is_refused_with_rule_and_token(text: str, token: str) -> None:
    with pytest.raises(ConditionError) as refused:
        compile_condition("my_rule", text)
    assert "rule my_rule" in str(refused.value)
    assert token in str(refused.value)


def test_every_shipped_rule_can_be_used() -> None:
    assert len(checked_rules()) == len(load_alert_book().rules) >= 8


def test_the_two_given_rules_are_exact() -> None:
    by_id = {checked.rule.id: checked for checked in checked_rules()}
    low, idle = by_id["very_low_health"], by_id["no_recent_login"]
    assert (low.fires_sql, low.rule.reason_key, low.rule.severity) == ("(penalty_v0 < 0.3)", "churn_risk", "critical")
    assert "very low health score" in low.rule.message
    assert [action.type for action in low.actions] == ["schedule_call", "send_offer"]
    assert idle.fires_sql == "(last_login_days_ago > 14)"
    assert (idle.rule.reason_key, idle.rule.severity) == ("engagement_risk", "medium")
    assert [action.type for action in idle.actions] == ["send_email", "share_update"]


def test_the_probability_rule_begins_where_the_high_band_begins() -> None:
    edges = {band.band: band.at_least for band in load_risk_policy().churn_bands}
    rule = next(rule for rule in load_alert_book().rules if rule.id == "churn_probability_high")
    assert rule.condition == f"churn_probability >= {edges['high']}"


def test_a_rule_that_cannot_be_used_is_reported_and_the_others_are_looked_at() -> None:
    book = load_alert_book()
    first, second = book.rules[0], book.rules[1]
    broken = (
        first.model_copy(update={"condition": "nothing > 1"}),
        second.model_copy(update={"message": "{name.__class__}"}),
        *book.rules[2:],
    )
    found = problems(book.model_copy(update={"rules": broken}))
    assert len(found) == 2
    assert first.id in found[0]
    assert "name.__class__" in found[1]


def test_a_sentence_with_an_unknown_value_is_not_told() -> None:
    assert told("{name}: {seats} seats", {"name": "Acme", "seats": None}) is None
    assert told("{name}: {seats} seats", {"name": "Acme"}) is None
    assert told("{name}: {seats} seats", {"name": "Acme", "seats": 3}) == "Acme: 3 seats"


def test_braces_in_a_name_stay_text() -> None:
    assert told("{name}", {"name": "{seats} {0} %s"}) == "{seats} {0} %s"
