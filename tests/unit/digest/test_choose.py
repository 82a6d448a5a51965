"""What is news, what is not, and when a CSM hears nothing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.digest.book import Account, Told, told_from_json
from copilot.digest.choose import Judged, decide, judge, renewal_step, tell
from tests.unit.digest.sample import AS_OF, CONFIG, YESTERDAY, a_book, an_account, an_alert, at_risk, told


def judged(account: Account, before: Told | None) -> Judged:
    """One account after a digest that told `before` about it (None: the account was not in the book then)."""
    known = {} if before is None else {account.account_id: before}
    return judge(a_book(account, before=known), CONFIG)[0]


def test_the_first_day_always_sends_even_when_all_is_well():
    book = a_book(an_account())
    assert decide(judge(book, CONFIG), book) == ("mail", "first digest")


def test_nothing_new_means_no_mail_and_says_since_when():
    account = at_risk()
    book = a_book(account, before={"a1": told(account)})
    assert decide(judge(book, CONFIG), book) == ("silent", "nothing new since the digest of 2026-11-17")


@pytest.mark.parametrize(
    ("account", "before", "change"),
    [
        (at_risk(), None, "new"),
        (at_risk(), told(an_account()), "new"),
        (an_account(), None, "same"),
        (an_account(alerts=(an_alert(severity="medium"),)), None, "new"),
        (an_account(alerts=(an_alert(severity="low"),)), None, "same"),
        (at_risk(risk_band="critical"), told(at_risk()), "worse"),
        (an_account(risk_band="medium"), told(an_account()), "worse"),
        (at_risk(alerts=(an_alert(),)), told(at_risk()), "worse"),
        (at_risk(alerts=(an_alert(severity="critical"),)), told(at_risk(), alerts={"alert-a1": "high"}), "worse"),
        (at_risk(alerts=(an_alert(state="snoozed"),)), told(at_risk()), "same"),
        (at_risk(churn_probability=0.35), told(at_risk(), probability=0.30), "worse"),
        (at_risk(churn_probability=0.349), told(at_risk(), probability=0.30), "same"),
        (at_risk(health_score=Decimal(40)), told(at_risk(), health=Decimal(45)), "worse"),
        (at_risk(health_score=Decimal("40.1")), told(at_risk(), health=Decimal(45)), "same"),
        (an_account(health_score=Decimal(70)), told(an_account(), health=Decimal(95)), "same"),
        (an_account(), told(at_risk()), "better"),
        (at_risk(churn_probability=0.30), told(at_risk(), probability=0.41), "better"),
        (an_account(lifecycle="churn_pending", churn_probability=None), told(an_account()), "notice"),
        (an_account(lifecycle="churn_pending"), told(an_account(), lifecycle="churn_pending"), "same"),
        (an_account(lifecycle="churned", arr_usd=Decimal(0)), told(an_account()), "left"),
        (an_account(lifecycle="churned"), told(an_account(), lifecycle="churned"), "same"),
        (an_account(), told(an_account(), renewal_on=date(2026, 12, 1), renewal_step=14), "renewed"),
        (
            an_account(contract_end_on=date(2026, 12, 20), days_to_renewal=33),
            told(an_account(), renewal_on=date(2026, 11, 20), renewal_step=14),
            "same",
        ),
        (at_risk(churn_probability=None), told(at_risk()), "same"),
        (at_risk(health_score=None), told(at_risk()), "same"),
    ],
)
def test_each_change_against_what_was_told_has_one_name(account: Account, before: Told | None, change: str):
    assert judged(account, before).change == change


@pytest.mark.parametrize(
    ("days", "step"),
    [(91, None), (90, 90), (61, 90), (60, 60), (30, 30), (15, 30), (14, 14), (0, 14), (-1, None), (None, None)],
)
def test_a_renewal_step_is_reached_on_its_day(days: int | None, step: int | None):
    assert renewal_step(an_account(days_to_renewal=days), CONFIG.renewal_steps) == step


def test_a_crossed_step_is_news_once():
    account = an_account(days_to_renewal=60)
    assert judged(account, told(account, renewal_step=90)).crossed_step == 60
    assert judged(account, told(account, renewal_step=60)).crossed_step is None


def test_an_alert_that_nobody_acknowledged_in_time_breaks_the_silence_every_day():
    late = an_alert(severity="medium", is_overdue=True, due_on=YESTERDAY)
    account = an_account(alerts=(late,))
    assert judged(account, told(account)).is_news
    seen = an_account(alerts=(replace(late, state="acknowledged"),))
    assert not judged(seen, told(seen)).is_news


def test_better_alone_does_not_break_the_silence():
    assert not judged(an_account(), told(at_risk())).is_news


def test_a_slow_slide_adds_up_until_it_is_said():
    known = {"a1": told(at_risk(churn_probability=0.30))}
    said_on = []
    for step in range(1, 8):
        book = a_book(at_risk(churn_probability=0.30 + 0.02 * step), before=known)
        found = judge(book, CONFIG)
        if found[0].change == "worse":
            said_on.append(step)
        known = tell(found, book, CONFIG)
    assert said_on == [3, 6]


def test_what_was_told_and_says_something_else_now_is_restated():
    account = at_risk()
    before = told(account, arr_usd=Decimal(4200))
    now = replace(before, arr_usd=Decimal(4100))
    book = a_book(account, before={"a1": before}, restated={"a1": now})
    found = judge(book, CONFIG)[0]
    assert found.was_restated == now
    assert found.is_news
    after = tell([found], book, CONFIG)["a1"]
    assert after.as_of == AS_OF


def test_a_restatement_within_the_noise_is_not_mentioned():
    account = at_risk()
    before = told(account)
    now = replace(before, probability=0.44, health=Decimal(42))
    assert judge(a_book(account, before={"a1": before}, restated={"a1": now}), CONFIG)[0].was_restated is None


def test_the_order_is_the_boards_priority_then_money_then_id():
    accounts = (
        at_risk("c", priority_usd=Decimal(5)),
        at_risk("b", priority_usd=Decimal(9), arr_usd=Decimal(1)),
        at_risk("d", priority_usd=Decimal(9), arr_usd=Decimal(2)),
        at_risk("a", priority_usd=Decimal(9), arr_usd=Decimal(1)),
    )
    assert [one.account.account_id for one in judge(a_book(*accounts), CONFIG)] == ["d", "a", "b", "c"]


amounts = st.decimals(0, 10**7, places=2)
shares = st.none() | st.floats(0, 1)
accounts = st.builds(
    lambda band, p, health, arr, days, lifecycle, alerts: an_account(
        risk_band=band,
        churn_probability=p,
        health_score=health,
        arr_usd=arr,
        days_to_renewal=days,
        lifecycle=lifecycle,
        alerts=tuple(an_alert(severity=severity, state=state) for severity, state in alerts),
    ),
    st.sampled_from(["critical", "high", "medium", "low", "unknown"]),
    shares,
    st.none() | st.decimals(0, 100, places=2),
    amounts,
    st.none() | st.integers(-400, 400),
    st.sampled_from(["trial", "onboarding", "active", "churn_pending", "churned"]),
    st.lists(
        st.tuples(
            st.sampled_from(["critical", "high", "medium", "low"]), st.sampled_from(["open", "acknowledged", "snoozed"])
        ),
        max_size=1,
    ),
)


@given(accounts)
def test_whatever_was_told_is_not_news_again_on_an_unchanged_day(account: Account):
    first = a_book(account)
    known = tell(judge(first, CONFIG), first, CONFIG)
    again = a_book(account, before=known)
    assert decide(judge(again, CONFIG), again)[0] == "silent"


@given(accounts)
def test_what_was_told_survives_its_own_storage(account: Account):
    book = a_book(account)
    known = tell(judge(book, CONFIG), book, CONFIG)["a1"]
    assert told_from_json(known.to_json()) == known


def test_an_overdue_alert_asks_for_action_once_and_then_stays_in_the_list_of_overdue_ones():
    account = at_risk(alerts=(an_alert(is_overdue=True, due_on=YESTERDAY),))
    assert judged(account, told(account)).needs_action
    late_longer = at_risk(alerts=(an_alert(is_overdue=True, due_on=YESTERDAY - timedelta(days=1)),))
    again = judged(late_longer, told(late_longer))
    assert (again.needs_action, again.is_news) == (False, True)
