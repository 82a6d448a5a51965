"""The make-believe company's vendors, read over HTTP as the real ones would be, whatever goes wrong on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sandbox.vendors.zendesk import CSAT_FIELD
from tests.running_vendors import WRONG_KEY, Vendors


def read(vendors: Vendors, *script: Fault, **settings: Any) -> dict[str, Any]:
    """Read Zendesk once, with that going wrong."""
    options = {"csat_field": str(CSAT_FIELD)}
    return vendors.read("zendesk", "support", *script, name="support", options=options, **settings)


def told(vendors: Vendors) -> list[tuple[Any, ...]]:
    """The last state of each ticket, as the company's own files tell it."""
    shelf = Shelf(vendors.company, "tickets")
    states = (held.by(vendors.now - timedelta(minutes=1)) for held in shelf.records.values())
    return sorted(
        (s.now["account_id"], s.now["opened_at"], s.now["status"], s.now["priority"], s.now["solved_at"], s.now["csat"])
        for s in states
        if s
    )


LAST = """
    select account_id, opened_at, status, priority, solved_at, csat::float from (
        select distinct on (ticket_id) * from raw.tickets order by ticket_id, recorded_at desc
    ) as newest order by account_id, opened_at
"""


def test_every_ticket_arrives_as_the_company_has_it(vendors: Vendors) -> None:
    outcome = read(vendors)

    assert outcome["problems"] == []
    assert len(told(vendors)) > 100
    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)
    assert vendors.rows("select count(*) from raw.customers where account_id is not null")[0][0] > 60


def test_reading_month_by_month_ends_with_the_same_states_as_reading_once(vendors: Vendors) -> None:
    for month in (7, 8, 9, 10, 11):
        vendors.now = datetime(2026, month, 18, tzinfo=UTC)
        assert read(vendors)["problems"] == []

    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)


MISHAPS = {
    "busy, and says for how long": Fault("status", "tickets", 1, 2, 429, (("Retry-After", "0"),)),
    "busy, and says nothing": Fault("status", "tickets", status=429),
    "broken": Fault("status", "tickets", 1, 2, 500),
    "the line goes dead": Fault("reset", "tickets"),
    "half a page": Fault("half", "tickets"),
    "half a page of organizations": Fault("half", "organizations"),
}


@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(vendors: Vendors, fault: Fault) -> None:
    outcome = read(vendors, fault)

    assert vendors.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)


def test_a_wrong_key_is_a_matter_of_settings_and_told_once(vendors: Vendors) -> None:
    outcome = read(vendors, shown=WRONG_KEY)

    assert len(outcome["problems"]) == 2
    assert all("with 401" in problem and "wrong-key" not in problem for problem in outcome["problems"])
