"""What all vendors share: the shape of times and numbers, a token that hides a place in a list, a header."""

import base64
import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def number_of(key: str) -> int:
    """The vendor's own number for one of our keys: the same for ever, and no JSON reader rounds it (53 bits)."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:12], 16)


def iso(instant: datetime | None) -> str | None:
    """`2026-03-02T09:00:00Z`: whole seconds, as most vendors write it."""
    return None if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(instant: datetime) -> int:
    """Seconds since 1970, as billing systems write it."""
    return int(instant.timestamp())


def midnight(day: date) -> int:
    """The first second of a day in UTC."""
    return seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def cents(amount: Decimal | float) -> int:
    """An amount in hundredths."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def basic(login: str, password: str) -> str:
    """The header of HTTP's basic authentication."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def token(*parts: str) -> str:
    """Parts as an opaque token."""
    return base64.urlsafe_b64encode("\x1f".join(parts).encode()).decode()


def parts(said: str) -> list[str]:
    """What a token holds. Raises ValueError for one that we did not give."""
    return base64.urlsafe_b64decode(said.encode()).decode().split("\x1f")
