"""A signature is of this body, of this secret and of now, or it is none."""

from datetime import UTC, datetime, timedelta

import pytest

from copilot.sources.webhooks.signature import Claim, claim, is_signed, sign

AT = datetime.fromtimestamp(1_760_000_000, UTC)
BODY = b'{"id":"evt_1"}'
# printf '1760000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
DIGEST = "66e880d7175fffb43ce10c4e14db1cfb230c8804b5aafb116affbc9a836c7690"
HEADER = f"t=1760000000,v1={DIGEST}"


def test_it_is_what_openssl_makes_of_time_and_body() -> None:
    assert sign(BODY, "whsec_test", AT) == HEADER
    assert claim(HEADER, AT) == Claim("1760000000", (DIGEST,))
    assert is_signed(Claim("1760000000", (DIGEST,)), BODY, ["whsec_test"])


@pytest.mark.parametrize(
    ("signature", "body", "secrets"),
    [
        (DIGEST, BODY + b" ", ["whsec_test"]),
        (DIGEST, BODY.replace(b"1", b"2"), ["whsec_test"]),
        (DIGEST, BODY, ["whsec_other"]),
        (DIGEST, BODY, []),
        (DIGEST[:-1] + ("0" if DIGEST[-1] != "0" else "1"), BODY, ["whsec_test"]),
        (DIGEST[:32], BODY, ["whsec_test"]),
        (DIGEST[:-1], BODY, ["whsec_test"]),
        ("", BODY, ["whsec_test"]),
        (DIGEST.upper(), BODY, ["whsec_test"]),
    ],
)
def test_nothing_else_is_taken_for_it(signature: str, body: bytes, secrets: list[str]) -> None:
    assert not is_signed(Claim("1760000000", (signature,)), body, secrets)


def test_the_time_is_part_of_what_is_signed() -> None:
    assert not is_signed(Claim("1760000001", (DIGEST,)), BODY, ["whsec_test"])


def test_an_empty_secret_signs_nothing() -> None:
    forged = sign(BODY, "", AT).partition("v1=")[2]
    assert not is_signed(Claim("1760000000", (forged,)), BODY, ["", "whsec_test"])


def test_while_a_secret_is_changed_either_side_may_know_two() -> None:
    old, new = (sign(BODY, secret, AT).partition("v1=")[2] for secret in ("whsec_old", "whsec_new"))
    both = claim(f"t=1760000000,v1={old},v1={new},v0={'0' * 64}", AT)

    assert both == Claim("1760000000", (old, new))
    assert is_signed(both, BODY, ["whsec_new"])
    assert is_signed(both, BODY, ["whsec_old"])
    assert is_signed(Claim("1760000000", (old,)), BODY, ["whsec_new", "whsec_old"])
    assert not is_signed(both, BODY, ["whsec_newer"])


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_the_difference_of_clocks(seconds: int) -> None:
    assert claim(HEADER, AT + timedelta(seconds=seconds)) is not None


@pytest.mark.parametrize("seconds", [-3600, -301, 301, 3600])
def test_more_than_that_is_another_time(seconds: int) -> None:
    assert claim(HEADER, AT + timedelta(seconds=seconds)) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        DIGEST,
        f"v1={DIGEST}",
        "t=1760000000",
        f"t=1760000000,v0={DIGEST}",
        f"t=,v1={DIGEST}",
        f"t=1760000000.5,v1={DIGEST}",
        f"t=-1760000000,v1={DIGEST}",
        f"t=١٧٦٠٠٠٠٠٠٠,v1={DIGEST}",
        f"t=1760000000,t=1760000000,v1={DIGEST}",
        f"t=1760000000,v1=é{DIGEST}",
        f"t=1760000000,{','.join([f'v1={DIGEST}'] * 20)}",
    ],
)
def test_whatever_says_something_else_claims_nothing(header: str) -> None:
    assert claim(header, AT) is None
