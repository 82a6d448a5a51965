"""What a page lacks is asked for, what an answer repeats is no news, and a token comes from where it is given."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

from copilot.sources.api.auth import token_endpoint
from copilot.sources.api.connector import Ask, Call, Record, Stream
from copilot.sources.api.faults import SourceRefused, UntrustworthyPage
from copilot.sources.api.history import news
from copilot.sources.api.pages import pages
from copilot.sources.api.session import Deadline, Patience, PatientSession
from tests.scripted_api import Answer, scripted


def a_session() -> PatientSession:
    return PatientSession(Deadline(Patience(total_seconds=600)))


def with_details(call: Call, records: list[Record]) -> list[Record]:
    answer = call(Ask("details", "POST", params={"full": "yes"}, json={"ids": [one["id"] for one in records]}))
    return [{**one, "detail": answer[str(one["id"])]} for one in records]


DEALS = Stream(
    "deals",
    ask=lambda _: Ask("deals"),
    select="deals",
    paginator=SinglePagePaginator,
    gives=(),
    complete=with_details,
)


def read(*answers: Answer, stream: Stream = DEALS) -> tuple[list[Record], list[Any]]:
    with scripted(*answers) as api:
        client = RESTClient(api.url, session=a_session())
        found = [record for page in pages(client, stream, stream.ask(None)) for record in page.records]
        return found, api.asked


def test_what_a_page_lacks_is_asked_for_by_a_call_of_its_own() -> None:
    records, asked = read(Answer({"deals": [{"id": 1}, {"id": 2}]}), Answer({"1": "a", "2": "b"}))

    assert records == [{"id": 1, "detail": "a"}, {"id": 2, "detail": "b"}]
    assert (asked[1].method, asked[1].path, asked[1].params) == ("POST", "/details", {"full": "yes"})
    assert asked[1].body == b'{"ids": [1, 2]}'


@pytest.mark.parametrize("body", [[], b"soon"])
def test_an_answer_to_it_that_is_no_object_is_no_answer(body: Any) -> None:
    plain = {"Content-Type": "text/plain"} if isinstance(body, bytes) else {}
    with pytest.raises(UntrustworthyPage, match="no JSON object at details"):
        read(Answer({"deals": [{"id": 1}]}), Answer(body, headers=plain))


def test_a_stream_that_lacks_nothing_makes_no_call() -> None:
    records, asked = read(Answer({"deals": [{"id": 1}]}), stream=replace(DEALS, complete=lambda _, found: found))

    assert (records, len(asked)) == ([{"id": 1}], 1)


def at(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


def test_a_version_that_repeats_the_one_before_is_no_news() -> None:
    told = [{"tier": "a", "recorded_at": at(1)}, {"tier": "a", "name": None, "recorded_at": at(2)}]
    again = [{"tier": "b", "recorded_at": at(3)}, {"tier": "a", "recorded_at": at(4)}]

    assert list(news([*told, *again])) == [told[0], *again]


def test_versions_begin_when_all_that_is_needed_is_known_and_the_last_one_is_never_left_out() -> None:
    without = {"tier": "a", "recorded_at": at(1)}
    found = {"tier": "a", "account_id": "1", "recorded_at": at(2)}

    assert list(news([without, found], ("account_id",))) == [found]
    assert list(news([without], ("account_id",))) == [without]


def test_a_token_endpoint_is_asked_with_a_form() -> None:
    with scripted(Answer({"access_token": "t"})) as api:
        fields = token_endpoint(a_session(), f"{api.url}/token")({"grant_type": "client_credentials"})
        assert api.asked[0].body == b"grant_type=client_credentials"
    assert fields == {"access_token": "t"}


@pytest.mark.parametrize("answer", [Answer([]), Answer(b"soon", headers={"Content-Type": "text/plain"})])
def test_a_page_instead_of_a_token_is_a_matter_of_settings(answer: Answer) -> None:
    with scripted(answer) as api, pytest.raises(SourceRefused, match="answered without JSON"):
        token_endpoint(a_session(), api.url)({"client_secret": "hush"})
