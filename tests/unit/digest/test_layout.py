"""The page: order, anatomy, limits, and what is left out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.digest.book import Told
from copilot.digest.html import render_html
from copilot.digest.text import WIDTH, render_text, word_count
from tests.unit.digest.sample import (
    AS_OF,
    YESTERDAY,
    a_book,
    a_day,
    a_page,
    an_account,
    an_alert,
    at_risk,
    told,
)


def test_the_subject_counts_what_needs_action_and_the_change_since_the_last_digest_sent():
    book = a_book(at_risk("a1", arr_usd=Decimal(214000)), at_risk("a2"), before={"a2": told(at_risk("a2"))})
    book = replace(book, last_sent=replace(book.last_sent, arr_at_risk=Decimal(176000)))
    assert a_page(book).subject == "1 needs you today: $262k ARR at risk (+$86k) | Wed 18 Nov"
    assert a_page(a_book(an_account())).subject == "Nothing urgent: $0 ARR at risk | Wed 18 Nov"


def test_a_long_subject_gives_up_the_change_before_the_figure():
    accounts = [at_risk(f"a{n}", arr_usd=Decimal(200_000_000)) for n in range(5)]
    book = a_book(*accounts, before={})
    book = replace(book, last_sent=replace(book.last_sent, arr_at_risk=Decimal(-1)))
    assert a_page(book).subject == "5 need you today: $1000.0M ARR at risk | Wed 18 Nov"


def test_an_item_says_who_how_much_why_what_to_do_and_was():
    alert = an_alert("acme", message="Name of acme: churn risk is high")
    acme = at_risk(
        "acme",
        contract_end_on=date(2026, 12, 21),
        days_to_renewal=34,
        alerts=(alert,),
        tickets_urgent_open=2,
        reasons=[{"text": "Active users fell from 41 to 12"}, {"text": "Last login 24 days ago"}],
        next_step="Schedule an urgent call",
        arr_usd=Decimal(96000),
    )
    item = a_page(a_book(acme, before={"acme": told(an_account("acme"), probability=0.2)})).act[0]
    assert (item.number, item.name, item.tag) == (1, "Name of acme", "NEW")
    assert item.money_line == "$96k ARR, renews in 34 days (21 Dec)"
    assert (item.band, item.confidence) == ("HIGH RISK", "confident")
    assert (item.risk, item.health) == ("41% (30-52), was 20%", "45, was 80")
    assert item.facts == ("Active users fell from 41 to 12", "Last login 24 days ago", "2 urgent tickets open")
    assert item.action == "Schedule an urgent call (effect not yet measured)"
    assert [label for label, _ in item.answers] == [
        "Useful",
        "Already knew",
        "Not a risk",
        "Data wrong",
        "Snooze 7 d",
    ]


def test_without_an_earlier_digest_was_is_yesterdays_published_value():
    account = at_risk(churn_probability_before=0.33, health_delta_1d=Decimal(-5))
    item = a_page(a_book(account)).act[0]
    assert (item.risk, item.health) == ("41% (30-52), was 33%", "45, was 50")


def test_without_a_model_the_mail_says_so_and_shows_no_percentage():
    account = at_risk(churn_probability=None, churn_probability_low=None, churn_probability_high=None)
    day = a_day(model_mode="rules_only", model_version=None, model_note="fewer than 50 churn events in the history")
    text = render_text(a_page(a_book(account, published=day)))
    assert "Run 2026-11-17.1. No forecast today: fewer than 50 churn events in the history." in " ".join(text.split())
    assert "HIGH RISK (from rules only)" in text
    assert "Churn in 90 days" not in text


def test_the_banner_is_there_only_when_the_day_is_degraded_and_comes_first():
    degraded = a_day(verdict="DEGRADED", reasons=("raw: support is missing",), n_sources_fresh=3)
    text = render_text(a_page(a_book(at_risk(), published=degraded)))
    assert text.startswith("! Data is incomplete today: support is missing.")
    assert "3 of 4 sources fresh" in text
    assert "incomplete" not in render_text(a_page(a_book(at_risk())))


def test_sections_stand_in_the_promised_order_and_none_without_data():
    late = an_alert("late", severity="medium", is_overdue=True, due_on=YESTERDAY)
    book = a_book(
        at_risk("act"),
        an_account("down", risk_band="medium"),
        an_account("step", days_to_renewal=60),
        an_account("new", lifecycle="onboarding", last_login_days_ago=7),
        an_account("won"),
        an_account("late", alerts=(late,)),
        an_account("fixed"),
        before={
            "down": told(an_account()),
            "step": told(an_account(), renewal_step=90),
            "new": told(an_account(), lifecycle="onboarding"),
            "won": told(an_account(), renewal_on=date(2026, 11, 20), renewal_step=14),
            "late": told(an_account("late", alerts=(late,))),
            "fixed": told(an_account(), arr_usd=Decimal(4200)),
        },
        restated={"fixed": told(an_account(), arr_usd=Decimal(4100))},
    )
    page = a_page(book)
    assert [item.shown.account_id for item in page.act] == ["act"]
    assert [(section.key, [line.shown.account_id for line in section.lines]) for section in page.sections] == [
        ("changed", ["down"]),
        ("renewals", ["step"]),
        ("onboarding", ["new"]),
        ("wins", ["won"]),
        ("overdue", ["late"]),
        ("corrected", ["fixed"]),
    ]
    assert [number for _, number, _ in page.shown()] == [1, 2, 3, 4, 5, 6, 7]
    assert "Name of fixed, on 16 Nov: ARR was $4,200, is $4,100" in " ".join(render_text(page).split())
    assert [section.key for section in a_page(a_book(at_risk())).sections] == []


def test_renewals_are_counted_per_window_with_money_and_risk():
    book = a_book(
        an_account("a", days_to_renewal=0),
        at_risk("b", days_to_renewal=31, arr_usd=Decimal(100000)),
        an_account("c", days_to_renewal=60),
        an_account("d", days_to_renewal=91),
        an_account("e", days_to_renewal=-1),
        an_account("f", days_to_renewal=61, lifecycle="churned"),
    )
    section = next(section for section in a_page(book).sections if section.key == "renewals")
    assert section.summary == ("0-30 days: 1 account, $48k", "31-60 days: 2 accounts, $148k (1 at risk)")


def test_a_stalled_onboarding_is_said_on_the_day_it_completes_a_quiet_week():
    shown = []
    for quiet in range(5, 12):
        account = an_account("new", lifecycle="onboarding", last_login_days_ago=quiet)
        page = a_page(a_book(account, at_risk("other"), before={"new": told(account)}))
        shown += [quiet for section in page.sections if section.key == "onboarding"]
    assert shown == [7]


def test_at_most_five_to_act_on_and_twelve_items_the_rest_is_counted():
    page = a_page(a_book(*[at_risk(f"a{n:02}") for n in range(30)]))
    assert (len(page.act), page.n_to_act) == (5, 30)
    assert len(list(page.shown())) == 9
    assert page.sections[0].more == 21
    assert "\n25 more to act on: see the board\n" in render_text(page)


def test_the_wordiest_book_gives_way_until_it_fits_and_still_counts_everybody():
    wordy = " ".join("abcdefghij" * 5)
    accounts = [
        at_risk(
            f"a{n:02}",
            reasons=[f"{word} {wordy}" for word in ("x", "y", "z")],
            next_step=wordy,
            name=wordy,
            alerts=(an_alert(f"a{n:02}"),),
        )
        for n in range(12)
    ]
    page = a_page(a_book(*accounts))
    assert 300 < word_count(render_text(page)) <= 450
    assert (len(page.act), len(page.act[0].facts)) == (2, 1)
    assert page.n_to_act == 12


def test_unchanged_risks_are_one_line_and_never_items():
    accounts = [at_risk(f"a{n}") for n in range(3)]
    page = a_page(a_book(*accounts, at_risk("new"), before={one.account_id: told(one) for one in accounts}))
    assert [item.shown.account_id for item in page.act] == ["new"]
    assert page.unchanged == "3 unchanged risks not repeated."


def test_every_named_account_is_in_the_log_with_its_figures_and_run():
    page = a_page(a_book(at_risk()))
    section, number, shown = next(page.shown())
    assert (section, number, shown.account_id) == ("act_today", 1, "a1")
    assert shown.figures["probability"] == 0.41
    assert shown.figures["run_id"] == "2026-11-17.1"


names = st.text(max_size=120) | st.just("<b>&'\"{{7*7}}%s</b> " * 20)
rows = st.lists(
    st.tuples(
        names,
        st.sampled_from(["critical", "high", "medium", "low", "unknown"]),
        st.lists(names, max_size=5),
        st.none() | st.integers(-5, 95),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows, names, st.booleans())
def test_any_book_fits_on_one_screen(rows: list[tuple], step: str, first: bool):
    accounts = [
        at_risk(
            f"a{n:02}",
            name=name,
            risk_band=band,
            reasons=reasons,
            days_to_renewal=days,
            next_step=step,
            alerts=(an_alert(f"a{n:02}", message=name, is_overdue=late, due_on=YESTERDAY),),
        )
        for n, (name, band, reasons, days, late) in enumerate(rows)
    ]
    day = a_day(verdict="DEGRADED", reasons=(step, step))
    page = a_page(a_book(*accounts, published=day, before=None if first else {}))
    text = render_text(page)
    assert word_count(text) <= 450
    assert len(list(page.shown())) <= 12
    assert len(page.subject) <= 60
    assert [line for line in text.splitlines() if len(line) > WIDTH and "://" not in line] == []
    assert len(render_html(page).encode()) < 100_000
    assert len(text.splitlines()) > 5


@pytest.mark.parametrize("base", [None, "https://answers.example.com"])
def test_without_a_base_there_is_no_link(base: str | None):
    page = a_page(a_book(at_risk()), answer_base=base, board_base=base, key="k" if base else "")
    assert ("://" in render_text(page)) == (base is not None)
    assert ("href" in render_html(page)) == (base is not None)


def test_the_day_of_the_data_is_named():
    assert render_text(a_page(a_book(an_account()))).startswith(f"Data as of Tue {AS_OF.day} Nov")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (told(an_account()), "$48k ARR, risk low to medium, health 80, churn 4%"),
        (told(an_account(), health=Decimal(85)), "$48k ARR, risk low to medium, health 85 to 80, churn 4%"),
        (told(an_account(), health=None, probability=None), "$48k ARR, risk low to medium, health 80, churn 4%"),
    ],
)
def test_a_change_says_what_moved_and_a_figure_that_stayed_once(before: Told, text: str):
    page = a_page(a_book(an_account(risk_band="medium"), before={"a1": before}))
    assert page.sections[0].lines[0].text == text
