"""Reads Zendesk's exports with the client that most people use (zenpy): Zendesk has none for Python."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from to_sandbox import session
from zenpy import Zenpy
from zenpy.lib.api_objects import Organization, Ticket

# Fewer than there are: the client has to turn pages.
_A_PAGE = 40
# Exports tell it of a ticket, and the client's tickets are those of everywhere.
_OF_EXPORTS = {"generated_timestamp"}


def unknown(records: list[Any], kind: type) -> Iterator[str]:
    """Fields that the client does not know."""
    known = {*vars(kind()), *dir(kind), *_OF_EXPORTS}
    for record in records:
        for name in record.to_dict():
            if name not in known:
                yield f"{kind.__name__}.{name} is unknown"


def main() -> None:
    """Say what was found."""
    given = json.load(sys.stdin)
    client = Zenpy(subdomain="sandbox", email=given["login"], token=given["key"], session=session(given["url"]))
    tickets = list(
        client.tickets.incremental(
            start_time=0, paginate_by_time=False, include=["metric_sets", "organizations"], per_page=_A_PAGE
        )
    )
    organizations = list(client.organizations.incremental(start_time=0))
    found = {
        "tickets": [[str(one.id), one.organization.external_id, one.priority, one.created_at] for one in tickets],
        "organizations": [[one.external_id, one.name] for one in organizations],
    }
    complaints = {*unknown(tickets, Ticket), *unknown(organizations, Organization)}
    json.dump({"found": found, "wrong": sorted(complaints)}, sys.stdout)


main()
