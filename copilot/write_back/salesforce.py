"""Salesforce's accounts, read by SOQL and written by sObject Collections, 200 at a time.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
It has no condition "if unchanged" for a collection, so who writes reads again right before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connector import Beside, Record
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.pages import pages
from copilot.sources.connectors.salesforce_bulk import API
from copilot.sources.connectors.salesforce_soql import ACCOUNT_ID, is_id, pages_by_link, query, soql
from copilot.write_back.crm import UNKNOWN, NotWritten, Outcome
from copilot.write_back.diff import Answer, Change, Standing

_MOST = 200
# A question is part of the address, which may have 16,384 bytes with its headers.
_LONGEST_LIST = 8_000
# No record is at fault: nobody may write the field, or it is no such field.
_OF_THE_FIELD = {"INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_FIELD"}


@dataclass(frozen=True)
class Salesforce:
    """`key` is the field that holds what the accounts are called here."""

    client: RESTClient
    key: str
    most: int = _MOST

    def encoded(self, value: Decimal | str) -> Any:
        """A number as a number."""
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value

    def read(self, account_ids: Iterable[str], fields: Sequence[str]) -> Answer:
        """The records with these keys, also deleted ones: Salesforce says into which another one was merged."""
        standing: dict[str, Standing] = {}
        missing: dict[str, str] = {}
        for keys in _lists(account_ids):
            found = self._by_key(keys, fields)
            for key in keys:
                there = [one for one in found[key] if not one["IsDeleted"]]
                if len(there) == 1:
                    standing[key] = Standing(str(there[0]["Id"]), {name: there[0][name] for name in fields})
                else:
                    missing[key] = _why(found[key], len(there))
        return Answer(standing, missing)

    def _by_key(self, keys: Sequence[str], fields: Sequence[str]) -> Mapping[str, list[Record]]:
        selected = list(dict.fromkeys(["Id", self.key, "IsDeleted", "MasterRecordId", *fields]))
        found: dict[str, list[Record]] = defaultdict(list)
        # One thing that is no id, asked for as one, would have the whole question refused.
        asked = [key for key in keys if self.key != "Id" or is_id(key, ACCOUNT_ID)]
        if not asked:
            return found
        ask = query(soql(selected, "Account", f"{self.key} IN ({', '.join(map(_literal, asked))})", "Id"))
        for page in pages(self.client, _ACCOUNTS, ask):
            for record in page.records:
                found[str(record[self.key])].append(record)
        return found

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Each record on its own: what Salesforce refuses of one does not stop another."""
        records = [{"attributes": {"type": "Account"}, "id": change.record_id, **change.new} for change in changes]
        response = self.client.request(
            f"{API}/composite/sobjects", "PATCH", json={"allOrNone": False, "records": records}
        )
        told = response.json()
        if not isinstance(told, list) or len(told) != len(changes):
            raise UntrustworthyPage("Salesforce did not say of each record what became of it: read the fields again")
        outcomes = [_outcome(change.record_id, one) for change, one in zip(changes, told, strict=True)]
        refused = [one for one in outcomes if one.code in _OF_THE_FIELD]
        if refused and len(refused) == len(outcomes):
            raise NotWritten(
                f"Salesforce lets this login write none of the accounts: {refused[0].code}: {refused[0].reason}:"
                " give its permission set edit access to the field"
            )
        return outcomes


_ACCOUNTS = Beside(
    "accounts",
    ask=lambda _: query(soql(("Id",), "Account")),
    select="records",
    paginator=pages_by_link,
    key=lambda one: str(one["Id"]),
    sought=lambda _: (),
)


def _lists(keys: Iterable[str]) -> Iterator[list[str]]:
    """The keys in lists that fit into an address."""
    part: list[str] = []
    length = 0
    for key in keys:
        size = len(quote(_literal(key) + ", "))
        if part and (len(part) == _MOST or length + size > _LONGEST_LIST):
            yield part
            part, length = [], 0
        part.append(key)
        length += size
    if part:
        yield part


def _literal(key: str) -> str:
    return "'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _why(found: Sequence[Record], n_there: int) -> str:
    if n_there:
        return f"the CRM has {n_there} records of it"
    into = next((one["MasterRecordId"] for one in found if one["MasterRecordId"]), None)
    if into:
        return f"it was merged into {into}"
    return "it was deleted in the CRM" if found else UNKNOWN


def _outcome(record_id: str, said: Mapping[str, Any]) -> Outcome:
    if said.get("success") is True:
        return Outcome(record_id)
    errors: list[Mapping[str, Any]] = said.get("errors") or [{}]
    error = errors[0]
    return Outcome(record_id, str(error.get("statusCode") or "REFUSED"), str(error.get("message") or "no reason given"))
