"""HubSpot's companies, read and written in batches of 100.

https://developers.hubspot.com/docs/api/crm/companies. A batch of which one value is not valid is refused whole, so it
is halved until the record is found. There is no condition "if unchanged", so who writes reads again right before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connector import Ask, Beside, Record
from copilot.sources.api.faults import SourceRefused
from copilot.sources.api.pages import pages
from copilot.sources.connectors.hubspot_company import MERGED, RECORD_ID
from copilot.sources.connectors.hubspot_paging import HubSpotPaginator
from copilot.write_back.crm import UNKNOWN, NotWritten, Outcome
from copilot.write_back.diff import Answer, Change, Standing, batches

_MOST = 100
_BATCH = "crm/v3/objects/companies/batch"
# With which a whole batch is refused: an answer to look into, and not the end.
INVALID = 400
_NO_PROPERTY = "PROPERTY_DOESNT_EXIST"


@dataclass(frozen=True)
class HubSpot:
    """`key` is the property that holds what the companies are called here; unless it is the number, a unique one.

    The `writer` takes a refused batch for an answer, the `reader` does not.
    """

    reader: RESTClient
    writer: RESTClient
    key: str
    most: int = _MOST

    def encoded(self, value: Decimal | str) -> Any:
        """Everything is text."""
        return f"{value:f}" if isinstance(value, Decimal) else value

    def read(self, account_ids: Iterable[str], fields: Sequence[str]) -> Answer:
        """The companies with these keys. A merged one is answered with the one that is left, and is not it."""
        standing: dict[str, Standing] = {}
        missing: dict[str, str] = {}
        for keys in batches(list(account_ids), _MOST):
            asked = [key for key in keys if self.key != RECORD_ID or key.isdigit()]
            records = self._records(asked, fields) if asked else []
            found = {self._key_of(one): one for one in records}
            merged = {number: str(one["id"]) for one in records for number in _merged(one)}
            for key in keys:
                if key in found:
                    standing[key] = Standing(str(found[key]["id"]), _values(found[key], fields))
                else:
                    missing[key] = f"it was merged into {merged[key]}" if key in merged else UNKNOWN
        return Answer(standing, missing)

    def _key_of(self, record: Record) -> str:
        return str(record["id"] if self.key == RECORD_ID else record["properties"].get(self.key))

    def _records(self, keys: Sequence[str], fields: Sequence[str]) -> list[Record]:
        by_key = {} if self.key == RECORD_ID else {"idProperty": self.key}
        question = {
            "properties": list(dict.fromkeys([self.key, *fields, MERGED])),
            "inputs": [{"id": key} for key in keys],
            **by_key,
        }
        ask = Ask(f"{_BATCH}/read", "POST", json=question)
        return [record for page in pages(self.reader, _COMPANIES, ask) for record in page.records]

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Each record on its own, also where HubSpot refuses a batch for one of them."""
        inputs = [{"id": one.record_id, "properties": _cleared(one.new)} for one in changes]
        response = self.writer.request(f"{_BATCH}/update", "POST", json={"inputs": inputs})
        said = response.json()
        if response.status_code != INVALID:
            return _outcomes(changes, said)
        reason = str(said.get("message") or "no reason given")
        if _NO_PROPERTY in str(said):
            raise NotWritten(f"HubSpot knows no such property: {reason[:300]}: mend the mapping, or make the property")
        if len(changes) == 1:
            return [Outcome(changes[0].record_id, str(said.get("category") or "REFUSED"), reason)]
        half = len(changes) // 2
        return [*self.write(changes[:half]), *self.write(changes[half:])]


_COMPANIES = Beside(
    "companies",
    ask=lambda _: Ask(f"{_BATCH}/read", "POST"),
    select="results",
    paginator=HubSpotPaginator,
    key=lambda one: str(one["id"]),
    sought=lambda _: (),
)


def _merged(record: Record) -> list[str]:
    """The numbers of the companies that became part of this one."""
    return str(record["properties"].get(MERGED) or "").split(";")


def _values(record: Record, fields: Sequence[str]) -> Mapping[str, Any]:
    """HubSpot leaves out a property that there is not, and gives null for one without a value."""
    absent = [name for name in fields if name not in record["properties"]]
    if absent:
        raise SourceRefused(f"HubSpot's companies have no property {absent[0]}, or this key may not see it")
    return {name: record["properties"][name] for name in fields}


def _cleared(values: Mapping[str, Any]) -> dict[str, Any]:
    """A property is emptied with an empty text: only an undo does."""
    return {name: "" if value is None else value for name, value in values.items()}


def _outcomes(changes: Sequence[Change], said: Mapping[str, Any]) -> list[Outcome]:
    """HubSpot names what it wrote, and in its errors what it did not."""
    written = {str(one["id"]) for one in said["results"]}
    refused = {
        str(record): error
        for error in said.get("errors") or ()
        for record in (error.get("context") or {}).get("ids") or ()
    }
    return [
        Outcome(change.record_id)
        if change.record_id in written
        else _refusal(change.record_id, refused.get(change.record_id) or {})
        for change in changes
    ]


def _refusal(record_id: str, error: Mapping[str, Any]) -> Outcome:
    return Outcome(record_id, str(error.get("category") or "REFUSED"), str(error.get("message") or "no reason given"))
