"""What the tests of HubSpot share: its streams, and its days of March 2026."""

from datetime import UTC, datetime

from copilot.sources.api.connector import Stream
from copilot.sources.connectors.hubspot import HUBSPOT

TIERS = {"account_fields": "tier=service_tier; segment=segment"}


def stream(name: str, **options: str) -> Stream:
    return next(one for one in HUBSPOT.stream(options) if isinstance(one, Stream) and one.name == name)


def at(day: int) -> str:
    return f"2026-03-{day:02d}T09:00:00.000Z"


def instant(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=UTC)
