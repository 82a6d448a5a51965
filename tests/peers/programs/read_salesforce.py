"""Reads Salesforce with the client that most people use (simple-salesforce): Salesforce has none for Python."""

import csv
import io
import json
import sys
from typing import Any

from simple_salesforce import Salesforce
from to_sandbox import session

# Fewer than there are: the client has to ask for more than one.
_A_PART = 40


def in_bulk(client: Salesforce, sobject: str, soql: str) -> list[dict[str, Any]]:
    """All that the question asks for, as a job."""
    parts = getattr(client.bulk2, sobject).query_all(soql, max_records=_A_PART, wait=0)
    return [row for part in parts for row in csv.DictReader(io.StringIO(part))]


def changes(client: Salesforce, told: dict[str, Any] | None) -> list[Any]:
    """The whole history of one record: the page within it, and those that follow."""
    rows = []
    while told:
        rows += told["records"]
        told = None if told["done"] else client.query_more(told["nextRecordsUrl"], identifier_is_url=True)
    return rows


def main() -> None:
    """Say what was found."""
    given = json.load(sys.stdin)
    client = Salesforce(
        domain="sandbox.my", consumer_key=given["login"], consumer_secret=given["key"], version="62.0",
        session=session(given["url"]),
    )  # fmt: skip
    found = {name: client.query_all(soql, include_deleted=True)["records"] for name, soql in given["asked"].items()}
    found["changes"] = sum(len(changes(client, one["Histories"])) for one in found["Account"])
    found["FieldDefinition"] = client.query_all(given["tracked"])["records"]
    found["bulk"] = in_bulk(client, "Account", given["bulk"])
    json.dump({"found": found, "wrong": []}, sys.stdout)


main()
