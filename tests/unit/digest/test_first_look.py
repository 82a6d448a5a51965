"""What a CSM sees in the first ten seconds: what is meant by new, that notice was given, and that nothing is to do."""

from copilot.digest.html import render_html
from copilot.digest.text import render_text
from tests.unit.digest.sample import a_book, a_day, a_page, an_account, an_alert, at_risk, told

LEAVING = {"lifecycle": "churn_pending", "churn_probability": None, "risk_band": "critical"}


def test_a_notice_that_was_given_before_the_first_digest_is_said_as_notice_not_as_a_new_risk():
    page = a_page(a_book(an_account("gone", **LEAVING), at_risk("a1"), at_risk("a2")))
    assert {item.name: item.tag for item in page.act} == {
        "Name of gone": "NOTICE GIVEN",
        "Name of a1": "NEW",
        "Name of a2": "NEW",
    }
    assert page.headline.counts == "2 new risks, 1 gave notice"


def test_the_mark_new_is_about_the_risk_and_not_about_the_account():
    page = a_page(a_book(an_account(risk_band="medium", alerts=(an_alert(severity="medium"),)), before={}))
    assert [line.mark for section in page.sections for line in section.lines] == ["new risk"]


def test_a_quiet_book_says_so_and_gives_no_share_of_nothing():
    page = a_page(a_book(an_account()))
    text = render_text(page)
    assert "AT RISK    $0\n" in text
    assert "\nNothing to act on today.\n" in text
    assert "Nothing to act on today." in render_html(page)


def test_an_account_that_left_has_no_link_because_boards_show_customers_only():
    was = an_account("gone")
    page = a_page(a_book(an_account("gone", lifecycle="churned"), before={"gone": told(was)}))
    (line,) = [line for section in page.sections for line in section.lines]
    assert (line.mark, line.account_url) == ("left", None)


def test_a_day_without_a_forecast_says_why_once():
    note = "model file model.ubj does not match its record"
    page = a_page(a_book(an_account(), published=a_day(model_mode="rules_only", model_note=note)))
    assert page.footer == (f"Run 2026-11-17.1. No forecast today: {note}.",)


def test_the_banner_says_each_reason_once_and_not_which_gate_found_it():
    found = ("raw: usage is a day old", "marts: usage is a day old", "marts: no invoices")
    page = a_page(a_book(an_account(), published=a_day(verdict="DEGRADED", reasons=found)))
    assert page.banner == "Data is incomplete today: usage is a day old; no invoices. Check before you act."
