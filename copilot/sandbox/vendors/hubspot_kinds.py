"""What HubSpot's objects hold of the company's tables: every value is text, as HubSpot writes it.

Subjects and bodies are there as everywhere: nobody should ask for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from copilot.sandbox.vendors.answers import number_of
from copilot.sandbox.vendors.shelf import Version

_STAGES = {"won": "closedwon", "lost": "closedlost"}
_TYPES = {"new": "newbusiness", "renewal": "renewal", "expansion": "existingbusiness"}
_MEETINGS = ("meeting", "qbr")
Shown = Callable[[Version], str | None]


@dataclass(frozen=True)
class Kind:
    """One object type: its table and properties, which property every change moves, and how many values it keeps."""

    type: str
    table: str
    properties: Mapping[str, Shown]
    modified: str = "hs_lastmodifieddate"
    kept: int = 20
    is_associated: bool = False
    holds: Callable[[Version], bool] = lambda _: True


def record_id(table: str, key: Any) -> str:
    """HubSpot's number for a record."""
    return str(number_of(f"{table}/{key}"))


def instant(given: datetime | None) -> str | None:
    """`2026-03-02T09:00:00.000Z`."""
    return None if given is None else given.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _text(column: str) -> Shown:
    def shown(version: Version) -> str | None:
        value = version[column]
        if value is None:
            return None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, datetime):
            return instant(value)
        if isinstance(value, date):
            return value.isoformat()
        return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

    return shown


def _id(table: str, column: str) -> Shown:
    return lambda version: record_id(table, version[column]) if version[column] else None


def _label(column: str) -> Shown:
    return lambda version: str(version[column] or "").replace("_", " ").title() or None


def _name_part(at: int) -> Shown:
    return lambda version: [*str(version["full_name"]).split(" ", 1), None][at]


_OWNED: Mapping[str, Shown] = {"hubspot_owner_id": _id("owners", "csm_id")}
_COMPANY: Mapping[str, Shown] = {
    **_OWNED,
    "account_key": _text("account_id"),
    "name": _text("name"),
    "domain": _text("domain"),
    "industry": _text("industry"),
    "segment": _text("segment"),
    "service_tier": _text("tier"),
    "region": _text("region"),
    "account_currency": _text("currency"),
    "customer_since": _text("created_on"),
    "hs_parent_company_id": _id("accounts", "parent_account_id"),
}
_CONTACT: Mapping[str, Shown] = {
    "contact_key": _text("contact_id"),
    "associatedcompanyid": _id("accounts", "account_id"),
    "firstname": _name_part(0),
    "lastname": _name_part(1),
    "email": _text("email"),
    "jobtitle": _text("role"),
    "is_champion": _text("is_champion"),
    "last_seen": _text("last_seen_at"),
    "person_since": _text("created_on"),
}
_DEAL: Mapping[str, Shown] = {
    "deal_key": _text("opportunity_id"),
    "hs_primary_associated_company": _id("accounts", "account_id"),
    "dealtype": lambda version: _TYPES.get(version["kind"]),
    "dealstage": lambda version: _STAGES.get(version["stage"], version["stage"]),
    "amount": _text("amount"),
    "deal_currency_code": _text("currency"),
    "closedate": _text("close_on"),
}
_TOUCH: Mapping[str, Shown] = {
    **_OWNED,
    "touch_key": _text("interaction_id"),
    "touch_outcome": _label("outcome"),
    "hs_timestamp": _text("occurred_at"),
}
_CALL: Mapping[str, Shown] = {
    **_TOUCH,
    "hs_activity_type": _label("kind"),
    "hs_call_disposition": lambda _: None,
    "hs_call_body": lambda _: "What was said",
}
_EMAIL: Mapping[str, Shown] = {**_TOUCH, "hs_email_subject": lambda _: "About the contract"}
_MEETING: Mapping[str, Shown] = {
    **_TOUCH,
    "hs_activity_type": lambda version: "QBR" if version["kind"] == "qbr" else "Meeting",
    "hs_meeting_outcome": lambda _: "COMPLETED",
    "hs_meeting_body": lambda _: "What was said",
}
_USER: Mapping[str, Shown] = {
    "hs_internal_user_id": _id("users", "csm_id"),
    "hs_standard_time_zone": _text("timezone"),
    "employee_number": _text("csm_id"),
    "manager_number": _text("manager_id"),
    "digest_hour": _text("send_hour"),
    "person_since": _text("created_on"),
}
_SENTIMENT: Mapping[str, Shown] = {
    **_OWNED,
    "sentiment_key": _text("sentiment_id"),
    "account_key": _text("account_id"),
    "rating": _text("rating"),
    "reason": _text("reason"),
    "rated_at": _text("rated_at"),
    "expires_on": _text("expires_on"),
}
_MILESTONE: Mapping[str, Shown] = {
    "milestone_key": _text("milestone_id"),
    "milestone": _text("milestone"),
    "achieved_at": _text("achieved_at"),
}


def _is(*kinds: str) -> Callable[[Version], bool]:
    return lambda version: version["kind"] in kinds


KINDS = (
    Kind("companies", "accounts", _COMPANY),
    Kind("contacts", "contacts", _CONTACT, "lastmodifieddate", kept=45),
    Kind("deals", "opportunities", _DEAL),
    Kind(
        "calls", "interactions", _CALL, is_associated=True,
        holds=lambda version: version["kind"] not in ("email", *_MEETINGS),
    ),
    Kind("emails", "interactions", _EMAIL, is_associated=True, holds=_is("email")),
    Kind("meetings", "interactions", _MEETING, is_associated=True, holds=_is(*_MEETINGS)),
    Kind("users", "users", _USER),
    Kind("p4711_sentiment", "sentiments", _SENTIMENT),
    Kind("p4711_milestone", "milestones", _MILESTONE, is_associated=True),
)  # fmt: skip
