"""Links: what is signed, what is refused, how keys are rotated."""

import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.digest.sign import LONGEST_TOKEN, Link, Purpose, expiry, token, verify

KEY, OTHER = "a" * 32, "b" * 32
SIGNED = date(2026, 11, 18)
LINK = Link("warehouse", "csm_1", "acc_7", "alert_9", "not_a_risk", SIGNED, 3, expiry(SIGNED, 14))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_link_says_the_same_when_it_comes_back_and_is_made_of_the_same_letters_again():
    assert verify(token(LINK, KEY), [KEY], NOON) == LINK
    assert token(LINK, KEY) == token(LINK, KEY)


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(get_args(Purpose)), st.integers(0, 99))
def test_any_ids_come_back_as_they_were(csm: str, alert: str, purpose: Purpose, item: int):
    link = replace(LINK, csm_id=csm, alert_id=alert, purpose=purpose, item=item)
    given_token = token(link, KEY)
    assert verify(given_token, [KEY], NOON) == (link if len(given_token) <= LONGEST_TOKEN else None)


def test_it_expires_after_fourteen_days_to_the_second():
    last = datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)
    assert verify(token(LINK, KEY), [KEY], last) == LINK
    assert verify(token(LINK, KEY), [KEY], last + timedelta(seconds=1)) is None


def test_the_previous_key_is_accepted_while_it_is_listed_and_not_after():
    old = token(LINK, OTHER)
    assert verify(old, [KEY, OTHER], NOON) == LINK
    assert verify(old, [KEY], NOON) is None
    assert verify(old, ["", KEY], NOON) is None


def test_nothing_is_signed_or_accepted_with_an_empty_key():
    with pytest.raises(ValueError, match="empty key"):
        token(LINK, "")
    assert verify(token(LINK, KEY), [""], NOON) is None
    assert verify(token(LINK, KEY), [], NOON) is None


def test_a_link_carries_ids_only():
    payload = token(LINK, KEY).partition(".")[0]
    fields = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert fields == '[1,"warehouse","csm_1","acc_7","alert_9","not_a_risk",739938,3,14]'


def test_a_token_is_short_and_its_signature_has_128_bits():
    usual = Link("warehouse", "csm_01", "acc_000707", "5c3428ec49c789c8", "any", SIGNED, 1, expiry(SIGNED, 14))
    made = token(usual, KEY)
    assert len(made) <= 125
    assert len(urlsafe_b64decode(made.partition(".")[2] + "==")) == 16


def forged(rng: random.Random, good: str) -> str:
    """One of many ways to make a token that we did not sign."""
    payload, _, signature = good.partition(".")
    raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    old, new = rng.choice(
        [
            ("acc_7", f"acc_{rng.randrange(10**6)}"),
            ("csm_1", f"csm_{rng.randrange(2, 10**6)}"),
            ("alert_9", f"alert_{rng.randrange(10, 10**6)}"),
            ("not_a_risk", "useful"),
            (",14]", ",3666]"),
            ("warehouse", f"w{rng.randrange(10**6)}"),
            ("[1,", "[0,"),
            (",3,", f",{rng.randrange(4, 10**6)},"),
        ]
    )
    changed = urlsafe_b64encode(raw.replace(old, new, 1).encode()).rstrip(b"=").decode()
    position, letter = rng.randrange(len(good)), rng.choice(letters)
    flipped = good[:position] + letter + good[position + 1 :]
    return rng.choice(
        [
            f"{changed}.{signature}",
            flipped if flipped != good else good[:-1],
            good[: rng.randrange(len(good))],
            good + letter,
            f"{payload}.{''.join(rng.choices(letters, k=22))}",
            token(LINK, f"{OTHER}{rng.randrange(10**9)}"),
            f"{payload}.",
            f".{signature}",
            f"{payload}.{signature}=",
            f"{payload}.{signature[::-1]}",
            f" {good}",
            good + "\n",
            f"{payload}..{signature}",
        ]
    )


def test_ten_thousand_forgeries_are_refused():
    rng = random.Random(20261118)  # noqa: S311 - a seeded attack
    good = token(LINK, KEY)
    forgeries: set[str] = set()
    while len(forgeries) < 10_000:
        forgeries.add(forged(rng, good))
    assert good not in forgeries
    accepted = [one for one in forgeries if verify(one, [KEY], NOON) is not None]
    assert accepted == []
    assert verify(good, [KEY], NOON) == LINK


@pytest.mark.parametrize("junk", ["", ".", "x" * 10_000_000, "ü.ü", "\x00", "a.b.c", "null", "[].", "\ud800"])
def test_junk_is_refused_and_never_raises(junk: str):
    assert verify(junk, [KEY], NOON) is None


@given(st.text())
def test_no_text_at_all_raises(text: str):
    assert verify(text, [KEY], NOON) is None
