"""What the tests of Salesforce share: its streams, its days of March 2026, and an account with its history."""

from datetime import UTC, datetime
from typing import Any

from copilot.sources.api.connector import Stream
from copilot.sources.connectors.salesforce import SALESFORCE

ANNE, BERT = "005xx0000012Q9zAAE", "005xx0000012QA0AAE"
ACME, ROOF = "001xx000003DGb2AAG", "001xx000003DGb3AAG"
SINCE = {"history_since": "2020-01-01"}
TIERS = {**SINCE, "account_fields": "tier=Tier__c; segment=Segment__c"}


def stream(name: str, **options: str) -> Stream:
    return next(one for one in SALESFORCE.stream(options) if isinstance(one, Stream) and one.name == name)


def at(day: int, hour: int = 9) -> str:
    return f"2026-03-{day:02d}T{hour:02d}:00:00.000+0000"


def instant(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def tracked(*names: str) -> list[dict[str, Any]]:
    return [{"QualifiedApiName": name} for name in names]


def change(day: int, field: str, old: Any, new: Any, kind: str = "Text") -> dict[str, Any]:
    return {"Field": field, "DataType": kind, "OldValue": old, "NewValue": new, "CreatedDate": at(day)}


def an_account(**changes: Any) -> dict[str, Any]:
    """As Salesforce writes one: made on March 2, changed last on March 20."""
    return {
        "Id": ACME,
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "IsDeleted": False,
        "MasterRecordId": None,
        "Name": "Acme",
        "Website": "https://www.acme.test/en",
        "Industry": "Software",
        "ParentId": None,
        "OwnerId": BERT,
        "Tier__c": "gold",
        "Segment__c": "smb",
        "Histories": [],
        "tracked": tracked("Name", "Website", "Industry", "ParentId", "OwnerId", "Tier__c", "Segment__c"),
        **changes,
    }
