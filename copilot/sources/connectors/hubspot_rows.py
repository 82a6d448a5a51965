"""What a HubSpot record says, and said at each time that the history of its properties tells of.

HubSpot keeps the last 45 values of a contact's property and the last 20 of any other: before the first of them the
property is not known. When two records are merged their histories are mixed for good, so that the past of what came out
begins with the merge.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from copilot.sources.api.connector import Record, Row
from copilot.sources.api.history import Fact, needed_instant, news, versions
from copilot.sources.canonical import BY_NAME
from copilot.sources.connectors import crm
from copilot.sources.connectors.crm import Column, Past, word
from copilot.sources.connectors.hubspot_company import CREATED, MERGED, RECORD_ID, Company, Shape


def record_rows(record: Record, shape: Shape, known: Company) -> Iterator[Row]:
    """Every version of a record that has a past, and of an account also what was merged into it."""
    if _is_of_no_account(record, shape):
        return
    created, changed = needed_instant(record[CREATED]), _changed(record)
    merged = _merged_at(record)
    lasting: Row = {}
    now: dict[str, Any] = {}
    facts: list[Fact] = [(created, {})]
    for column in shape.columns:
        if column is shape.key or column.fields == (CREATED,):
            lasting[column.name] = column.value(_said(record, column))
            continue
        now[column.name] = _meant(column.value(_said(record, column)), column, record, known)
        told = column.facts([_past(record, field, merged) for field in column.fields])
        facts += ((at, {column.name: _meant(held[column.name], column, record, known)}) for at, held in told)
    if shape.is_associated:
        now["account_id"] = _account(record.get("company"), record, known)
    told_rows = versions(lasting, facts, changed, now | _ending(record, shape, changed))
    yield from news(told_rows, BY_NAME[shape.table].must_have)
    if shape.table == "accounts" and merged:
        yield from _merged_away(record, lasting["account_id"], merged, known)


def activity_rows(record: Record, shape: Shape, known: Company) -> Iterator[Row]:
    """A call, email or meeting. With whom has no history, so it is known as it is since its last change."""
    if _is_of_no_account(record, shape) or record["archived"]:
        return
    row = {c.name: _meant(c.value(_said(record, c)), c, record, known) for c in shape.columns}
    yield {
        **row,
        "account_id": _account(record["company"], record, known),
        "kind": row.get("kind") or word(shape.object.removesuffix("s")),
        "recorded_at": _changed(record),
    }


def user_rows(owner: Record, known: Company) -> Iterator[Row]:
    """A person who owns accounts. What the owner and the user object say has no history."""
    found: Record = next(iter(owner["staff"]), {})
    said = {**found, **{name: value for name, value in owner.items() if name != "staff"}}
    created, changed = needed_instant(owner[CREATED]), needed_instant(owner["updatedAt"])
    if found:
        changed = max(changed, needed_instant(found["updatedAt"]))
    now = {column.name: column.value([said.get(field) for field in column.fields]) for column in known.users}
    lasting = {name: now[name] for name in ("csm_id",)}
    lasting |= {column.name: now[column.name] for column in known.users if column.fields == (CREATED,)}
    now["is_active"] = "false" if owner["archived"] else "true"
    return news(versions(lasting, [(created, {})], changed, now), BY_NAME["users"].must_have)


def _changed(record: Record) -> datetime:
    return needed_instant(record.get("archivedAt") if record["archived"] else record["updatedAt"])


def _is_of_no_account(record: Record, shape: Shape) -> bool:
    """A contact, deal or call without a company says nothing of any account."""
    if shape.is_associated:
        return not record.get("company")
    held_in = [column.fields[0] for column in shape.columns if column.name == "account_id"]
    return shape.table != "accounts" and not any(record["properties"].get(name) for name in held_in)


def _said(record: Record, column: Column) -> list[Any]:
    return [record[CREATED] if field == CREATED else record["properties"].get(field) for field in column.fields]


def _told(record: Record, field: str) -> list[Record]:
    """The values that the property has had, newest first; none of what is archived."""
    return (record.get("propertiesWithHistory") or {}).get(field) or []


def _past(record: Record, field: str, merged: datetime | None) -> Past:
    """What the property was, oldest first; of a merged record only what it was since then."""
    told = reversed(_told(record, field))
    past = sorted(((needed_instant(one["timestamp"]), one["value"]) for one in told), key=lambda one: one[0])
    if merged is None:
        return past
    return [one for one in past if one[0] > merged] or [(merged, record["properties"].get(field))]


def _merged_at(record: Record) -> datetime | None:
    """When another record was last merged into this one."""
    if not record["properties"].get(MERGED):
        return None
    return max((needed_instant(one["timestamp"]) for one in _told(record, MERGED)), default=_changed(record))


def _merged_away(record: Record, key: Any, merged: datetime, known: Company) -> Iterator[Row]:
    """That the others are this account now. Which were merged before the last merge, and when, cannot be told apart."""
    for other in sorted(_others(record, known) - {key}):
        yield {"account_id": other, "merged_into_account_id": key, "recorded_at": merged}


def _others(record: Record, known: Company) -> set[str]:
    """What the merged records were called: the history of the key has what each of them was called."""
    if known.account_key == RECORD_ID:
        return {one for one in str(record["properties"][MERGED]).split(";") if one}
    return {str(one["value"]) for one in _told(record, known.account_key) if one["value"]}


def _meant(said: Any, column: Column, record: Record, known: Company) -> Any:
    """The value, or what the account or user is called whose id it is."""
    if column.refers_to == "accounts":
        return _account(said, record, known)
    return _user(said, record, known) if column.refers_to == "users" else said


def _account(said: Any, record: Record, known: Company) -> Any:
    if not said or known.account_key == RECORD_ID:
        return said or None
    return _first("key", record["companies"], id=str(said))


def _user(said: Any, record: Record, known: Company) -> Any:
    if not said or known.user_key == "id":
        return said or None
    number = _first("user", record["owners"], id=str(said))
    return _first(known.user_key, record["staff"], hs_internal_user_id=number)


def _first(wanted: str, among: Iterable[Mapping[str, Any]], **condition: Any) -> Any:
    return next((one[wanted] for one in among if condition.items() <= one.items()), None)


def _ending(record: Record, shape: Shape, changed: datetime) -> dict[str, Any]:
    """What it means that the record was deleted."""
    if not record["archived"]:
        return {}
    return crm.deleted(shape.table, changed)
