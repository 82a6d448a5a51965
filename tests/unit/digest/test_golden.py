"""One digest with every section, byte for byte. After a wanted change: COPILOT_WRITE_GOLDEN=1 and review."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from copilot.digest.book import Book
from copilot.digest.envelope import Mail, build_mail, message_id
from copilot.digest.html import DARK, LIGHT, render_html
from copilot.digest.schedule import due_at
from copilot.digest.text import render_text
from tests.unit.digest.sample import (
    AS_OF,
    CONFIG,
    KEY,
    MORNING,
    YESTERDAY,
    a_book,
    a_csm,
    a_day,
    a_linker,
    a_page,
    an_account,
    an_alert,
    at_risk,
    told,
)

GOLDEN = Path(__file__).parent / "golden"
LEAST_CONTRAST = 4.5


def full_book() -> Book:
    """A morning on which something happened in every section."""
    late = an_alert(
        "wayne", severity="medium", is_overdue=True, due_on=date(2026, 11, 14), message="No login for 21 days"
    )
    acme = at_risk(
        "acme",
        name="Acme Corp",
        arr_usd=Decimal(96000),
        contract_end_on=date(2026, 12, 21),
        days_to_renewal=34,
        risk_band="critical",
        churn_probability=0.61,
        churn_probability_low=0.48,
        churn_probability_high=0.73,
        health_score=Decimal(31),
        priority_usd=Decimal(87840),
        tickets_urgent_open=2,
        next_step="Schedule an urgent call with the decision maker",
        alerts=(an_alert("acme", severity="critical"),),
        reasons=[{"text": "Active users fell from 41 to 12 in four weeks"}, {"text": "Champion last seen 24 days ago"}],
    )
    tech = at_risk(
        "tech",
        name="Tech Solutions Ltd",
        arr_usd=Decimal(70000),
        contract_end_on=date(2027, 1, 14),
        days_to_renewal=58,
        churn_probability=0.33,
        churn_probability_low=0.12,
        churn_probability_high=0.64,
        days_past_due=19,
        failed_payments_30d=2,
        next_step="Call the billing contact and settle the open invoice",
        alerts=(an_alert("tech"),),
        priority_usd=Decimal(34650),
    )
    north = an_account(
        "north",
        name="Northwind",
        lifecycle="churn_pending",
        arr_usd=Decimal(48000),
        churn_probability=None,
        contract_end_on=date(2026, 12, 31),
        days_to_renewal=44,
        next_step="Speak with the decision maker about the notice",
        risk_band="critical",
        health_score=Decimal(52),
        priority_usd=Decimal(30000),
    )
    others = (
        an_account(
            "globex",
            name="Globex",
            risk_band="medium",
            churn_probability=0.14,
            health_score=Decimal(64),
            reasons=[{"text": "Failed payments in 30 days: 1"}],
            arr_usd=Decimal(140000),
        ),
        an_account("initech", name="Initech", health_score=Decimal(71), arr_usd=Decimal(30000)),
        an_account("gone", name="Pied Piper", lifecycle="churned", arr_usd=Decimal(0)),
        an_account(
            "hooli", name="Hooli", days_to_renewal=60, contract_end_on=date(2027, 1, 16), arr_usd=Decimal(212000)
        ),
        an_account("stark", name="Stark Industries", lifecycle="onboarding", last_login_days_ago=7, tenure_days=19),
        an_account("won", name="Umbrella", contract_end_on=date(2027, 11, 20), days_to_renewal=368),
        an_account("wayne", name="Wayne Enterprises", alerts=(late,)),
        an_account("fixed", name="Vandelay", arr_usd=Decimal(49200)),
        at_risk("still", name="Soylent"),
    )
    before = {
        "acme": told(at_risk(), probability=0.44, health=Decimal(46)),
        "tech": told(an_account()),
        "north": told(an_account(), probability=0.2, health=Decimal(55)),
        "globex": told(an_account(), health=Decimal(71)),
        "initech": told(at_risk(), health=Decimal(38)),
        "gone": told(an_account(), arr_usd=Decimal(12000)),
        "hooli": told(an_account(), renewal_step=90),
        "stark": told(an_account(), lifecycle="onboarding"),
        "won": told(an_account(), renewal_on=date(2026, 11, 20), renewal_step=14),
        "wayne": told(an_account("wayne", alerts=(late,))),
        "fixed": told(an_account(), arr_usd=Decimal(50400)),
        "still": told(at_risk("still")),
    }
    day = a_day(verdict="DEGRADED", reasons=("raw: support tickets are 30 hours old",), n_sources_fresh=3)
    restated = {"fixed": told(an_account(), arr_usd=Decimal(49200))}
    book = a_book(acme, tech, north, *others, before=before, published=day, restated=restated)
    return replace(book, last_sent=replace(book.last_sent, arr_at_risk=Decimal(176000), as_of=YESTERDAY))


def full_mail() -> Mail:
    csm = a_csm()
    name = message_id("warehouse", csm.csm_id, MORNING, CONFIG.sender.address)
    return build_mail(
        a_page(full_book()), (csm.full_name, csm.email), CONFIG, name, due_at(AS_OF, csm, CONFIG.calendar)
    )


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("digest.txt", lambda: render_text(a_page(full_book()))),
        ("digest.html", lambda: render_html(a_page(full_book()))),
        ("digest.eml", lambda: full_mail().content.decode("ascii").replace("\r\n", "\n")),
    ],
)
def test_the_mail_is_as_reviewed(file: str, made):
    path = GOLDEN / file
    if os.environ.get("COPILOT_WRITE_GOLDEN"):
        path.write_text(made(), encoding="utf-8")
    assert made() == path.read_text(encoding="utf-8")


def test_the_headers_are_those_of_an_automatic_list_mail():
    message = parsed(full_mail())
    assert str(message["From"]) == "CS Copilot <digest@example.com>"
    assert str(message["To"]) == "Ann Lee <ann.lee@example.com>"
    assert message["Date"].datetime.isoformat() == "2026-11-18T07:30:00+01:00"
    assert message["List-Id"] == "<csm-daily.cs-copilot>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    mailto, url = str(message["List-Unsubscribe"]).split(", ")
    assert mailto == "<mailto:digest-unsubscribe@example.com?subject=unsubscribe>"
    assert url.startswith("<https://answers.example.com/cs/unsubscribe?token=")


def test_one_name_per_company_csm_and_morning():
    given = [("a", "csm_1", MORNING), ("b", "csm_1", MORNING), ("a", "csm_2", MORNING), ("a", "csm_1", YESTERDAY)]
    names = {message_id(*one, "digest@example.com") for one in given}
    assert len(names) == len(given)
    assert message_id(*given[0], "digest@example.com") in names


def test_both_parts_are_readable_by_a_mail_program_and_say_the_same():
    message = parsed(full_mail())
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert text.replace("\r\n", "\n") == render_text(a_page(full_book()))
    assert html.replace("\r\n", "\n") == render_html(a_page(full_book())) + ("" if html.endswith("\n\n") else "\n")
    names = ["Acme Corp", "Globex", "Initech", "Hooli", "Stark Industries", "Umbrella", "Wayne Enterprises", "Vandelay"]
    assert [name for name in names if name not in text or name not in html] == []


def test_another_key_changes_links_and_nothing_else():
    one, two = (a_page(full_book(), key=key) for key in (KEY, "z" * 32))
    assert a_linker().unsubscribe() == a_page(full_book()).unsubscribe_url
    assert one.act[0].answer_url != two.act[0].answer_url
    assert one.subject == two.subject
    assert list(one.shown()) == list(two.shown())


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_is_readable_on_its_background(palette: dict[str, str]):
    pairs = [(role, "card") for role in ("ink", "soft", "link", "critical", "high", "calm", "good")]
    pairs += [("note_ink", "note"), ("link", "button"), ("soft", "page")]
    contrast = {}
    for text, back in pairs:
        light, dark = sorted((luminance(palette[text]), luminance(palette[back])), reverse=True)
        contrast[text, back] = (light + 0.05) / (dark + 0.05)
    assert len(contrast) == 10
    assert {pair: value for pair, value in contrast.items() if value < LEAST_CONTRAST} == {}
