"""Whether a body was signed by somebody who holds our secret, and just now. Pure.

One scheme, under two headers: Stripe's (https://docs.stripe.com/webhooks#verify-manually), and the same for everybody
else. The header says `t=<seconds since 1970>,v1=<hex>`, where v1 is HMAC-SHA256 over `<t>.<body>`; several v1 stand
there while the sender changes its secret, other versions are not looked at.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copilot.sources.webhooks.declared import SignatureName

HEADERS: Mapping[SignatureName, str] = {"stripe": "Stripe-Signature", "hmac": "Webhook-Signature"}
# Stripe's own tolerance; also for clocks that run ahead, or a captured request could be kept for later.
TOLERANCE = timedelta(seconds=300)
# Two secrets give two signatures of 64 digits; nobody needs more than this.
LONGEST_HEADER = 1024
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Claim:
    """What a header claims: when it was signed, as it stands there, and the signatures."""

    signed_at: str
    signatures: tuple[str, ...]


def claim(header: str, now: datetime) -> Claim | None:
    """What the header claims; None when it is none, or of another time: that needs no secret to tell."""
    if len(header) > LONGEST_HEADER or not header.isascii():
        return None
    said = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in said if name == "t"]
    signatures = tuple(value for name, _, value in said if name == "v1")
    if len(times) != 1 or not signatures or not _SECONDS.fullmatch(times[0]):
        return None
    if abs(int(times[0]) - now.timestamp()) > TOLERANCE.total_seconds():
        return None
    return Claim(times[0], signatures)


def is_signed(claimed: Claim, body: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures is of the body and one of our secrets; empty secrets sign nothing.

    secrets: the present one, and during a rotation the one before it.
    """
    signed = claimed.signed_at.encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
    # Every pair is compared: how long it takes tells nothing.
    return any([hmac.compare_digest(one, given) for one in expected for given in claimed.signatures])


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The header with which a sender signs a body."""
    signed_at = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{signed_at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={signed_at},v1={digest}"
