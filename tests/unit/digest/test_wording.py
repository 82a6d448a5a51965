"""Numbers as words, and names that can do nothing but be read."""

import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.digest.wording import account_name, clean, exact_money, interval, money, percent, short_day, signed_money


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0"),
        ("0.4", "$0"),
        ("0.5", "$1"),
        ("940", "$940"),
        ("999.4", "$999"),
        ("1000", "$1k"),
        ("1499", "$1k"),
        ("95500", "$96k"),
        ("999499", "$999k"),
        ("999500", "$1.0M"),
        ("3149999", "$3.1M"),
        ("-38000", "-$38k"),
    ],
)
def test_money_keeps_three_digits_at_most(amount: str, shown: str):
    assert money(Decimal(amount)) == shown


def test_a_change_has_a_sign_and_none_has_a_word():
    assert [signed_money(Decimal(n)) for n in (38000, -2000, 0, "0.2", "-0.2")] == [
        "+$38k",
        "-$2k",
        "no change",
        "no change",
        "no change",
    ]
    assert exact_money(Decimal("4200.4")) == "$4,200"


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "<1%"), (0.0049, "<1%"), (0.005, "1%"), (0.61, "61%"), (0.994, "99%"), (0.995, ">99%"), (1.0, ">99%")],
)
def test_a_probability_never_claims_certainty_at_the_ends(probability: float, shown: str):
    assert percent(probability) == shown


def test_an_interval_without_an_end_is_left_out():
    assert interval(0.48, 0.73) == " (48-73)"
    assert interval(None, 0.73) == interval(0.48, None) == ""


def test_a_far_day_has_its_year():
    assert short_day(date(2026, 12, 21), date(2026, 11, 17)) == "21 Dec"
    assert short_day(date(2027, 12, 21), date(2026, 11, 17)) == "21 Dec 2027"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Acme\r\nBcc: all@evil.example", "Acme Bcc: all@evil.example"),
        ("abc\u202edef\u200b\u2066g\ufeff", "abcdefg"),
        ("pay\u00adpal \U000e0041", "paypal"),
        ("Z\u0341\u0341\u0341\u0341\u0341algo", "Z\u0301\u0301\u0301algo"),
        ("https://evil.example/x", "evil.example x"),
        ("see www.evil.example", "see evil.example"),
        ("javascript:alert(1)", "alert(1)"),
        ("Booking.com", "Booking.com"),
        ("a\tb\x00c", "a b c"),
        ("\u3164\u3164", "a1"),
        ("", "a1"),
        (None, "a1"),
        ("Ünï Çorp 株式会社", "Ünï Çorp 株式会社"),
    ],
)
def test_a_name_is_one_visible_line_without_links_of_its_own(given_name: str | None, shown: str):
    assert account_name(given_name, "a1") == unicodedata.normalize("NFC", shown)


def test_a_megabyte_of_name_is_forty_characters():
    assert len(account_name("x" * 1_000_000, "a1")) == 40


@given(st.text())
def test_cleaned_text_is_printable_and_cleaning_it_again_changes_nothing(text: str):
    once = clean(text)
    bad = [c for c in once if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    assert bad == []
    assert len(once) <= 90
    assert "://" not in once
    assert clean(once) == once
