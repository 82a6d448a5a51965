"""Salesforce's Bulk API 2.0: a question is accepted, worked on for a while, and answered as CSV in parts."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from copilot.sandbox.vendors.answers import parts, token
from copilot.sandbox.vendors.soql import Soql, SoqlError

_WORK = ("UploadComplete", "InProgress", "JobComplete")


@dataclass
class Job:
    """One question, when it was asked, and how often somebody asked how far it is."""

    question: Soql
    instant: datetime
    polls: int = 0

    @property
    def state(self) -> str:
        """How far it is."""
        return _WORK[min(self.polls, len(_WORK) - 1)]


class Jobs:
    """The questions that were asked. `rows` answers one as of an instant; a part has at most so many records."""

    def __init__(
        self,
        rows: Callable[[Soql, datetime], list[Callable[[], dict[str, Any]]]],
        now: Callable[[], datetime],
        most: int = 50_000,
    ) -> None:
        self.rows, self.now, self.most = rows, now, most
        self.jobs: dict[str, Job] = {}

    def routes(self, base: str) -> Sequence[Route]:
        """What it answers."""
        return (
            Route(f"{base}/jobs/query", self.make, methods=["POST"]),
            Route(f"{base}/jobs/query/{{id}}", self.look),
            Route(f"{base}/jobs/query/{{id}}/results", self.results),
        )

    async def make(self, request: Request) -> Response:
        """POST /jobs/query."""
        given = await request.json()
        try:
            question = Soql.read(given["query"])
        except SoqlError as error:
            return _refused(error)
        if question.children:
            return _refused(SoqlError("API_ERROR", "Bulk API 2.0 queries with subqueries are not supported"))
        name = f"750{len(self.jobs) + 1:015d}"
        self.jobs[name] = Job(question, self.now())
        return JSONResponse(self._shown(name))

    def look(self, request: Request) -> Response:
        """GET /jobs/query/:id."""
        name = request.path_params["id"]
        if name not in self.jobs:
            return _not_found()
        self.jobs[name].polls += 1
        return JSONResponse(self._shown(name))

    def results(self, request: Request) -> Response:
        """GET /jobs/query/:id/results."""
        job = self.jobs.get(request.path_params["id"])
        if job is None or job.state != "JobComplete":
            return _not_found()
        given = request.query_params
        begin = int(parts(given["locator"])[0]) if "locator" in given else 0
        most = min(int(given.get("maxRecords", self.most)), self.most)
        try:
            found = self._found(job)
        except SoqlError as error:
            return _refused(error)
        shown = found[begin : begin + most]
        following = token(str(begin + most)) if begin + most < len(found) else "null"
        headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(shown))}
        return Response(_csv(job.question.fields, shown), headers=headers, media_type="text/csv")

    def _found(self, job: Job) -> list[dict[str, str]]:
        return [dict(_flat(job.question.chosen(make()))) for make in self.rows(job.question, job.instant)]

    def _shown(self, name: str) -> dict[str, Any]:
        job = self.jobs[name]
        shown = {"id": name, "operation": "queryAll", "object": job.question.sobject, "state": job.state}
        if job.state == "JobComplete":
            return {**shown, "numberRecordsProcessed": len(self.rows(job.question, job.instant)), "retries": 0}
        return shown


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif name != "attributes":
            yield prefix + name, _text(value)


def _text(value: Any) -> str:
    """Nothing, flags and times as bulk answers write them."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).replace(".000+0000", ".000Z")


def _csv(fields: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="", extrasaction="ignore", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _refused(error: SoqlError) -> JSONResponse:
    return JSONResponse([{"errorCode": error.code, "message": str(error)}], 400)


def _not_found() -> JSONResponse:
    return JSONResponse([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404)
