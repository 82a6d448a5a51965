"""HubSpot's CRM API (v3, associations v4) over the company's CRM.

Lists, searches, batches, owners and associations, limits and refusals as
https://developers.hubspot.com/docs/api/crm/understanding-the-crm has them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from copilot.sandbox.vendors.crm_book import CrmBook
from copilot.sandbox.vendors.hubspot_kinds import KINDS, Kind, instant, record_id
from copilot.sandbox.vendors.hubspot_objects import Objects
from copilot.sandbox.vendors.hubspot_search import matching, meets
from copilot.sandbox.vendors.hubspot_updates import Refused, Updates
from copilot.sandbox.vendors.oauth import MAY_WRITE, OAuth
from copilot.sandbox.vendors.shelf import Held

_MOST_LISTED, _MOST_SEARCHED, _MOST_WITH_HISTORY, _MOST_ASSOCIATED = 100, 200, 50, 1000
# What the company's properties are called: the options of a source that reads it.
OPTIONS = {
    "account_fields": "account_id=account_key; segment=segment; tier=service_tier; region=region;"
    " currency=account_currency; created_on=customer_since",
    "contact_fields": "contact_id=contact_key; is_champion=is_champion; last_seen_at=last_seen;"
    " created_on=person_since",
    "user_fields": "csm_id=employee_number; manager_id=manager_number; send_hour=digest_hour; created_on=person_since",
    "opportunity_fields": "opportunity_id=deal_key",
    "activity_fields": "interaction_id=touch_key; outcome=touch_outcome",
    "sentiment_object": "p4711_sentiment",
    "sentiment_fields": "sentiment_id=sentiment_key; account_id=account_key; rated_at=rated_at",
    "milestone_object": "p4711_milestone",
    "milestone_fields": "milestone_id=milestone_key",
}


class HubSpot:
    """The CRM as it is at `now()`. A search goes no further than its `most_found`th result."""

    def __init__(self, directory: Path, now: Callable[[], datetime], most_found: int = 10_000) -> None:
        self.updates = Updates()
        self.objects = Objects(CrmBook(directory, now), self.updates.written)
        self.now, self.most_found = now, most_found

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (
            Route("/crm/v3/owners", self.owners),
            Route("/crm/v3/objects/{type}", self.listed),
            Route("/crm/v3/objects/{type}/search", self.search, methods=["POST"]),
            Route("/crm/v3/objects/{type}/batch/read", self.batch, methods=["POST"]),
            Route("/crm/v3/objects/companies/batch/update", self.update, methods=["POST"]),
            Route("/crm/v4/associations/{type}/companies/batch/read", self.associated, methods=["POST"]),
        )

    def listed(self, request: Request) -> Response:
        """GET /crm/v3/objects/:type, by number."""
        given, kind = request.query_params, _kind(request)
        names, historic = (_names(given.getlist(name)) for name in ("properties", "propertiesWithHistory"))
        limit, most = int(given.get("limit", 10)), _MOST_WITH_HISTORY if historic else _MOST_LISTED
        if kind is None or limit > most:
            return self._refused(kind, f"The limit must not exceed {most}")
        now, after = self.now(), int(given.get("after", 0))
        # Nothing of this company was ever deleted.
        every = [] if given.get("archived") == "true" else sorted(map(int, self.objects.held(kind, now)))
        left = [number for number in every if number > after]
        page = [self.objects.shown(kind, str(number), now, names, historic) for number in left[:limit]]
        return self._answer(_paged(page, str(left[limit - 1]) if len(left) > limit else None))

    async def search(self, request: Request) -> Response:
        """POST /crm/v3/objects/:type/search: what was changed since then, oldest change first."""
        given, kind = await request.json(), _kind(request)
        limit, after = int(given.get("limit", 10)), int(given.get("after", 0))
        if kind is None or limit > _MOST_SEARCHED:
            return self._refused(kind, f"The limit must not exceed {_MOST_SEARCHED}")
        if after + limit > self.most_found:
            return self._refused(kind, f"There was a problem with the request: paging beyond {self.most_found}")
        now = self.now()
        changed = [(held.changed_at, int(number)) for number, (_, held) in self.objects.held(kind, now).items()]
        try:
            found = matching(given, kind.modified, changed) if "sorts" in given else self._meeting(given, kind, now)
        except (KeyError, IndexError, ValueError):
            return self._refused(kind, "Invalid input JSON: the sandbox searches by time of change and by number only")
        page = found[after : after + limit]
        results = [self.objects.shown(kind, str(number), now, given.get("properties", ())) for number in page]
        body = _paged(results, str(after + limit) if after + limit < len(found) else None)
        return self._answer({"total": len(found), **body})

    def _meeting(self, given: Any, kind: Kind, now: datetime) -> list[int]:
        """The numbers of the records that meet conditions on their properties."""
        names = {one["propertyName"] for one in given["filterGroups"][0]["filters"]}
        found = []
        for number in self.objects.held(kind, now):
            one = self.objects.shown(kind, number, now, names)
            if meets(given, {**one["properties"], "createdate": one["createdAt"]}):
                found.append(int(number))
        return found

    async def batch(self, request: Request) -> Response:
        """POST /crm/v3/objects/:type/batch/read."""
        given, kind = await request.json(), _kind(request)
        historic = given.get("propertiesWithHistory") or []
        most = _MOST_WITH_HISTORY if historic else _MOST_LISTED
        if kind is None or len(given["inputs"]) > most:
            return self._refused(kind, f"The maximum number of inputs supported in a batch request is {most}")
        now = self.now()
        said = [str(one["id"]) for one in given["inputs"]]
        if by := given.get("idProperty"):
            numbers = self.objects.numbers(kind, by, now)
            said = [numbers.get(one, one) for one in said]
        asked = dict.fromkeys(self.objects.current(kind, one, now) for one in said)
        there = self.objects.held(kind, now)
        results = [
            self.objects.shown(kind, one, now, given.get("properties", ()), historic) for one in asked if one in there
        ]
        return self._batch(results, [one for one in asked if one not in there])

    def _batch(self, results: Sequence[Any], gone: Sequence[str]) -> Response:
        """What there is, and which are not there."""
        body = self._completed(results)
        if gone:
            error = {"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": gone}}
            body |= {"numErrors": 1, "errors": [{**error, "message": "Could not get some objects"}]}
        return self._answer(body, 207 if gone else 200)

    async def update(self, request: Request) -> Response:
        """POST /crm/v3/objects/companies/batch/update."""
        if not request.scope.get(MAY_WRITE):
            missing = "This app hasn't been granted all required scopes to make this call."
            scopes = {"requiredGranularScopes": ["crm.objects.companies.write"]}
            return self._answer({**_error(missing, "MISSING_SCOPES"), "errors": [{"context": scopes}]}, 403)
        now, kind = self.now(), KINDS[0]
        try:
            done, gone = self.updates.update((await request.json())["inputs"], self.objects.held(kind, now))
        except Refused as error:
            return self._answer(_error(str(error), error.category), 400)
        return self._batch([self.objects.shown(kind, one, now, ()) for one in done], gone)

    async def associated(self, request: Request) -> Response:
        """POST /crm/v4/associations/:type/companies/batch/read."""
        given, kind = await request.json(), _kind(request)
        if kind is None or not kind.is_associated or len(given["inputs"]) > _MOST_ASSOCIATED:
            return self._refused(kind, f"The maximum number of inputs is {_MOST_ASSOCIATED}")
        there = self.objects.held(kind, self.now())
        asked = [str(one["id"]) for one in given["inputs"] if str(one["id"]) in there]
        companies = {one: record_id("accounts", there[one][1].now["account_id"]) for one in asked}
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 182, "label": None}]
        results = [
            {"from": {"id": one}, "to": [{"toObjectId": company, "associationTypes": types}]}
            for one, company in companies.items()
        ]
        return self._answer(self._completed(results))

    def owners(self, request: Request) -> Response:
        """GET /crm/v3/owners: those who left are archived, and no user's any more."""
        is_archived = request.query_params.get("archived") == "true"
        held = self.objects.book.held("users", self.now())
        return self._answer(
            {"results": [_owner(*one) for one in held.items() if one[1].now["is_active"] != is_archived]}
        )

    def _completed(self, results: Sequence[Any]) -> dict[str, Any]:
        """What a batch came to, and when."""
        at = instant(self.now())
        return {"status": "COMPLETE", "results": list(results), "startedAt": at, "completedAt": at}

    def _answer(self, body: Any, status: int = 200) -> Response:
        """With HubSpot's own time, by which who reads it goes on."""
        date = format_datetime(self.now().astimezone(UTC), usegmt=True)
        return JSONResponse(body, status, {"Date": date})

    def _refused(self, kind: Kind | None, message: str) -> Response:
        if kind is None:
            return self._answer(_error("Unable to infer object type", "OBJECT_NOT_FOUND"), 404)
        return self._answer(_error(message, "VALIDATION_ERROR"), 400)


def door(key: str, client_id: str = "", client_secret: str = "") -> OAuth:
    """By a private app's key, or by an app's token."""
    return OAuth(
        "/oauth/v1/token",
        client_id or "no app",
        client_secret or key,
        no_grant=lambda: JSONResponse(_error("missing or invalid refresh token", "BAD_REFRESH_TOKEN"), 400),
        no_token=lambda: JSONResponse(_error("Authentication credentials not found.", "INVALID_AUTHENTICATION"), 401),
        lasting=frozenset({key}),
    )


def _error(message: str, category: str) -> dict[str, str]:
    return {"status": "error", "message": message, "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf"} | {
        "category": category
    }


def _owner(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    number = int(record_id("users", key))
    return {
        "id": record_id("owners", key),
        "email": now["email"],
        "type": "PERSON",
        "firstName": str(now["full_name"]).split(" ", 1)[0],
        "lastName": [*str(now["full_name"]).split(" ", 1), ""][1],
        "userId": number if now["is_active"] else None,
        "userIdIncludingInactive": number,
        "createdAt": instant(held.created_at),
        "updatedAt": instant(held.changed_at),
        "archived": not now["is_active"],
    }


def _kind(request: Request) -> Kind | None:
    return next((kind for kind in KINDS if kind.type == request.path_params["type"]), None)


def _names(said: Iterable[str]) -> list[str]:
    """Names with commas between them, or each in a parameter of its own: both are understood."""
    return [name for names in said for name in names.split(",") if name]


def _paged(results: Iterable[Any], after: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"results": list(results)}
    return {**body, "paging": {"next": {"after": after, "link": f"?after={after}"}}} if after else body
