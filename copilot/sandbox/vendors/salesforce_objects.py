"""The company's CRM records as Salesforce objects: ids of eighteen characters, related records, field history."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

from copilot.sandbox.vendors.answers import number_of
from copilot.sandbox.vendors.crm_book import CrmBook
from copilot.sandbox.vendors.salesforce_kinds import Kind, stamp
from copilot.sandbox.vendors.shelf import Held, Version

_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@cache
def sf_id(prefix: str, key: str) -> str:
    """The eighteen characters by which Salesforce calls a record: fifteen, and three that tell their capitals."""
    number, digits = number_of(key), ""
    while number:
        number, rest = divmod(number, len(_SYMBOLS))
        digits = _SYMBOLS[rest] + digits
    short = prefix + digits.zfill(12)
    chunks = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(_CHECKS[sum(one.isupper() << bit for bit, one in enumerate(chunk))] for chunk in chunks)


def record(kind: Kind, key: str, held: Held, book: CrmBook, instant: datetime) -> dict[str, Any]:
    """All fields of one record as it is then, and the records that it refers to by their relation."""
    now = held.now
    found: dict[str, Any] = {
        "Id": sf_id(kind.prefix, key),
        "CreatedDate": stamp(held.created_at),
        "SystemModstamp": stamp(held.changed_at),
    }
    found |= {name: shown(now) for name, shown in kind.fields.items()}
    for name, (table, column) in kind.lookups.items():
        found[name] = _id(table, now[column])
        relation = name.removesuffix("Id") if name.endswith("Id") else name.replace("__c", "__r")
        other = {"Id": found[name], **_called(table, now[column], book, instant)}
        found[relation] = other if found[name] else None
    if kind.table != "users":
        found["IsDeleted"] = bool(now.get("merged_into_account_id"))
    return found


def changes(kind: Kind, key: str, held: Held, book: CrmBook, instant: datetime) -> Iterator[dict[str, Any]]:
    """The field history of one record, newest first as Salesforce gives it; of references by name and by id."""
    rows = [_change("created", "Text", None, None, held.created_at)]
    for before, after in pairwise(held.versions):
        for name in kind.tracked:
            rows += _changed(kind, name, (before, after), book, instant)
    own = {kind.history_of: sf_id(kind.prefix, key), "IsDeleted": False}
    return ({"Id": f"017{number:015d}", **own, **row} for number, row in reversed(list(enumerate(rows))))


def _changed(
    kind: Kind, name: str, versions: tuple[Version, Version], book: CrmBook, instant: datetime
) -> list[dict[str, Any]]:
    at = versions[1]["recorded_at"]
    if name in kind.fields:
        old, new = map(kind.fields[name], versions)
        return [_change(name, "Text", old, new, at)] if old != new else []
    table, column = kind.lookups[name]
    said = [version[column] for version in versions]
    if said[0] == said[1]:
        return []
    names = [_called(table, one, book, instant).get("Name") for one in said]
    ids = [_id(table, one) for one in said]
    called = name.removesuffix("Id")
    return [_change(called, "Text", names[0], names[1], at), _change(called, "EntityId", ids[0], ids[1], at)]


def _change(name: str, kind: str, old: Any, new: Any, at: datetime) -> dict[str, Any]:
    return {"Field": name, "DataType": kind, "OldValue": old, "NewValue": new, "CreatedDate": stamp(at)}


def _id(table: str, key: Any) -> str | None:
    return sf_id("005" if table == "users" else "001", str(key)) if key else None


def _called(table: str, key: Any, book: CrmBook, instant: datetime) -> dict[str, Any]:
    """What other records see of a user or an account."""
    own_key = "EmployeeNumber" if table == "users" else "Account_Key__c"
    found = book.one(table, key, instant)
    return {own_key: key, "Name": found.get("full_name" if table == "users" else "name")}
