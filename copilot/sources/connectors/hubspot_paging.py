"""How HubSpot turns pages: lists by a cursor, searches by an offset that shifts under who reads them.

A search ends at its 10,000th result, and what changes while it is read moves to its end, so that others move up and
are missed. So each page of a search asks anew for what changed since the last record; and where a page holds nothing
but one instant, all of that instant by number, for which an order is certain too.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Request, Response

from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.history import needed_instant

_NUMBER = "hs_object_id"


class HubSpotPaginator(BasePaginator):
    """Searches where the first request is a search; else lists what there is, and then what was archived."""

    def __init__(self) -> None:
        super().__init__()
        self._after: str | None = None
        self._last: dict[str, Any] | None = None
        self._is_archive_next = False
        self._is_within_an_instant = False

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Whether there is more."""
        following = (response.json().get("paging") or {}).get("next") or {}
        self._after = following.get("after")
        self._last = data[-1] if data else None
        if response.request.method == "GET":
            archived = parse_qs(urlsplit(str(response.request.url)).query).get("archived", ["true"])
            self._is_archive_next = self._after is None and archived == ["false"]
        self._has_next_page = self._after is not None or self._is_archive_next or self._is_within_an_instant

    def update_request(self, request: Request) -> None:
        """The next question. Raises UntrustworthyPage where there is said to be more after nothing."""
        question: Any = request.json
        params: Any = request.params
        if not self._has_next_page:
            return
        if request.method == "POST":
            self._search_on(question)
        elif self._is_archive_next:
            # HubSpot promises no history of what is archived: its past was told while it was there.
            others = {name: value for name, value in params.items() if name not in ("after", "propertiesWithHistory")}
            request.params = {**others, "archived": "true"}
        else:
            request.params = {**params, "after": self._after}

    def _search_on(self, question: dict[str, Any]) -> None:
        """Since the last record; through one instant by number; and then since after that instant."""
        conditions = question["filterGroups"][0]["filters"]
        changed = conditions[0]
        if self._is_within_an_instant:
            if self._after is not None:
                conditions[1]["value"] = str(self._the_last()["id"])
                return
            self._is_within_an_instant = False
            _ask(question, changed["propertyName"], _condition(changed["propertyName"], "GT", changed["value"]))
            return
        last = milliseconds(needed_instant(self._the_last()["properties"][changed["propertyName"]]))
        if last > int(changed["value"]):
            changed |= {"operator": "GTE", "value": str(last)}
            return
        self._is_within_an_instant = True
        at_once = {**changed, "operator": "BETWEEN", "highValue": changed["value"]}
        _ask(question, _NUMBER, at_once, _condition(_NUMBER, "GT", "0"))

    def _the_last(self) -> dict[str, Any]:
        if self._last is None:
            raise UntrustworthyPage("HubSpot's search gave an empty page and says that there is more")
        return self._last


def milliseconds(instant: Any) -> int:
    """Since 1970: what searches compare times by."""
    return int(instant.timestamp() * 1000)


def _condition(name: str, operator: str, value: str) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "value": value}


def _ask(question: dict[str, Any], order: str, *conditions: dict[str, Any]) -> None:
    question["filterGroups"] = [{"filters": list(conditions)}]
    question["sorts"] = [{"propertyName": order, "direction": "ASCENDING"}]
