"""Freshdesk's tickets and companies as its documentation shows them become canonical rows, each version of its day."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connector import Ask, Record, Stream
from copilot.sources.api.drift import DriftedRecord, adapted
from copilot.sources.api.pages import pages
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.connectors.freshdesk import FRESHDESK, TicketPaginator
from tests.scripted_api import Answer, Asked, scripted
from tests.source_contract import CHECKS, Check, Contract


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def said(day: int, hour: int = 9) -> str:
    return f"2026-03-{day:02d}T{hour:02d}:00:00Z"


def a_ticket(stats: Record | None = None, **changes: Any) -> Record:
    """Opened on March 2, answered after an hour, solved on the 4th, closed on the 6th."""
    return {
        "cc_emails": ["jane@acme.test"],
        "email_config_id": None,
        "group_id": 156,
        "priority": 4,
        "requester_id": 129,
        "requester": {"id": 129, "name": "Jane Doe", "email": "jane@acme.test", "phone": None},
        "responder_id": 153,
        "source": 2,
        "spam": False,
        "status": 5,
        "subject": "Help for Jane Doe",
        "company_id": 531,
        "id": 1295,
        "is_escalated": True,
        "due_by": said(9),
        "created_at": said(2),
        "updated_at": said(6),
        "custom_fields": {"cf_whom": "Jane Doe"},
        "stats": {
            "first_responded_at": said(2, 10),
            "resolved_at": said(4),
            "closed_at": said(6),
            "reopened_at": None,
            "pending_since": None,
            **(stats or {}),
        },
        **changes,
    }


COMPANY = {
    "id": 531,
    "name": "Acme",
    "description": "Ask for Jane Doe",
    "note": None,
    "domains": ["acme.test", "acme.example"],
    "custom_fields": {"account_id": "acc_1"},
    "created_at": said(2),
    "updated_at": said(8),
}


def stream(name: str) -> Stream:
    streams = FRESHDESK.stream({"account_field": "account_id"})
    return next(one for one in streams if isinstance(one, Stream) and one.name == name)


def rows(name: str, record: Record) -> list[dict[str, Any]]:
    found = stream(name)
    return [row for one in found.whole({}, [record]) for row in found.gives[0].rows(one)]


def told(ticket: Record) -> list[tuple[Any, ...]]:
    """What each version says."""
    return [(row["recorded_at"], row["status"], row.get("solved_at")) for row in rows("tickets", ticket)]


CONTRACT = Contract(
    FRESHDESK,
    examples={
        "tickets": [a_ticket()],
        "deleted_tickets": [a_ticket(deleted=True)],
        "spam_tickets": [a_ticket(spam=True)],
        "companies": [COMPANY],
    },
    # Ratings are a list of their own; the CRM's id is told only where a company has a field for it.
    not_told={"tickets": frozenset({"csat"}), "customers": frozenset({"account_id"})},
    personal=("Jane", "jane@"),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds_the_contract(check: Check) -> None:
    left = check(CONTRACT)
    assert left == [], "\n" + "\n".join(left)


def test_a_ticket_becomes_the_versions_that_its_own_dates_tell() -> None:
    assert told(a_ticket()) == [
        (at(2), "new", None),
        (at(2, 10), "open", None),
        (at(4), "solved", at(4)),
        (at(6), "closed", at(4)),
    ]
    last = rows("tickets", a_ticket())[-1]
    assert (last["ticket_id"], last["account_id"], last["opened_at"]) == ("1295", "531", at(2))
    assert (last["priority"], last["first_reply_at"], last["is_escalated"]) == ("urgent", at(2, 10), True)


def test_priority_and_escalation_have_no_date_and_are_known_since_the_last_change() -> None:
    assert [(row.get("priority"), row.get("is_escalated")) for row in rows("tickets", a_ticket())[:-1]] == [
        (None, None)
    ] * 3


def test_a_ticket_that_was_opened_again_is_solved_only_between() -> None:
    again = a_ticket({"reopened_at": said(5), "closed_at": None}, status=2)
    assert told(again)[2:] == [(at(4), "solved", at(4)), (at(5), "open", None), (at(6), "open", None)]


def test_a_ticket_that_was_closed_at_once_was_solved_then() -> None:
    assert told(a_ticket({"resolved_at": None}))[-1] == (at(6), "closed", at(6))


def test_a_reply_to_what_was_solved_before_opens_nothing() -> None:
    late = a_ticket({"first_responded_at": said(5)})
    assert [status for _, status, _ in told(late)] == ["new", "solved", "solved", "closed"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": 2}, "open"),
        ({"status": 3}, "pending"),
        ({"status": 4}, "solved"),
        ({"status": 5}, "closed"),
        ({"status": 6}, "pending"),
        ({"status": 2, "deleted": True}, "closed"),
        ({"status": 3, "spam": True}, "closed"),
    ],
)
def test_its_status_is_told_in_our_words(changes: Record, status: str) -> None:
    assert told(a_ticket({"closed_at": None}, **changes))[-1][1] == status


def test_an_open_ticket_that_nobody_answered_is_new() -> None:
    nothing = {"first_responded_at": None, "resolved_at": None, "closed_at": None}
    assert told(a_ticket(nothing, status=2)) == [(at(2), "new", None), (at(6), "new", None)]


def test_a_ticket_without_a_company_has_no_account() -> None:
    assert {row["account_id"] for row in rows("tickets", a_ticket(company_id=None))} == {None}


def test_a_company_becomes_a_customer_whom_tickets_call_by_its_number() -> None:
    first, last = rows("companies", COMPANY)
    assert [first["recorded_at"], last["recorded_at"]] == [at(2), at(8)]
    assert (last["customer_id"], last["account_id"]) == ("531", "acc_1")
    assert (last["name"], last["domain"], str(last["created_on"])) == ("Acme", "acme.test", "2026-03-02")


def test_a_ticket_whose_statistics_are_gone_has_drifted() -> None:
    (odd,) = stream("tickets").whole({}, [a_ticket() | {"stats": None}])
    with pytest.raises(DriftedRecord, match="stats is gone"):
        adapted(odd, stream("tickets").gives[0].fields(odd), "drop_row")


def test_without_a_time_freshdesk_would_give_no_more_than_thirty_days() -> None:
    first, later = stream("tickets").ask(None), stream("deleted_tickets").ask(at(4))
    assert isinstance(first, Ask)
    assert isinstance(later, Ask)
    assert first.params["updated_since"] == "1970-01-01T00:00:00Z"
    assert (later.params["updated_since"], later.params["filter"]) == (said(4), "deleted")
    assert (later.params["order_by"], later.params["order_type"]) == ("updated_at", "asc")


def test_each_page_asks_since_a_second_before_the_last_ticket_and_one_second_by_number() -> None:
    asked, pages = requests.Request(params={"updated_since": said(1)}), TicketPaginator()
    questions = []
    for last in (said(2), said(2), said(3)):
        pages.update_state(_answer(), [{"updated_at": last}])
        pages.update_request(asked)
        questions.append((asked.params["updated_since"], asked.params["page"]))

    assert pages.has_next_page
    assert questions == [("2026-03-02T08:59:59Z", 1), ("2026-03-02T08:59:59Z", 2), ("2026-03-03T08:59:59Z", 1)]


def _answer() -> requests.Response:
    found = requests.Response()
    found.headers["Link"] = '<https://acme.freshdesk.com/api/v2/tickets?page=2>; rel="next"'
    return found


def test_companies_go_on_at_the_link_of_each_answer() -> None:
    def first(asked: Asked) -> Answer:
        following = f"http://{asked.headers['Host']}/api/v2/companies?page=2"
        return Answer([COMPANY], headers={"Link": f'<{following}>; rel="next"'})

    with scripted(first, Answer([COMPANY | {"id": 532}])) as api:
        client = RESTClient(api.url, session=PatientSession(Deadline(Patience(total_seconds=30))))
        companies = stream("companies")
        found = [one["id"] for page in pages(client, companies, companies.ask(None)) for one in page.records]

    assert found == [531, 532]
