"""The company's conversations, read from its Intercom over HTTP, tell what its Zendesk tells of the same tickets."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sandbox.vendors.zendesk import CSAT_FIELD
from tests.running_vendors import WRONG_KEY, Vendors, running

DESKS: Mapping[str, Mapping[str, str]] = {"intercom": {}, "zendesk": {"csat_field": str(CSAT_FIELD)}}
# Zendesk closes for good what is solved, Intercom does not; each has its own number for a ticket.
TICKETS = """
    select account_id, priority, replace(status, 'closed', 'solved'), opened_at, first_reply_at, solved_at, csat::float,
        is_escalated, recorded_at
    from raw.tickets where _source = '{}'
"""
CUSTOMERS = (
    "select customer_id, account_id, name, domain, created_on, recorded_at from raw.customers where _source = '{}'"
)
NEWEST = """
    select account_id, opened_at, replace(status, 'closed', 'solved'), priority, solved_at, csat::float from (
        select distinct on (ticket_id) * from raw.tickets where _source = 'intercom'
        order by ticket_id, recorded_at desc
    ) as newest order by account_id, opened_at
"""


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 90 accounts over seven months: more tickets and companies than a page holds."""
    directory = tmp_path_factory.mktemp("intercom_vendor")
    spec = CompanySpec(seed=5, accounts=90, fixtures=False, start=date(2026, 4, 18), end=date(2026, 11, 17))
    write_company(spec, directory)
    return directory


@pytest.fixture
def desks(company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with running(company, database, tmp_path, monkeypatch) as found:
        yield found


def read(desks: Vendors, name: str, *script: Fault, **others: Any) -> dict[str, Any]:
    """Read tickets and customers."""
    return desks.read(name, "support", *script, options=dict(DESKS[name]), **others)


def told(desks: Vendors, company: Path) -> list[tuple[Any, ...]]:
    """The last state of each ticket, as the company's own files tell it."""
    states = (held.by(desks.now) for held in Shelf(company, "tickets").records.values())
    return sorted(
        (
            s.now["account_id"],
            s.now["opened_at"],
            s.now["status"].replace("closed", "solved"),
            s.now["priority"],
            s.now["solved_at"],
            s.now["csat"],
        )
        for s in states
        if s
    )


def test_every_conversation_arrives_as_the_company_has_it(desks: Vendors, company: Path) -> None:
    assert read(desks, "intercom")["problems"] == []
    assert len(told(desks, company)) > 150  # more than a page
    assert [tuple(row) for row in desks.rows(NEWEST)] == told(desks, company)
    assert desks.rows("select count(distinct customer_id) from raw.customers")[0][0] > 60


@pytest.mark.parametrize("query", [TICKETS, CUSTOMERS], ids=["tickets", "customers"])
def test_intercom_and_zendesk_tell_the_same_versions_of_the_same_company(desks: Vendors, query: str) -> None:
    for name in DESKS:
        read(desks, name)
    versions = {name: sorted(map(str, desks.rows(query.format(name)))) for name in DESKS}

    assert len(versions["intercom"]) > 90
    assert versions["intercom"] == versions["zendesk"]


def test_reading_month_by_month_ends_with_the_same_states_as_reading_once(desks: Vendors, company: Path) -> None:
    for month in (7, 8, 9, 10, 11):
        desks.now = datetime(2026, month, 18, tzinfo=UTC)
        assert read(desks, "intercom")["problems"] == []

    assert [tuple(row) for row in desks.rows(NEWEST)] == told(desks, company)


def test_nothing_is_told_before_it_happened(desks: Vendors) -> None:
    desks.now = datetime(2026, 9, 18, tzinfo=UTC)
    read(desks, "intercom")

    late = "select count(*), count(*) filter (where greatest({}) > recorded_at) from raw.tickets"
    (counts,) = desks.rows(late.format("opened_at, first_reply_at, solved_at"))
    assert counts[0] > 100
    assert counts[1] == 0
    assert desks.rows("select max(recorded_at) from raw.tickets")[0][0] <= desks.now


MISHAPS = {
    "busy, and says for how long": Fault("status", "search", 1, 2, 429, (("Retry-After", "0"),)),
    "broken": Fault("status", "search", 2, 1, 500),
    "the line goes dead": Fault("reset", "search", 2),
    "half a page": Fault("half", "search"),
    "half a page of companies": Fault("half", "companies", 2),
}


@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(desks: Vendors, company: Path, fault: Fault) -> None:
    outcome = read(desks, "intercom", fault)

    assert desks.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert [tuple(row) for row in desks.rows(NEWEST)] == told(desks, company)


def test_a_page_that_comes_again_is_refused_and_nothing_of_the_window_lands(desks: Vendors) -> None:
    fault = Fault("repeat", "search", 2, 50)
    outcome = read(desks, "intercom", fault)

    assert desks.faults.happened[fault] >= 1
    assert "gives the same page token again" in outcome["problems"][0]
    assert desks.rows("select count(*) from raw.tickets") == [(0,)]


def test_a_wrong_token_is_a_matter_of_settings_and_told_without_showing_it(desks: Vendors) -> None:
    problems = read(desks, "intercom", shown=WRONG_KEY)["problems"]

    assert len(problems) == 2
    assert all("with 401" in problem and "Access Token Invalid" in problem for problem in problems)
    assert all("wrong-key" not in problem for problem in problems)
