"""Links that carry their own authority: HMAC-SHA256 over every field, two keys while one is rotated out. Pure.

A token stands in full in the text part of a mail, so it is kept short: dates as day numbers, and half of the signature,
128 bits, which nobody can guess either.

A link holds ids, never a name, an amount or a mail address: whoever finds it in a log learns nothing about an account.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

VERSION = 1
# Longer than any link we make; refused before anything is computed.
LONGEST_TOKEN = 1024
SIGNATURE_BYTES = 16

Answer = Literal["useful", "knew", "not_a_risk", "data_wrong", "snooze_7d"]
Purpose = Literal["any", "useful", "knew", "not_a_risk", "data_wrong", "snooze_7d", "unsubscribe"]
ANSWERS: dict[Answer, str] = {
    "useful": "Useful",
    "knew": "Already knew",
    "not_a_risk": "Not a risk",
    "data_wrong": "Data wrong",
    "snooze_7d": "Snooze 7 d",
}


@dataclass(frozen=True)
class Link:
    """What one link allows: this CSM to answer `purpose` for this alert, out of one company's digest, until `expires`.

    `item` is the number of the item in that digest; `expires` is exclusive, the midnight (UTC) that begins the day.
    """

    company: str
    csm_id: str
    account_id: str
    alert_id: str
    purpose: Purpose
    digest_date: date
    item: int
    expires: date

    @property
    def nonce(self) -> str:
        """Tells the links of two digests apart; the same for the same link, so that a digest renders the same twice."""
        named = [self.company, self.csm_id, self.alert_id, self.account_id, self.purpose, self.digest_date.isoformat()]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]


def expiry(signed_on: date, valid_days: int) -> date:
    """The first day on which a link signed that day is refused."""
    return signed_on + timedelta(days=valid_days)


def token(link: Link, key: str) -> str:
    """The link as URL-safe text: `<payload>.<signature>`."""
    fields = [
        VERSION, link.company, link.csm_id, link.account_id, link.alert_id, link.purpose,
        link.digest_date.toordinal(), link.item, (link.expires - link.digest_date).days,
    ]  # fmt: skip
    payload = _encode(json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode())
    return f"{payload}.{_signature(payload, key)}"


def verify(given: str, keys: Sequence[str], now: datetime) -> Link | None:
    """The link inside a token, or None: one answer for forged, cut, expired and foreign alike.

    keys: the current key, then, during a rotation, the previous one; empty ones are ignored.
    """
    if len(given) > LONGEST_TOKEN or not given.isascii():
        return None
    payload, _, signature = given.partition(".")
    accepted = [hmac.compare_digest(_signature(payload, key), signature) for key in keys if key]
    if not any(accepted):
        return None
    link = _read(payload)
    return link if link is not None and now < datetime.combine(link.expires, datetime.min.time(), tzinfo=UTC) else None


def _signature(payload: str, key: str) -> str:
    if not key:
        raise ValueError("a link cannot be signed with an empty key")
    full = hmac.new(key.encode(), f"copilot.link.{VERSION}.{payload}".encode(), hashlib.sha256).digest()
    return _encode(full[:SIGNATURE_BYTES])


def _read(payload: str) -> Link | None:
    """A payload that we signed ourselves; None when another version signed it."""
    fields = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if fields[0] != VERSION or len(fields) != 9 or fields[5] not in get_args(Purpose):
        return None
    digest_date = date.fromordinal(fields[6])
    return Link(
        company=fields[1],
        csm_id=fields[2],
        account_id=fields[3],
        alert_id=fields[4],
        purpose=fields[5],
        digest_date=digest_date,
        item=fields[7],
        expires=digest_date + timedelta(days=fields[8]),
    )


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
