"""The questions to Salesforce, in SOQL: records with their field history, and the lists that explain their ids.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/ and, for `queryAll`, which also gives what
was deleted or merged: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from copilot.sources.api.connector import Ask, Beside, Call, Complete, Job, Record, Since
from copilot.sources.connectors.crm import Column, fields_of
from copilot.sources.connectors.salesforce_bulk import API, BulkQuery
from copilot.sources.connectors.salesforce_company import Company, Shape, related

HISTORY_FIELDS = ("Field", "DataType", "OldValue", "NewValue", "CreatedDate")
ACCOUNT_ID, USER_ID = "001", "005"
_ALWAYS = ("Id", "CreatedDate", "SystemModstamp")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def is_id(said: Any, prefix: str) -> bool:
    """Whether that is the id of a record of the kind."""
    return isinstance(said, str) and said.startswith(prefix) and _ID.fullmatch(said) is not None


def history_names(fields: Iterable[str]) -> set[str]:
    """What the history calls the fields: it says Owner for OwnerId."""
    return {name for field in fields for name in (field, field.removesuffix("Id"))}


def ask(shape: Shape, known: Company, since: Since) -> Ask | Job:
    """The records that were changed since then, oldest change first; at first, if so wanted, all in bulk."""
    fields = _selected(shape, known)
    if since is None and known.is_bulk and shape.table != "users":
        return BulkQuery(soql(fields, shape.sobject))
    if shape.history:
        fields.append(f"({soql(HISTORY_FIELDS, 'Histories')})")
    where = f"SystemModstamp >= {_literal(since)}" if isinstance(since, datetime) else ""
    return query(soql(fields, shape.sobject, where, "SystemModstamp, Id"))


def complete(shape: Shape) -> Complete:
    """Puts the whole history of the mapped fields into each record: Salesforce may give only the beginning of it."""
    wanted = history_names(fields_of(shape.columns))

    def completed(call: Call, records: list[Record]) -> list[Record]:
        return [{**one, "Histories": _kept(_whole(call, one.get("Histories")), wanted)} for one in records]

    return completed if shape.history else lambda _, records: records


def beside(shape: Shape, known: Company) -> list[Beside]:
    """What a record's ids mean, and which of its fields are tracked. The history comes first: it has ids too."""
    lists = []
    if shape.history:
        lists.append(_tracked(shape))
        if known.is_bulk:
            lists.append(_history(shape))
    if known.user_key != "Id" and shape.referring_to("users"):
        lists.append(
            _named("users", "User", known.user_key, lambda one: _ids(one, shape.referring_to("users"), USER_ID))
        )
    if known.account_key != "Id" and shape.history and shape.referring_to("accounts"):
        lists.append(_named("accounts", "Account", known.account_key, lambda one: _ids(one, (), ACCOUNT_ID)))
    return lists


def soql(fields: Sequence[str], sobject: str, where: str = "", order: str = "") -> str:
    """One question. All names in it have been checked."""
    words = ["SELECT", ", ".join(fields), "FROM", sobject]
    words += ["WHERE", where] if where else []
    words += ["ORDER BY", order] if order else []
    return " ".join(words)


def forms(shape: Shape) -> dict[str, str]:
    """The forms of what is asked for: an answer has every field, and a bulk one has them as text."""
    asked = [*shape.extra, *fields_of(shape.columns)]
    return dict.fromkeys(asked, "text|number|flag|empty") | dict.fromkeys(_ALWAYS, "text")


def _selected(shape: Shape, known: Company) -> list[str]:
    """Every field once; where accounts are not called by their id, also what they are called."""
    fields = [*_ALWAYS, *shape.extra, *fields_of(shape.columns)]
    if known.account_key != "Id":
        ids = [column.fields[0] for column in shape.referring_to("accounts")]
        ids += ["MasterRecordId"] if shape.table == "accounts" else []
        fields += [f"{related(field)}.{known.account_key}" for field in ids]
    return list(dict.fromkeys(fields))


def _literal(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def query(question: str, path: str = "queryAll") -> Ask:
    """The first page of its answer; with `queryAll` also of what was deleted or merged."""
    return Ask(f"{API}/{path}", params={"q": question})


def pages_by_link() -> JSONLinkPaginator:
    """Follows `nextRecordsUrl`, which is not there on the last page."""
    return JSONLinkPaginator("nextRecordsUrl")


def _whole(call: Call, told: Any) -> list[Record]:
    rows: list[Record] = []
    while told:
        rows += told["records"]
        if told["done"]:
            break
        following = Ask("services/" + told["nextRecordsUrl"].partition("/services/")[2])
        told = call(following)
    return rows


def _kept(rows: list[Record], wanted: set[str]) -> list[Record]:
    return [{name: row[name] for name in HISTORY_FIELDS} for row in rows if row["Field"] in wanted]


def _tracked(shape: Shape) -> Beside:
    """Which of the mapped fields have their changes recorded: one list, the same for all records."""
    wanted = set(fields_of(shape.columns))
    where = f"EntityDefinition.QualifiedApiName = '{shape.sobject}'"
    return Beside(
        "tracked",
        ask=lambda _: query(soql(("QualifiedApiName", "IsFieldHistoryTracked"), "FieldDefinition", where), "query"),
        select="records",
        paginator=pages_by_link,
        key=lambda one: "" if one["IsFieldHistoryTracked"] and one["QualifiedApiName"] in wanted else None,
        sought=lambda _: ("",),
        kept=lambda one: {"QualifiedApiName": one["QualifiedApiName"]},
    )


def _history(shape: Shape) -> Beside:
    """All changes of all records: bulk questions have no subquery."""
    wanted = history_names(fields_of(shape.columns))
    return Beside(
        "Histories",
        ask=lambda _: BulkQuery(soql((shape.history_of, *HISTORY_FIELDS), shape.history)),
        select="records",
        paginator=pages_by_link,
        key=lambda one: one[shape.history_of] if one["Field"] in wanted else None,
        sought=lambda one: (one["Id"],),
        kept=lambda one: {name: one[name] for name in HISTORY_FIELDS},
        when="whole",
    )


def _named(name: str, sobject: str, key: str, sought: Any) -> Beside:
    return Beside(
        name,
        ask=lambda _: query(soql(("Id", key), sobject, order="Id")),
        select="records",
        paginator=pages_by_link,
        key=lambda one: str(one["Id"]),
        sought=sought,
        kept=lambda one: {"Id": one["Id"], "key": one[key]},
    )


def _ids(record: Record, held_in: Sequence[Column], prefix: str) -> list[str]:
    """The ids that the record holds now in those columns, and those anywhere in its history."""
    now = [record.get(column.fields[0]) for column in held_in]
    once = chain.from_iterable((row["OldValue"], row["NewValue"]) for row in record.get("Histories") or ())
    return sorted({said for said in chain(now, once) if is_id(said, prefix)})
