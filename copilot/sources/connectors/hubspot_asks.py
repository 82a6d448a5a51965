"""The questions to HubSpot: everything as lists with the history of each property, then by search what was changed.

https://developers.hubspot.com/docs/api/crm/understanding-the-crm, …/crm/search, …/crm/associations. A search gives no
history and no association: both are asked for afterwards, for a page at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, compress, islice
from typing import Any

from copilot.sources.api.connector import Ask, Beside, Call, Complete, Record, Since
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.connectors.hubspot_company import OWNER_FIELDS, RECORD_ID, Company, Shape
from copilot.sources.connectors.hubspot_paging import HubSpotPaginator, milliseconds

OWNERS = "crm/v3/owners"
_MOST_A_PAGE = 100
# Fewer when the history of properties is asked for.
_MOST_WITH_HISTORY = 50


def ask(shape: Shape, since: Since) -> Ask:
    """All objects, and then all archived ones, at first; else those that were changed since then."""
    path = f"crm/v3/objects/{shape.object}"
    if not isinstance(since, datetime):
        return listed(path, shape.properties, shape.historic)
    changed = {"propertyName": shape.modified, "operator": "GTE", "value": str(milliseconds(since))}
    question = {
        "filterGroups": [{"filters": [changed]}],
        "sorts": [{"propertyName": shape.modified, "direction": "ASCENDING"}],
        "properties": shape.properties,
        "limit": _MOST_A_PAGE,
    }
    return Ask(f"{path}/search", "POST", json=question)


def listed(path: str, properties: Iterable[str], historic: Sequence[str] = ()) -> Ask:
    """The first page of a list."""
    named = {"properties": ",".join(properties), "propertiesWithHistory": ",".join(historic)}
    params = {"archived": "false", "limit": _MOST_WITH_HISTORY if historic else _MOST_A_PAGE}
    return Ask(path, params=params | {name: value for name, value in named.items() if value})


def complete(shape: Shape) -> Complete:
    """Puts into each record what its answer could not hold: the history, and the company that it is associated with."""

    def completed(call: Call, records: list[Record]) -> list[Record]:
        if shape.has_history:
            records = list(_with_history(shape, call, records))
        if shape.is_associated:
            companies = _companies(shape, call, [str(one["id"]) for one in records])
            records = [{**one, "company": companies.get(str(one["id"]))} for one in records]
        return records

    return completed


def beside(shape: Shape, known: Company) -> list[Beside]:
    """What a record's ids mean, where accounts or users are not called by them."""
    lists = []
    if known.account_key != RECORD_ID and (shape.is_associated or shape.referring_to("accounts")):
        lists.append(_accounts(shape, known))
    if known.user_key != "id" and shape.referring_to("users"):
        lists += [_owners(shape), staff(known, lambda one: [owner["user"] for owner in one["owners"]])]
    return lists


def staff(known: Company, sought: Any) -> Beside:
    """The user objects, by the number that owners name: they have what the company says of its people."""
    names = {known.user_key, *(field for column in known.users for field in column.fields)} - OWNER_FIELDS
    wanted = sorted({*names, "hs_internal_user_id"})
    return Beside(
        "staff",
        ask=lambda _: listed("crm/v3/objects/users", wanted),
        select="results",
        paginator=HubSpotPaginator,
        key=lambda one: one["properties"].get("hs_internal_user_id"),
        sought=sought,
        kept=lambda one: {**one["properties"], "updatedAt": one["updatedAt"]},
    )


def user_number(owner: Mapping[str, Any]) -> str:
    """The number of the user that the owner is or was; empty for an owner that never was one."""
    return str(owner.get("userId") or owner.get("userIdIncludingInactive") or "")


def _accounts(shape: Shape, known: Company) -> Beside:
    def sought(record: Record) -> list[str]:
        return _ids(record, shape.referring_to("accounts"), [record.get("company")])

    return Beside(
        "companies",
        ask=lambda _: listed("crm/v3/objects/companies", [known.account_key]),
        select="results",
        paginator=HubSpotPaginator,
        key=lambda one: str(one["id"]),
        sought=sought,
        kept=lambda one: {"id": str(one["id"]), "key": one["properties"].get(known.account_key)},
    )


def _owners(shape: Shape) -> Beside:
    return Beside(
        "owners",
        ask=lambda _: listed(OWNERS, ()),
        select="results",
        paginator=HubSpotPaginator,
        key=lambda one: str(one["id"]),
        sought=lambda record: _ids(record, shape.referring_to("users"), ()),
        kept=lambda one: {"id": str(one["id"]), "user": user_number(one)},
    )


def _ids(record: Record, properties: Iterable[str], others: Iterable[Any]) -> list[str]:
    """What the properties hold, and ever held."""
    told = record.get("propertiesWithHistory") or {}
    once = (one["value"] for name in properties for one in told.get(name) or ())
    now = (record["properties"].get(name) for name in properties)
    return sorted({str(one) for one in chain(now, once, others) if one})


def _with_history(shape: Shape, call: Call, records: list[Record]) -> Iterator[Record]:
    is_listed = [one["archived"] or "propertiesWithHistory" in one for one in records]
    yield from compress(records, is_listed)
    left = iter([str(one["id"]) for one, was in zip(records, is_listed, strict=True) if not was])
    while ids := list(islice(left, _MOST_WITH_HISTORY)):
        question = {
            "inputs": [{"id": one} for one in ids],
            "properties": shape.properties,
            "propertiesWithHistory": shape.historic,
        }
        answer = call(Ask(f"crm/v3/objects/{shape.object}/batch/read", "POST", json=question))
        yield from _believed(shape, answer, set(ids))


def _believed(shape: Shape, answer: Mapping[str, Any], asked: set[str]) -> list[Record]:
    """The records of a batch. One may have been archived since the search, or be another since it was merged."""
    found = [one for one in answer["results"] if isinstance(one, dict)]
    got = {str(one["id"]) for one in found}
    gone = {
        str(one)
        for error in answer.get("errors") or ()
        if error.get("category") == "OBJECT_NOT_FOUND"
        for one in (error.get("context") or {}).get("ids") or ()
    }
    if len(asked - got - gone) > len(got - asked):
        raise UntrustworthyPage(f"{shape.stream}: HubSpot gave {len(got)} of {len(asked)} records that it had found")
    return found


def _companies(shape: Shape, call: Call, ids: list[str]) -> dict[str, str]:
    """The company of each, where it has one: the first that HubSpot names, if there are several."""
    if not ids:
        return {}
    path = f"crm/v4/associations/{shape.object}/companies/batch/read"
    answer = call(Ask(path, "POST", json={"inputs": [{"id": one} for one in ids]}))
    return {str(one["from"]["id"]): str(one["to"][0]["toObjectId"]) for one in answer["results"] if one.get("to")}
