"""Salesforce's REST API (v62.0) over the company's CRM: SOQL with pages, field history, and Bulk API 2.0 questions.

Paths, paging and refusals as https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ has them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from copilot.sandbox.vendors.answers import parts, token
from copilot.sandbox.vendors.crm_book import CrmBook
from copilot.sandbox.vendors.oauth import OAuth
from copilot.sandbox.vendors.salesforce_collections import Collections
from copilot.sandbox.vendors.salesforce_jobs import Jobs
from copilot.sandbox.vendors.salesforce_kinds import KINDS, Kind
from copilot.sandbox.vendors.salesforce_objects import changes, record, sf_id
from copilot.sandbox.vendors.shelf import Held
from copilot.sandbox.vendors.soql import Count, Soql, SoqlError

DATA = "/services/data/v62.0"
# What the company's fields are called: the options of a source that reads it.
OPTIONS = {
    "account_fields": "account_id=Account_Key__c; segment=Segment__c; tier=Tier__c; region=Region__c;"
    " currency=CurrencyIsoCode; created_on=Customer_Since__c",
    "contact_fields": "contact_id=Contact_Key__c; is_champion=Is_Champion__c; last_seen_at=Last_Seen__c;"
    " created_on=Since__c",
    "user_fields": "csm_id=EmployeeNumber; send_hour=Digest_Hour__c; created_on=Since__c",
    "opportunity_fields": "opportunity_id=Opportunity_Key__c; currency=CurrencyIsoCode",
    "activity_fields": "interaction_id=Interaction_Key__c; occurred_at=Occurred_At__c; outcome=Outcome__c",
    "sentiment_object": "Sentiment__c",
    "sentiment_fields": "sentiment_id=Sentiment_Key__c; rated_at=Rated_At__c",
    "sentiment_history": "yes",
    "milestone_object": "Milestone__c",
    "milestone_fields": "milestone_id=Milestone_Key__c",
    # The make-believe history is kept for ever.
    "history_since": "2000-01-01",
}


Make = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where a page begins: in the answer to a question as of an instant, or among the changes `of` one record."""

    soql: str
    is_all: bool
    at: datetime
    begin: int = 0
    of: str = ""

    @classmethod
    def read(cls, said: str) -> Self:
        """Raises ValueError for what we never gave."""
        soql, which, at, begin, of = parts(said)
        return cls(soql, which == "all", datetime.fromisoformat(at), int(begin), of)

    def __str__(self) -> str:
        return token(self.soql, "all" if self.is_all else "", self.at.isoformat(), str(self.begin), self.of)


class Salesforce:
    """The CRM as it is at `now()`. An answer has at most so many records, and so many changes of each."""

    def __init__(self, directory: Path, now: Callable[[], datetime], most: int = 2000, most_changes: int = 200) -> None:
        self.book = CrmBook(directory, now)
        self.most, self.most_changes = most, most_changes
        self.jobs = Jobs(self._rows, now)
        self.collections = Collections(self._there)
        self._cached = lru_cache(maxsize=len(KINDS))(self._held)

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (
            *(Route(f"{DATA}/{name}", self.ask) for name in ("query", "query/", "queryAll", "queryAll/")),
            Route(f"{DATA}/query/{{place}}", self.go_on),
            Route(f"{DATA}/composite/sobjects", self.collections.update, methods=["PATCH"]),
            *self.jobs.routes(DATA),
        )

    def ask(self, request: Request) -> Response:
        """GET /query and /queryAll: the first page."""
        is_all = request.url.path.rstrip("/").endswith("queryAll")
        return self._answer(request, Place(request.query_params.get("q", ""), is_all, self.book.now()))

    def go_on(self, request: Request) -> Response:
        """GET /query/:place: the next page, or more changes of one record."""
        try:
            return self._answer(request, Place.read(request.path_params["place"]))
        except ValueError:
            return refusal(SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator"))

    def _answer(self, request: Request, place: Place) -> Response:
        base = f"{request.scope.get('root_path', '')}{DATA}/query/"
        try:
            count = Count.read(place.soql)
            if count is not None:
                return JSONResponse(self._counted(count, place))
            question = Soql.read(place.soql)
            page = self._changes(question, place, base) if place.of else self._records(question, place, base)
        except SoqlError as error:
            return refusal(error)
        return JSONResponse(page)

    def _counted(self, count: Count, place: Place) -> dict[str, Any]:
        """A number, and no record."""
        every = self._rows(Soql(count.sobject, ()), place.at, place.is_all)
        return {"totalSize": sum(count.holds(make()) for make in every), "done": True, "records": []}

    def _records(self, question: Soql, place: Place, base: str) -> dict[str, Any]:
        page = _page(self._rows(question, place.at, place.is_all), place, self.most, base)
        for number, make in enumerate(page["records"]):
            whole = make()
            page["records"][number] = question.chosen(whole)
            if question.children:
                told = self._changes(question, replace(place, of=str(whole["Id"]), begin=0), base)
                page["records"][number][question.children.sobject] = told if told["totalSize"] else None
        return page

    def _changes(self, question: Soql, place: Place, base: str) -> dict[str, Any]:
        """The history of one record, from there on."""
        kind = kind_of(question.sobject)
        if not kind.history or question.children is None:
            raise SoqlError("INVALID_FIELD", "Didn't understand relationship 'Histories' in FROM part of query call.")
        found = list(changes(kind, *self._by_id(kind, place.at)[place.of], self.book, place.at))
        page = _page(found, place, self.most_changes, base)
        return {**page, "records": [question.children.chosen(one) for one in page["records"]]}

    def _by_id(self, kind: Kind, instant: datetime) -> dict[str, tuple[str, Held]]:
        """The records of a kind by what Salesforce calls them."""
        return self._cached(KINDS.index(kind), self.book.n_changes(kind.table, instant))

    def _held(self, which: int, n_changes: int) -> dict[str, tuple[str, Held]]:
        kind = KINDS[which]
        found = self.book.after(kind.table, n_changes)
        return {sf_id(kind.prefix, key): (key, held) for key, held in found.items() if kind.holds(held.now)}

    def _rows(self, question: Soql, instant: datetime, is_all: bool = True) -> list[Make]:
        """Everything that the question asks for, yet to be made, by time of change and id."""
        if question.sobject == "FieldDefinition":
            kind = kind_of(question.equals[1] if question.equals else "")
            names = [*kind.fields, *kind.lookups]
            defined = ({"QualifiedApiName": one, "IsFieldHistoryTracked": one in kind.tracked} for one in names)
            return [partial(dict, one) for one in defined]
        of_history = next((kind for kind in KINDS if kind.history == question.sobject), None)
        if of_history:
            every = self._by_id(of_history, instant).values()
            told = (changes(of_history, key, held, self.book, instant) for key, held in every)
            return [partial(dict, row) for row in chain.from_iterable(told)]
        kind, since = kind_of(question.sobject), question.since
        found = [
            (held.changed_at, record_id, key, held)
            for record_id, (key, held) in self._by_id(kind, instant).items()
            if (since is None or held.changed_at >= since) and (is_all or not held.now.get("merged_into_account_id"))
            if question.among is None or _called(kind, question.among[0], record_id, held) in question.among[1]
        ]
        ordered = sorted(found, key=lambda one: one[:2])
        return [partial(self._record, kind, key, held, instant) for _, _, key, held in ordered]

    def _record(self, kind: Kind, key: str, held: Held, instant: datetime) -> dict[str, Any]:
        """All fields of one record, with what integrations wrote into it."""
        found = record(kind, key, held, self.book, instant)
        return {**found, **self.collections.written.of(found["Id"])} if kind.table == "accounts" else found

    def _there(self) -> set[str]:
        """The ids of the accounts that can be changed."""
        every = self._by_id(kind_of("Account"), self.book.now()).items()
        return {record_id for record_id, (_, held) in every if not held.now.get("merged_into_account_id")}


def _called(kind: Kind, field: str, record_id: str, held: Held) -> Any:
    """What one of the fields by which a record can be asked for says."""
    return record_id if field == "Id" else kind.fields[field](held.now)


def _page(found: Sequence[Any], place: Place, most: int, base: str) -> dict[str, Any]:
    end = place.begin + most
    page = {"totalSize": len(found), "done": end >= len(found), "records": list(found[place.begin : end])}
    return page if page["done"] else {**page, "nextRecordsUrl": f"{base}{replace(place, begin=end)}"}


def door(client_id: str, client_secret: str) -> OAuth:
    """The connected app by which it is entered."""
    wrong = {"error": "invalid_client", "error_description": "invalid client credentials"}
    expired = SoqlError("INVALID_SESSION_ID", "Session expired or invalid")
    return OAuth(
        "/services/oauth2/token",
        client_id,
        client_secret,
        no_grant=lambda: JSONResponse(wrong, 400),
        no_token=lambda: refusal(expired, 401),
        also=lambda request: {"instance_url": str(request.base_url).rstrip("/")},
    )


def refusal(error: SoqlError, status: int = 400) -> JSONResponse:
    """As Salesforce says no."""
    return JSONResponse([{"message": str(error), "errorCode": error.code}], status)


def kind_of(name: str) -> Kind:
    """The object of that name. Raises SoqlError."""
    found = next((kind for kind in KINDS if kind.name == name), None)
    if found is None:
        raise SoqlError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return found
