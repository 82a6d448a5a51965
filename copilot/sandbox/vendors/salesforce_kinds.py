"""What Salesforce's objects hold of the company's tables: standard fields, custom fields, lookups.

Subjects and descriptions are there as everywhere: nobody should ask for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from copilot.sandbox.vendors.shelf import Version

_STAGES = {"won": "Closed Won", "lost": "Closed Lost"}
_TYPES = {"new": "New Business", "renewal": "Renewal", "expansion": "Existing Business"}
_EVENTS = ("meeting", "qbr")
Shown = Callable[[Version], Any]


@dataclass(frozen=True)
class Kind:
    """One object: its ids' prefix, its fields, and the fields that hold another record's id (of which table, where)."""

    name: str
    table: str
    prefix: str
    fields: Mapping[str, Shown]
    lookups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    history: str = ""
    history_of: str = ""
    holds: Callable[[Version], bool] = lambda _: True

    @property
    def tracked(self) -> list[str]:
        """The fields whose changes are recorded."""
        fields = [*self.fields, *self.lookups] if self.history else []
        return [one for one in fields if not one.endswith("_Key__c") and one != "MasterRecordId"]


def stamp(instant: datetime | None) -> str | None:
    """`2026-03-02T09:00:00.000+0000`."""
    return None if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _plain(column: str) -> Shown:
    return lambda version: version[column]


def _day(column: str) -> Shown:
    def shown(version: Version) -> str | None:
        found: date | None = version[column]
        return found.isoformat() if found else None

    return shown


def _instant(column: str) -> Shown:
    return lambda version: stamp(version[column])


def _label(column: str) -> Shown:
    return lambda version: str(version[column] or "").replace("_", " ").title() or None


def _activity(is_event: bool) -> Mapping[str, Shown]:
    fields: dict[str, Shown] = {
        "Interaction_Key__c": _plain("interaction_id"),
        "Type": lambda version: "QBR" if version["kind"] == "qbr" else _label("kind")(version),
        "Occurred_At__c": _instant("occurred_at"),
        "Outcome__c": _label("outcome"),
        "ActivityDate": lambda version: version["occurred_at"].date().isoformat(),
        "Subject": lambda _: "About the contract",
        "Description": lambda _: "What was said",
    }
    if is_event:
        return {**fields, "StartDateTime": _instant("occurred_at")}
    return {
        **fields,
        "TaskSubtype": lambda version: {"email": "Email", "call": "Call"}.get(version["kind"], "Task"),
        "CallDisposition": lambda _: None,
        "IsClosed": lambda _: True,
        "CompletedDateTime": _instant("recorded_at"),
    }


def _name_part(at: int) -> Shown:
    return lambda version: [*str(version["full_name"]).split(" ", 1), None][at]


_OF_ACCOUNT = {"AccountId": ("accounts", "account_id")}
_OF_CUSTOM = {"Account__c": ("accounts", "account_id")}
_OWNED = {"OwnerId": ("users", "csm_id")}
KINDS = (
    Kind(
        "Account", "accounts", "001",
        {
            "Account_Key__c": _plain("account_id"), "Name": _plain("name"), "Industry": _plain("industry"),
            "Website": lambda version: f"https://www.{version['domain']}" if version["domain"] else None,
            "Segment__c": _plain("segment"), "Tier__c": _plain("tier"), "Region__c": _plain("region"),
            "CurrencyIsoCode": _plain("currency"), "Customer_Since__c": _day("created_on"),
        },
        {
            **_OWNED, "ParentId": ("accounts", "parent_account_id"),
            "MasterRecordId": ("accounts", "merged_into_account_id"),
        },
        "AccountHistory", "AccountId",
    ),
    Kind(
        "Contact", "contacts", "003",
        {
            "Contact_Key__c": _plain("contact_id"), "FirstName": _name_part(0), "LastName": _name_part(1),
            "Email": _plain("email"), "Title": _plain("role"), "Is_Champion__c": _plain("is_champion"),
            "Last_Seen__c": _instant("last_seen_at"), "Since__c": _day("created_on"),
        },
        _OF_ACCOUNT, "ContactHistory", "ContactId",
    ),
    Kind(
        "User", "users", "005",
        {
            "EmployeeNumber": _plain("csm_id"), "Name": _plain("full_name"), "Email": _plain("email"),
            "TimeZoneSidKey": _plain("timezone"), "IsActive": _plain("is_active"), "UserType": lambda _: "Standard",
            "Digest_Hour__c": _plain("send_hour"), "Since__c": _day("created_on"),
        },
        {"ManagerId": ("users", "manager_id")},
    ),
    Kind(
        "Opportunity", "opportunities", "006",
        {
            "Opportunity_Key__c": _plain("opportunity_id"), "Type": lambda version: _TYPES.get(version["kind"]),
            "StageName": lambda version: _STAGES.get(version["stage"]) or _label("stage")(version),
            "Amount": _plain("amount"), "CurrencyIsoCode": _plain("currency"), "CloseDate": _day("close_on"),
        },
        _OF_ACCOUNT, "OpportunityFieldHistory", "OpportunityId",
    ),
    Kind(
        "Task", "interactions", "00T", _activity(False), {**_OF_ACCOUNT, **_OWNED},
        holds=lambda version: version["kind"] not in _EVENTS,
    ),
    Kind(
        "Event", "interactions", "00U", _activity(True), {**_OF_ACCOUNT, **_OWNED},
        holds=lambda version: version["kind"] in _EVENTS,
    ),
    Kind(
        "Sentiment__c", "sentiments", "a01",
        {
            "Sentiment_Key__c": _plain("sentiment_id"), "Rating__c": _plain("rating"), "Reason__c": _plain("reason"),
            "Rated_At__c": _instant("rated_at"), "Expires_On__c": _day("expires_on"),
        },
        {**_OF_CUSTOM, **_OWNED}, "Sentiment__History", "ParentId",
    ),
    Kind(
        "Milestone__c", "milestones", "a02",
        {
            "Milestone_Key__c": _plain("milestone_id"), "Milestone__c": _plain("milestone"),
            "Achieved_At__c": _instant("achieved_at"),
        },
        _OF_CUSTOM,
    ),
)  # fmt: skip
