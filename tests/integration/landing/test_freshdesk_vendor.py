"""The company's tickets, read from its Freshdesk over HTTP: all of them, what changed, and whatever goes wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from copilot.sandbox.vendors import freshdesk
from copilot.sandbox.vendors.answers import number_of
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.shelf import Shelf
from tests.running_vendors import WRONG_KEY, Vendors
from tests.source_contract import newest, there_are

TICKETS, COMPANIES = "/freshdesk/api/v2/tickets", "/freshdesk/api/v2/companies"
NEWEST = """
    select c.account_id, t.opened_at, t.status, t.priority, t.first_reply_at, t.solved_at, t.is_escalated from (
        select distinct on (ticket_id) * from raw.tickets order by ticket_id, recorded_at desc
    ) as t left join (select distinct customer_id, account_id from raw.customers) as c on t.account_id = c.customer_id
    order by t.ticket_id::bigint
"""


def read(vendors: Vendors, *script: Fault, **settings: Any) -> dict[str, Any]:
    """Read it once, with that going wrong."""
    options = {"account_field": freshdesk.ACCOUNT_FIELD}
    return vendors.read("freshdesk", "support", *script, options=options, **settings)


def told(vendors: Vendors) -> list[tuple[Any, ...]]:
    """The last state of each ticket, as the company's own files tell it."""
    states = Shelf(vendors.company, "tickets").changed(None, vendors.now)
    names = ("account_id", "opened_at", "status", "priority", "first_reply_at", "solved_at", "is_escalated")
    ordered = sorted((number_of(key), held.now) for key, held in states)
    return [tuple(state[name] for name in names) for _, state in ordered]


def test_every_ticket_arrives_as_the_company_has_it_also_those_thrown_away(vendors: Vendors) -> None:
    assert read(vendors)["problems"] == []
    assert len(told(vendors)) > 100  # more than a page
    assert [tuple(row) for row in vendors.rows(NEWEST)] == told(vendors)
    assert len(newest(vendors, "freshdesk", "customers")) == there_are(vendors, "accounts") > 60


def test_reading_month_by_month_ends_as_reading_once(vendors: Vendors) -> None:
    for month in (7, 8, 9, 10, 11):
        vendors.now = datetime(2026, month, 18, tzinfo=UTC)
        assert read(vendors, name="monthly")["problems"] == []
    read(vendors, name="once")

    assert newest(vendors, "monthly", "tickets") == newest(vendors, "once", "tickets") != []


def test_an_increment_asks_for_what_changed_and_adds_nothing_when_nothing_did(vendors: Vendors) -> None:
    read(vendors)
    before = vendors.rows("select count(*), max(_batch_id) from raw.tickets")
    vendors.now += timedelta(seconds=1)

    assert read(vendors)["received"] < 100
    assert vendors.rows("select count(*), max(_batch_id) from raw.tickets") == before


def test_a_ticket_is_thrown_away_between_two_readings_and_is_then_over(vendors: Vendors) -> None:
    thrown = {
        str(number_of(key))
        for key, held in Shelf(vendors.company, "tickets").changed(None, vendors.now)
        if number_of(key) % 20 in (0, 1) and held.now["status"] == "closed"
    }
    for day in (1, 6, 11, 18):
        vendors.now = datetime(2026, 11, day, tzinfo=UTC)
        read(vendors)

    found = {row[0]: row[3] for row in newest(vendors, "freshdesk", "tickets")}
    assert thrown
    assert {found[ticket] for ticket in thrown} == {"closed"}


def test_nothing_is_told_before_it_happened(vendors: Vendors) -> None:
    vendors.now = datetime(2026, 9, 18, tzinfo=UTC)
    read(vendors)

    late = "select count(*), count(*) filter (where greatest({}) > recorded_at), max(recorded_at) from raw.tickets"
    ((n, n_early, last),) = vendors.rows(late.format("opened_at, first_reply_at, solved_at"))
    assert n > 100
    assert n_early == 0
    assert last <= vendors.now


MISHAPS = {
    "busy, and says for how long": Fault("status", TICKETS, 1, 2, 429, (("Retry-After", "0"),)),
    "broken on the second page": Fault("status", TICKETS, 2, 1, 500),
    "the line goes dead": Fault("reset", TICKETS, 2),
    "half a page": Fault("half", TICKETS),
    "half a page of companies": Fault("half", COMPANIES),
}


@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(vendors: Vendors, fault: Fault) -> None:
    outcome = read(vendors, fault)

    assert vendors.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert [tuple(row) for row in vendors.rows(NEWEST)] == told(vendors)


def test_a_wrong_key_is_a_matter_of_settings_and_not_shown(vendors: Vendors) -> None:
    problems = read(vendors, shown=WRONG_KEY)["problems"]

    assert len(problems) == 2
    assert all("with 401" in problem and "wrong-key" not in problem for problem in problems)
