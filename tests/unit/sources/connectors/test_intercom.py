"""Intercom's conversations and companies as its API writes them become canonical rows, each version of its own day."""

from datetime import UTC, datetime
from typing import Any

import pytest

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Record, Stream
from copilot.sources.api.drift import DriftedRecord, adapted
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.connectors.intercom import INTERCOM


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def seconds(day: int, hour: int = 9) -> int:
    return int(at(day, hour).timestamp())


def a_conversation(**changes: Any) -> Record:
    """Opened on March 2, answered after an hour, closed on the 4th, rated on the 5th, read once more on the 6th."""
    return {
        "type": "conversation",
        "id": "1295",
        "created_at": seconds(2),
        "updated_at": seconds(6),
        "state": "closed",
        "priority": "medium",
        "title": "Help for Jane Doe",
        "company": {"type": "company", "id": "531ee472", "company_id": "acc_1", "name": "Acme"},
        "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "17", "name": "escalated"}]},
        "conversation_rating": {"rating": 4, "remark": "Thanks, Bob", "updated_at": seconds(5)},
        "source": {"body": "My name is Jane Doe", "author": {"email": "jane@acme.test"}},
        "statistics": {
            "first_admin_reply_at": seconds(2, 10),
            "first_close_at": seconds(4),
            "last_close_at": seconds(4),
        },
        **changes,
    }


COMPANY = {
    "type": "company",
    "id": "531ee472",
    "company_id": "acc_1",
    "name": "Acme",
    "website": "https://www.acme.test/about",
    "created_at": seconds(2),
    "remote_created_at": seconds(1),
    "updated_at": seconds(8),
}


def stream(name: str) -> Stream:
    return next(one for one in INTERCOM.stream({}) if isinstance(one, Stream) and one.name == name)


def rows(name: str, record: Record) -> list[dict[str, Any]]:
    found = stream(name)
    return [row for one in found.whole({}, [record]) for row in found.gives[0].rows(one)]


def told(conversation: Record) -> list[tuple[Any, ...]]:
    """What each version says."""
    return [(row["recorded_at"], row["status"], row.get("solved_at")) for row in rows("conversations", conversation)]


def test_a_conversation_becomes_the_versions_that_its_own_dates_tell() -> None:
    found = rows("conversations", a_conversation())
    names = ("recorded_at", "status", "first_reply_at", "solved_at", "csat", "is_escalated")
    assert [tuple(row.get(name) for name in names) for row in found] == [
        (at(2), "new", None, None, None, None),
        (at(2, 10), "open", at(2, 10), None, None, None),
        (at(4), "solved", at(2, 10), at(4), None, None),
        (at(5), "solved", at(2, 10), at(4), 4, None),
        (at(6), "solved", at(2, 10), at(4), 4, True),
    ]
    lasting = {(row["ticket_id"], row["account_id"], row["priority"], row["opened_at"]) for row in found}
    assert lasting == {("1295", "acc_1", "normal", at(2))}


def test_a_conversation_that_was_opened_again_is_solved_only_between() -> None:
    again = a_conversation(state="open", conversation_rating=None)
    assert told(again)[-2:] == [(at(4), "solved", at(4)), (at(6), "open", None)]


def test_a_conversation_that_was_closed_twice_was_solved_the_first_time_too() -> None:
    numbers = {"first_close_at": seconds(3), "last_close_at": seconds(5)}
    twice = a_conversation(statistics=numbers, conversation_rating=None)
    assert told(twice)[1:] == [(at(3), "solved", at(3)), (at(5), "solved", at(5)), (at(6), "solved", at(5))]


def test_a_reply_to_what_a_bot_had_closed_opens_nothing() -> None:
    numbers = {"first_close_at": seconds(2, 9), "first_admin_reply_at": seconds(3), "last_close_at": seconds(2, 9)}
    assert [status for _, status, _ in told(a_conversation(statistics=numbers, conversation_rating=None))] == [
        "solved",
        "solved",
        "solved",
    ]


@pytest.mark.parametrize(
    ("state", "numbers", "status"),
    [
        ("open", {}, "new"),
        ("open", {"first_admin_reply_at": seconds(3)}, "open"),
        ("snoozed", {"first_admin_reply_at": seconds(3)}, "pending"),
        ("closed", {"last_close_at": seconds(3)}, "solved"),
    ],
)
def test_its_state_is_told_in_our_words(state: str, numbers: dict[str, int], status: str) -> None:
    assert told(a_conversation(state=state, statistics=numbers, conversation_rating=None))[-1][1] == status


def test_a_rating_that_was_asked_for_and_not_given_is_no_version() -> None:
    asked_for = {"rating": None, "created_at": seconds(4), "updated_at": seconds(5)}
    assert told(a_conversation(conversation_rating=asked_for)) == told(a_conversation(conversation_rating=None))


def test_nothing_later_than_the_last_change_is_told() -> None:
    early = a_conversation(updated_at=seconds(3), state="open", conversation_rating=None)
    assert told(early) == [(at(2), "new", None), (at(2, 10), "open", None), (at(3), "open", None)]


@pytest.mark.parametrize(
    ("said", "priority"),
    [("low", "low"), ("urgent", "urgent"), ("none", None), ("priority", "high"), ("not_priority", "normal")],
)
def test_priorities_of_older_and_newer_versions_are_understood(said: str, priority: str | None) -> None:
    assert rows("conversations", a_conversation(priority=said))[0]["priority"] == priority


def test_without_a_crm_id_the_company_goes_by_intercoms_own_in_both_tables() -> None:
    nameless = {"id": "531ee472", "company_id": ""}
    (ticket, *_), (customer, *_) = (
        rows("conversations", a_conversation(company=nameless)),
        rows("companies", {**COMPANY, **nameless}),
    )
    assert ticket["account_id"] == customer["customer_id"] == "531ee472"
    assert customer["account_id"] is None


def test_a_conversation_with_nobodys_company_has_no_account() -> None:
    assert {row["account_id"] for row in rows("conversations", a_conversation(company=None))} == {None}


def test_a_company_becomes_a_customer_known_since_intercom_had_it() -> None:
    found = rows("companies", COMPANY)
    assert [row["recorded_at"] for row in found] == [at(2), at(8)]
    assert {(row["customer_id"], row["account_id"], row["name"], row["domain"]) for row in found} == {
        ("acc_1", "acc_1", "Acme", "acme.test")
    }
    assert {str(row["created_on"]) for row in found} == {"2026-03-01"}


def test_what_was_said_and_by_whom_reaches_no_file() -> None:
    kept = str(list(stream("conversations").whole({}, [a_conversation()])))
    assert "1295" in kept
    assert not [word for word in ("Jane", "Bob", "jane@") if word in kept]


def test_records_as_they_are_documented_have_not_drifted_and_a_company_of_another_form_has() -> None:
    for name, record in (("conversations", a_conversation()), ("companies", COMPANY)):
        (whole,) = stream(name).whole({}, [record])
        assert adapted(whole, stream(name).gives[0].fields(whole), "freeze") is whole

    (odd,) = stream("conversations").whole({}, [a_conversation(company="Acme")])
    with pytest.raises(DriftedRecord, match="company is text and was object"):
        adapted(odd, stream("conversations").gives[0].fields(odd), "drop_row")


def test_the_records_that_came_are_counted_against_those_that_intercom_says_there_are() -> None:
    assert [stream(name).total for name in ("conversations", "companies")] == ["total_count", "total_count"]


def test_an_increment_searches_what_changed_since_oldest_first() -> None:
    ask = stream("conversations").ask(at(4))
    assert ask.json == {
        "query": {"field": "updated_at", "operator": ">", "value": seconds(4)},
        "sort": {"field": "updated_at", "order": "ascending"},
        "pagination": {"per_page": 150},
    }
    first = stream("conversations").ask(None).json or {}
    assert first["query"]["value"] == 0


def test_the_version_of_the_api_is_named_and_the_token_is_not_shown() -> None:
    connection = Connection("intercom", "https://api.intercom.io", "", "hush")
    access = INTERCOM.access(connection, PatientSession(Deadline(Patience())))
    assert access.headers["Intercom-Version"] == "2.17"
    assert "hush" not in repr(access)
