"""A page is believed only if it has what it must have, is not one that came before, and all of them add up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator, SinglePagePaginator

from copilot.sources.api.connector import Ask, Stream
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.pages import MOST_EMPTY_PAGES, MOST_SAME_PAGES, pages
from copilot.sources.api.session import Deadline, Patience, PatientSession
from tests.scripted_api import Answer, Asked, scripted

TICKETS = Stream(
    "tickets",
    ask=lambda since: Ask("tickets", params={"since": since}),
    select="tickets",
    paginator=lambda: JSONResponseCursorPaginator("next", cursor_param="after"),
    gives=(),
    total="count",
)


def a_page(*ids: int, following: str | None = None, **others: Any) -> Answer:
    return Answer({"tickets": [{"id": number} for number in ids], "next": following, **others})


def read(*answers: Answer | Callable[[Asked], Answer], stream: Stream = TICKETS) -> list[int]:
    with scripted(*answers) as api:
        client = RESTClient(api.url, session=PatientSession(Deadline(Patience(total_seconds=600))))
        return [record["id"] for page in pages(client, stream, stream.ask("today")) for record in page.records]


def test_every_record_of_every_page_comes_once_and_in_order() -> None:
    assert read(a_page(1, 2, following="b", count=5), a_page(3, 4, following="c"), a_page(5)) == [1, 2, 3, 4, 5]


def test_the_first_request_asks_for_the_window_and_the_next_for_its_page() -> None:
    with scripted(a_page(1, following="b"), a_page(2)) as api:
        client = RESTClient(api.url, session=PatientSession(Deadline(Patience(total_seconds=600))))
        list(pages(client, TICKETS, TICKETS.ask("today")))
        assert [asked.params for asked in api.asked] == [{"since": "today"}, {"since": "today", "after": "b"}]


def test_no_record_at_all_is_an_answer() -> None:
    assert read(a_page(count=0)) == []


@pytest.mark.parametrize(
    "body", [{"next": None}, {"error": "try later", "next": None}, []], ids=["no list", "an error", "no object"]
)
def test_a_page_without_its_list_of_records_is_no_empty_page(body: Any) -> None:
    with pytest.raises(UntrustworthyPage, match="gave a page without tickets"):
        read(Answer(body))


def test_an_object_where_the_answer_is_nothing_but_a_list_is_no_record() -> None:
    bare = replace(TICKETS, select="$", total=None, paginator=SinglePagePaginator)

    assert read(Answer([{"id": 1}, {"id": 2}]), stream=bare) == [1, 2]
    with pytest.raises(UntrustworthyPage, match="gave something else than a list of records"):
        read(Answer({"id": 1, "error": "try later"}), stream=bare)


def test_records_that_are_none_are_refused() -> None:
    with pytest.raises(UntrustworthyPage, match="something else than records"):
        read(Answer({"tickets": ["one", "two"], "next": None}))


def test_fewer_records_than_the_vendor_declares_are_not_taken() -> None:
    with pytest.raises(UntrustworthyPage, match="says that there are 900 records and gave 3"):
        read(a_page(1, 2, following="b", count=900), a_page(3))


def test_more_than_declared_is_fine_because_some_are_added_meanwhile() -> None:
    assert read(a_page(1, 2, following="b", count=2), a_page(3)) == [1, 2, 3]


def test_a_token_that_comes_again_ends_the_reading() -> None:
    with pytest.raises(UntrustworthyPage, match="same page token again"):
        read(a_page(1, following="b"))


def test_empty_pages_for_ever_end_too() -> None:
    numbers = iter(range(10_000))

    def empty(_: Asked) -> Answer:
        return a_page(following=f"page-{next(numbers)}")

    with pytest.raises(UntrustworthyPage, match=f"gave {MOST_EMPTY_PAGES + 1} empty pages"):
        read(empty)


def test_the_same_records_page_after_page_end_the_reading_also_where_each_page_has_a_token_of_its_own() -> None:
    numbers = iter(range(10_000))

    def same(_: Asked) -> Answer:
        return a_page(1, 2, following=f"page-{next(numbers)}")

    with pytest.raises(UntrustworthyPage, match="gives the same records page after page"):
        read(same)
    assert next(numbers) == MOST_SAME_PAGES + 2


def test_a_page_that_comes_twice_is_fine_because_searches_overlap() -> None:
    assert read(a_page(1, following="b"), a_page(1, following="c"), a_page(2)) == [1, 1, 2]


def test_a_page_that_is_no_json_is_refused_whatever_it_is_called() -> None:
    with pytest.raises(UntrustworthyPage, match="gave a page in another form than it documents"):
        read(Answer(b"soon", headers={"Content-Type": "text/plain"}))


def test_a_search_by_post_turns_its_pages_in_the_body_and_leaves_the_connector_as_it_was() -> None:
    question = {"query": {"field": "updated_at"}, "pagination": {"per_page": 2}}
    stream = replace(
        TICKETS,
        ask=lambda _: Ask("search", "POST", json=question),
        paginator=lambda: JSONResponseCursorPaginator("next", cursor_body_path="pagination.after"),
    )
    bodies: list[bytes] = []

    def page(asked: Asked) -> Answer:
        bodies.append(asked.body)
        return a_page(len(bodies), following="b" if len(bodies) == 1 else None)

    assert read(page, stream=stream) == [1, 2]
    assert b'"after": "b"' in bodies[1]
    assert question == {"query": {"field": "updated_at"}, "pagination": {"per_page": 2}}
