"""Reads HubSpot with HubSpot's own client, as its author would, and says what the client knows of the answers."""

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    BatchInputPublicFetchAssociationsBatchRequest,
    PublicFetchAssociationsBatchRequest,
)
from hubspot.crm.objects import (
    BatchReadInputSimplePublicObjectId,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectId,
)

_MOST_WITH_HISTORY, _MOST = 50, 100
# Milliseconds since 1970: the year 2100.
_FAR = 4_102_444_800_000
_PACKAGES = ("hubspot.crm.objects", "hubspot.crm.owners", "hubspot.crm.associations.v4")
complaints: set[str] = set()


def watch(package: str) -> None:
    """Compare what was said with what is left of it when the client has understood it."""
    client = importlib.import_module(package).ApiClient
    understand = client.deserialize

    def watched(self: Any, response: Any, form: str) -> Any:
        understood = understand(self, response, form)
        complaints.update(lost(json.loads(response.data), self.sanitize_for_serialization(understood), form))
        return understood

    client.deserialize = watched


def lost(said: Any, understood: Any, path: str) -> Iterator[str]:
    """What the client does not know, or takes for something else."""
    if isinstance(said, dict) and isinstance(understood, dict):
        for name, value in said.items():
            if value is not None and name not in understood:
                yield f"{path}.{name} is unknown"
            elif value is not None:
                yield from lost(value, understood[name], f"{path}.{name}")
    elif isinstance(said, list) and isinstance(understood, list):
        for one, other in zip(said, understood, strict=True):
            yield from lost(one, other, f"{path}[]")
    elif type(said) is not type(understood):
        yield f"{path} is {type(said).__name__} and not {type(understood).__name__}"


class Reader:
    """The client, and the records that it found."""

    def __init__(self, given: dict[str, Any]) -> None:
        # It forgives a field that is missing, unless it is told not to.
        self.crm = HubSpot(access_token=given["key"], host=given["url"], client_side_validation=True).crm
        self.objects = self.crm.objects

    def listed(self, kind: str, names: list[str], with_history: bool) -> list[dict[str, Any]]:
        """Every object of a kind, by page."""
        history = {"properties_with_history": names} if with_history else {}
        after, found = {}, []
        while True:
            page = self.objects.basic_api.get_page(
                kind,
                limit=_MOST_WITH_HISTORY if with_history else _MOST,
                properties=names,
                archived=False,
                **history,
                **after,
            )
            found += page.results
            if page.paging is None:
                return [one.to_dict() for one in found]
            after = {"after": page.paging.next.after}

    def changed(self, kind: str, names: list[str], modified: str, since: int) -> list[str]:
        """What was changed since then, in the order of change: the ids."""
        return self._found(kind, names, modified, [Filter(property_name=modified, operator="GTE", value=str(since))])

    def changed_within(self, kind: str, names: list[str], modified: str, since: int) -> list[str]:
        """The same, by number."""
        within = Filter(property_name=modified, operator="BETWEEN", value=str(since), high_value=str(_FAR))
        every = Filter(property_name="hs_object_id", operator="GT", value="0")
        return self._found(kind, names, "hs_object_id", [within, every])

    def _found(self, kind: str, names: list[str], order: str, conditions: list[Filter]) -> list[str]:
        after, found = {}, []
        while True:
            question = PublicObjectSearchRequest(
                filter_groups=[FilterGroup(filters=conditions)],
                sorts=[{"propertyName": order, "direction": "ASCENDING"}],
                properties=names,
                limit=_MOST,
                **after,
            )
            page = self.objects.search_api.do_search(kind, question)
            found += page.results
            if page.paging is None:
                assert len(found) == page.total
                return [one.id for one in found]
            after = {"after": page.paging.next.after}

    def with_history(self, kind: str, names: list[str], ids: list[str]) -> int:
        """How many values the properties of these objects ever had."""
        inputs = [SimplePublicObjectId(id=one) for one in ids]
        question = BatchReadInputSimplePublicObjectId(inputs=inputs, properties=names, properties_with_history=names)
        answer = self.objects.batch_api.read(kind, question)
        assert sorted(one.id for one in answer.results) == sorted(ids)
        return sum(len(told) for one in answer.results for told in one.properties_with_history.values())

    def companies(self, kind: str, ids: list[str]) -> dict[str, str]:
        """The company of each."""
        inputs = [PublicFetchAssociationsBatchRequest(id=one) for one in ids]
        question = BatchInputPublicFetchAssociationsBatchRequest(inputs=inputs)
        answer = self.crm.associations.v4.batch_api.get_page(kind, "companies", question)
        return {one._from.id: one.to[0].to_object_id for one in answer.results}

    def owners(self) -> list[dict[str, Any]]:
        """Who has a seat."""
        return [one.to_dict() for one in self.crm.owners.owners_api.get_page(limit=_MOST, archived=False).results]


def main() -> None:
    """Say for each kind what was found."""
    given = json.load(sys.stdin)
    for package in _PACKAGES:
        watch(package)
    reader, found = Reader(given), {}
    for kind, names in given["kinds"].items():
        modified = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
        found[kind] = reader.listed(kind, names, with_history=False)
        told = reader.listed(kind, names, with_history=True)
        assert [one["id"] for one in told] == [one["id"] for one in found[kind]]
        changed = reader.changed(kind, names, modified, given["since"])
        assert sorted(reader.changed_within(kind, names, modified, given["since"])) == sorted(changed)
        found[f"{kind} told"] = reader.with_history(kind, names, changed[:_MOST_WITH_HISTORY])
    for kind in given["associated"]:
        ids = [one["id"] for one in found[kind]]
        of = [reader.companies(kind, ids[at : at + _MOST]) for at in range(0, len(ids), _MOST)]
        found[f"{kind} of"] = {one: company for part in of for one, company in part.items()}
    found["owners"] = reader.owners()
    json.dump({"found": found, "wrong": sorted(complaints)}, sys.stdout, default=str)


main()
