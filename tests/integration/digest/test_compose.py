"""One decision per CSM and morning, and nothing twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config import digest as settings
from config.settings import var_dir
from copilot.cli.digest import group
from copilot.digest.day import compose, send
from copilot.stack.postgres import Server
from tests.integration.digest.company import TUESDAY, Company, Post, serving_mail

WEDNESDAY = TUESDAY + timedelta(days=1)


@pytest.fixture
def company(database: str, tmp_path: Path) -> Iterator[Company]:
    """An empty warehouse."""
    made = Company(database, tmp_path)
    yield made
    made.close()


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch):
    """Change a setting for one test, by name."""
    shipped = settings.digest_config()
    return lambda **given: monkeypatch.setattr(settings, "digest_config", lambda: shipped.model_copy(update=given))


def deliver(company: Company, monkeypatch: pytest.MonkeyPatch, day: date = TUESDAY) -> Post:
    """Send what is due to a server that takes everything."""
    post = Post()
    with serving_mail(post) as port:
        monkeypatch.setenv("COPILOT_SMTP_URL", f"smtp://127.0.0.1:{port}")
        send(company.run(day))
    return post


def everything(company: Company) -> dict[str, list[tuple]]:
    """All rows that composing writes."""
    tables = ("digest_log", "digest_item", "digest_outbox")
    return {table: company.rows(f"select t::text from ops.{table} as t order by 1") for table in tables}


def test_every_csm_with_an_owned_book_has_one_decision(company: Company):
    company.day(csms=2)
    company.csm("without_accounts")
    company.csm("not_active", is_active=False)
    company.account("orphan", csm_id="not_active")
    company.csm("only_lost")
    company.account("lost", csm_id="only_lost", lifecycle="churned", arr_usd=0, risk_band="unknown")
    assert compose(company.run()) == {"mail": 2, "silent": 0, "held": 0}
    assert company.decisions() == [("csm_1", "mail", "first digest"), ("csm_2", "mail", "first digest")]
    assert company.states() == {"due": 2}
    outbox = "select recipient, local_date, as_of_date, due_at::text from ops.digest_outbox order by csm_id limit 1"
    assert company.rows(outbox) == [("csm_1@example.com", WEDNESDAY, TUESDAY, "2026-11-18 06:30:00+00")]


def test_composing_again_changes_no_row(company: Company):
    company.day(csms=2)
    company.alert("a1")
    compose(company.run())
    before = everything(company)
    assert [len(rows) for rows in before.values()] == [2, 2, 2]
    assert compose(company.run()) == {"mail": 2, "silent": 0, "held": 0}
    assert everything(company) == before


def test_a_day_that_changes_after_its_digest_gets_no_second_mail_but_a_correction_the_next_day(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    company.day()
    compose(company.run())
    deliver(company, monkeypatch)
    company.day(arr_usd=40000)
    assert compose(company.run()) == {"mail": 1, "silent": 0, "held": 0}
    assert company.rows("select corrected from ops.digest_log") == [(True,)]
    assert company.states() == {"sent": 1}
    company.day(WEDNESDAY, arr_usd=40000)
    compose(company.run(WEDNESDAY))
    shown = "select section from ops.digest_item where local_date = '2026-11-19'"
    assert company.rows(shown) == [("corrected",)]
    assert b"ARR was $48,000, is $40,000" in mail_of(company, "2026-11-19")


def mail_of(company: Company, local_date: str) -> bytes:
    """The text part of the mail of a morning."""
    row = company.rows(f"select message from ops.digest_outbox where local_date = '{local_date}'")[0]
    message = message_from_bytes(row[0], policy=default)
    return message.get_body(("plain",)).get_content().encode()  # type: ignore[attr-defined]


def test_nothing_new_is_silent_and_the_log_says_why(company: Company, monkeypatch: pytest.MonkeyPatch):
    company.day()
    company.day(WEDNESDAY)
    compose(company.run())
    deliver(company, monkeypatch)
    assert compose(company.run(WEDNESDAY)) == {"mail": 0, "silent": 1, "held": 0}
    assert company.decisions()[1] == ("csm_1", "silent", "nothing new since the digest of 2026-11-18")


def test_what_was_composed_but_never_sent_is_still_news_and_only_the_newest_mail_goes(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    days = [TUESDAY + timedelta(days=n) for n in range(3)]
    for day in days:
        company.day(day)
        compose(company.run(day))
    assert company.states() == {"cancelled": 2, "due": 1}
    post = deliver(company, monkeypatch, days[-1])
    assert len(post.received) == 1
    assert company.rows("select as_of_date from ops.digest_outbox where state = 'sent'") == [(days[-1],)]


def test_an_older_day_composed_late_is_not_mailed_after_a_newer_one(company: Company):
    company.day()
    company.day(WEDNESDAY)
    compose(company.run(WEDNESDAY))
    assert compose(company.run()) == {"mail": 0, "silent": 1, "held": 0}
    assert company.states() == {"due": 1}


def test_a_day_that_is_not_published_is_held_and_mailed_once_it_is(company: Company):
    company.day()
    assert compose(company.run(WEDNESDAY)) == {"mail": 0, "silent": 0, "held": 1}
    assert company.decisions() == [("csm_1", "held", "the day is not published")]
    company.day(WEDNESDAY)
    assert compose(company.run(WEDNESDAY)) == {"mail": 1, "silent": 0, "held": 0}
    assert company.decisions() == [("csm_1", "mail", "first digest")]


def test_before_anything_was_published_there_is_nobody_to_decide_about(company: Company):
    assert compose(company.run()) == {"mail": 0, "silent": 0, "held": 0}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"enabled": False}, "mail is switched off: `enabled` in config/digest.yml"),
        ({"recipients": ("elsewhere.example",)}, "example.com is not among `recipients` of config/digest.yml"),
    ],
)
def test_the_kill_switch_and_the_allow_list_hold_every_mail(company: Company, config, given: dict, reason: str):
    company.day()
    config(**given)
    assert compose(company.run()) == {"mail": 0, "silent": 0, "held": 1}
    assert company.decisions() == [("csm_1", "held", reason)]
    assert company.states() == {}


def test_a_weekend_morning_is_skipped_but_not_for_the_very_first_digest(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    friday, saturday, sunday = (date(2026, 11, day) for day in (20, 21, 22))
    company.day(friday)
    assert compose(company.run(friday))["mail"] == 1
    deliver(company, monkeypatch, friday)
    for day in (saturday, sunday):
        company.day(day, arr_usd=99000, risk_band="critical")
    assert compose(company.run(saturday))["silent"] == 1
    assert company.decisions()[-1][2] == "Sunday is no working day"
    assert compose(company.run(sunday))["mail"] == 1


def test_a_csm_who_asked_for_no_digest_gets_none(company: Company):
    company.day()
    company.do("insert into ops.digest_wish (csm_id, wants_digest) values ('csm_1', true), ('csm_1', false)")
    compose(company.run())
    assert company.decisions() == [("csm_1", "silent", "the CSM asked for no digest")]


def test_one_digest_that_cannot_be_made_is_held_and_the_others_go(company: Company, monkeypatch: pytest.MonkeyPatch):
    company.day(csms=20)
    company.do("alter table serving.account_day drop constraint account_day_risk_band_check")
    company.do("update serving.account_day set risk_band = 'purple' where account_id = 'a7'")
    assert compose(company.run()) == {"mail": 19, "silent": 0, "held": 1}
    held = [row for row in company.decisions() if row[1] == "held"]
    assert held == [("csm_7", "held", "cannot be composed: KeyError")]
    assert len(deliver(company, monkeypatch).received) == 19


def test_links_are_signed_for_this_company_and_the_mail_renders_the_same_twice(
    company: Company, postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    (postgres.home / "secrets" / "link_key").write_text("k" * 32)
    monkeypatch.setenv("COPILOT_ANSWER_URL", "https://answers.example.com/")
    company.day()
    compose(company.run())
    first = company.rows("select body_sha256 from ops.digest_outbox")
    assert b"https://answers.example.com/cs/answer?token=" in mail_of(company, "2026-11-18")
    company.do("delete from ops.digest_outbox")
    company.do("delete from ops.digest_item")
    company.do("delete from ops.digest_log")
    compose(company.run())
    assert company.rows("select body_sha256 from ops.digest_outbox") == first


def test_preview_prints_the_mail_and_writes_no_row(company: Company):
    company.day()
    shown = CliRunner().invoke(group, ["preview", "csm_1", "--sources", str(company.sources)])
    assert shown.exit_code == 0, shown.output
    assert "Subject: 1 needs you today: $48k ARR at risk | Wed 18 Nov" in shown.output
    assert "Today this would be: mail (first digest)" in shown.output
    assert (var_dir() / "preview" / "2026-11-17_csm_1.html").read_text().startswith("<!doctype html>")
    assert [len(rows) for rows in everything(company).values()] == [0, 0, 0]


def test_preview_of_an_unknown_csm_or_day_says_what_there_is(company: Company):
    company.day()
    for arguments, message in (
        (["csm_9"], "csm_9 has no digest on 2026-11-17; active CSMs with accounts: csm_1"),
        (["csm_1", "--as-of", "2026-01-01"], "2026-01-01 is not published"),
    ):
        shown = CliRunner().invoke(group, ["preview", *arguments, "--sources", str(company.sources)])
        assert (shown.exit_code, message in shown.output) == (1, True), shown.output
