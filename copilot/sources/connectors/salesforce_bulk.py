"""A question that Salesforce answers in the background (Bulk API 2.0): asked, waited for, and given as CSV, in parts.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from dlt.sources.helpers.rest_client.client import RESTClient
from requests import Response

from copilot.sources.api.connector import Record
from copilot.sources.api.faults import SourceRefused, UntrustworthyPage
from copilot.sources.api.session import Deadline, PatientSession

API = "services/data/v62.0"
# One part is held in memory.
_MOST_A_PART = 20_000
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, _LONGER = 1.0, 30.0, 1.5
_LAST_PART = "null"


@dataclass(frozen=True)
class BulkQuery:
    """All records that the SOQL asks for, also deleted ones."""

    soql: str

    def answers(self, client: RESTClient) -> Iterator[tuple[Response, list[Record]]]:
        """Each part with its records. Raises SourceSlow, SourceRefused, UntrustworthyPage."""
        made = client.post(f"{API}/jobs/query", json={"operation": "queryAll", "query": self.soql})
        path = f"{API}/jobs/query/{_object(made)['id']}"
        n_declared, n_found, parts = _waited_for(client, path), 0, {""}
        locator = ""
        while locator != _LAST_PART:
            response = client.get(f"{path}/results", params=_part(locator))
            records = _records(response)
            n_found += len(records)
            yield response, records
            locator = response.headers.get("Sforce-Locator", _LAST_PART)
            if locator in parts:
                raise UntrustworthyPage(f"{path}: the vendor gives the same part again: nothing of it was taken")
            parts.add(locator)
        if n_found < n_declared:
            raise UntrustworthyPage(f"{path}: the vendor says that there are {n_declared} records and gave {n_found}")


def _waited_for(client: RESTClient, path: str) -> int:
    """How many records the finished job found."""
    deadline = _deadline(client)
    host, wait = urlsplit(str(client.base_url)).netloc, _FIRST_WAIT_SECONDS
    while True:
        job = _object(client.get(path))
        if job["state"] == "JobComplete":
            return int(job.get("numberRecordsProcessed") or 0)
        if job["state"] in ("Failed", "Aborted"):
            raise SourceRefused(f"{host}: {path} is {job['state']}: {job.get('errorMessage') or 'without a word'}")
        deadline.check(host)
        deadline.sleep(min(wait, max(deadline.left, 0.0)))
        wait = min(wait * _LONGER, _LONGEST_WAIT_SECONDS)


def _deadline(client: RESTClient) -> Deadline:
    return cast(PatientSession, client.session).deadline


def _object(response: Response) -> Mapping[str, Any]:
    """The JSON object of an answer about the job."""
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or not {"id", "state"} <= set(found):
        raise UntrustworthyPage("Salesforce says nothing of the job that was asked for: it is asked again next time")
    return found


def _part(locator: str) -> dict[str, Any]:
    return {"maxRecords": _MOST_A_PART, **({"locator": locator} if locator else {})}


def _records(response: Response) -> list[Record]:
    """The records of one part, in the form of the REST API: related fields as objects, and null for what is empty."""
    rows = csv.DictReader(io.StringIO(response.content.decode(), newline=""), restkey="", strict=True)
    try:
        found = [_nested(row) for row in rows]
    except csv.Error as error:
        raise UntrustworthyPage("Salesforce gave a part that is no whole CSV: nothing of it was taken") from error
    declared = response.headers.get("Sforce-NumberOfRecords", "")
    if declared.isdigit() and int(declared) != len(found):
        raise UntrustworthyPage(f"Salesforce says that a part has {declared} records, and it has {len(found)}")
    return found


def _nested(row: Mapping[str, Any]) -> Record:
    if "" in row or None in row.values():
        raise csv.Error("a row has other columns than the header")
    record: Record = {}
    for name, said in row.items():
        relation, _, field = name.rpartition(".")
        holder = record.setdefault(relation, {}) if relation else record
        holder[field] = said or None
    return record
