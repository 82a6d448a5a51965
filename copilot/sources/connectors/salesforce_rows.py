"""What a Salesforce record says, and said at each time that its field history tells of.

A field whose changes are recorded is known from the record's creation on: before its first change it held the old
value. Any other one is known since the record's last change only, because nobody can tell when it got its value.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from copilot.sources.api.connector import Record, Row
from copilot.sources.api.history import Fact, needed_instant, news, versions
from copilot.sources.canonical import BY_NAME
from copilot.sources.connectors import crm
from copilot.sources.connectors.crm import Column, Past, day, moment, word
from copilot.sources.connectors.salesforce_company import Company, Shape, related
from copilot.sources.connectors.salesforce_soql import USER_ID, history_names, is_id

# When, and one row of the field history.
Change = tuple[datetime, Mapping[str, Any]]
_CREATED = ("CreatedDate",)
_STANDARD_USER = "Standard"


def record_rows(record: Record, shape: Shape, known: Company) -> Iterator[Row]:
    """Every version of a record that has a past; none of one that belongs to no account, or is no colleague."""
    if _is_somebody_elses(record, shape):
        return iter(())
    created, changed = needed_instant(record["CreatedDate"]), needed_instant(record["SystemModstamp"])
    tracked = {one["QualifiedApiName"] for one in record.get("tracked") or ()}
    lasting: Row = {}
    now: dict[str, Any] = {}
    facts: list[Fact] = [(created, {})]
    for column in shape.columns:
        if column is shape.key or column.fields == _CREATED:
            lasting[column.name] = column.value(_said(record, column))
            continue
        now[column.name] = _current(record, column, known)
        if tracked.issuperset(column.fields):
            facts += _past(record, column, known, max(created, known.history_since))
    told = versions(lasting, facts, changed, now | _ending(record, shape, known, changed))
    return news(told, BY_NAME[shape.table].must_have)


def activity_rows(record: Record, shape: Shape, known: Company) -> Iterator[Row]:
    """A touch: a task that is done, or an event. It has no history, so it is known as it is since its last change."""
    if _is_somebody_elses(record, shape) or is_true(record["IsDeleted"]):
        return
    if shape.sobject == "Task" and not is_true(record["IsClosed"]):
        return
    row = {column.name: _current(record, column, known) for column in shape.columns}
    own_kind = word(record["TaskSubtype"]) if shape.sobject == "Task" else "meeting"
    yield {
        **row,
        "kind": row.get("kind") or own_kind,
        "occurred_at": row["occurred_at"] if "occurred_at" in row else _occurred(record, shape),
        "recorded_at": needed_instant(record["SystemModstamp"]),
    }


def is_true(said: Any) -> bool:
    """A flag in JSON, or in the CSV of a bulk answer."""
    return said is True or said == "true"


def _is_somebody_elses(record: Record, shape: Shape) -> bool:
    if shape.table == "users":
        return bool(record["UserType"] != _STANDARD_USER)
    accounts = shape.referring_to("accounts") if shape.table != "accounts" else []
    return any(not record[column.fields[0]] for column in accounts if column.name == "account_id")


def _occurred(record: Record, shape: Shape) -> datetime | None:
    """When it took place: of a task only the day is certain, unless it was closed on that day."""
    if shape.sobject == "Event":
        return moment(record["StartDateTime"])
    closed, on = moment(record["CompletedDateTime"]), day(record["ActivityDate"])
    return closed if on is None or (closed and closed.date() == on) else moment(record["ActivityDate"])


def _said(record: Record, column: Column) -> list[Any]:
    return [record[field] for field in column.fields]


def _current(record: Record, column: Column, known: Company) -> Any:
    """What the column holds now; of another account what it is called, which the record carries."""
    if column.refers_to:
        return _key_of(record[column.fields[0]], column, record, known)
    return column.value(_said(record, column))


def _called(record: Record, field: str, known: Company) -> Any:
    """What the account is called whose id is in the field."""
    if known.account_key == "Id":
        return record[field]
    return (record[related(field)] or {}).get(known.account_key)


def _key_of(said: Any, column: Column, record: Record, known: Company) -> Any:
    """What the record of that id is called; nothing for a queue, or for who is no longer to be found."""
    key = known.user_key if column.refers_to == "users" else known.account_key
    if column.refers_to == "accounts" and said == record[column.fields[0]]:
        return _called(record, column.fields[0], known)
    if not said or (column.refers_to == "users" and not is_id(said, USER_ID)):
        return None
    if key == "Id":
        return said
    return next((one["key"] for one in record.get(str(column.refers_to)) or () if one["Id"] == said), None)


def _past(record: Record, column: Column, known: Company, since: datetime) -> Iterator[Fact]:
    """What the column was since then: the oldest change says what was before it."""
    return _read(
        column.facts([_past_of(record, field, column, since) for field in column.fields]), record, column, known
    )


def _read(facts: Iterable[Fact], record: Record, column: Column, known: Company) -> Iterator[Fact]:
    if not column.refers_to:
        yield from facts
        return
    for at, held in facts:
        yield at, {column.name: _key_of(held[column.name], column, record, known)}


def _past_of(record: Record, field: str, column: Column, since: datetime) -> Past:
    changes = list(_in_order(_changes(record, field, column, since)))
    if not changes:
        return [(since, record[field])]
    return [(since, changes[0][1]["OldValue"]), *((at, change["NewValue"]) for at, change in changes)]


def _in_order(changes: Iterable[Change]) -> Iterator[Change]:
    """Oldest first; of one second, which is all that Salesforce knows, each takes over what the one before left."""
    left = sorted(changes, key=lambda one: one[0])
    while left:
        at_once = [one for one in left if one[0] == left[0][0]]
        set_now = [change["NewValue"] for _, change in at_once]
        first = next((one for one in at_once if one[1]["OldValue"] not in set_now), at_once[0])
        left.remove(first)
        yield first


def _changes(record: Record, field: str, column: Column, since: datetime) -> Iterator[Change]:
    """A reference changes in two rows, by name and by id: the name may be anybody's."""
    names = history_names((field,))
    for change in record.get("Histories") or ():
        at = needed_instant(change["CreatedDate"])
        is_by_name = column.refers_to is not None and change["DataType"] != "EntityId"
        if change["Field"] in names and not is_by_name and at >= since:
            yield at, change


def _ending(record: Record, shape: Shape, known: Company, changed: datetime) -> dict[str, Any]:
    """What it means that the record was deleted: an account that was merged says into which."""
    if shape.table == "users" or not is_true(record["IsDeleted"]):
        return {}
    if shape.table == "accounts":
        merged = record.get("MasterRecordId")
        return {"merged_into_account_id": _called(record, "MasterRecordId", known)} if merged else {}
    return crm.deleted(shape.table, changed)
