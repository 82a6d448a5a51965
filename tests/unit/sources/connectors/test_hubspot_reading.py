"""How HubSpot is asked: searches that go on by time and number, lists, and a second reading with the history."""

from typing import Any

import pytest
from requests import Request, Response

from config.settings import ConfigError
from copilot.sources.api.connector import Ask
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.connectors.hubspot import HUBSPOT
from copilot.sources.connectors.hubspot_paging import HubSpotPaginator
from tests.unit.sources.connectors.hubspot_examples import TIERS, at, instant, stream


def turned(page: dict[str, Any], request: Request, paginator: HubSpotPaginator) -> Request:
    """The next request after that answer."""
    response = Response()
    response.request = request.prepare()
    response.json = lambda **_: page  # type: ignore[method-assign]
    paginator.update_state(response, page["results"])
    paginator.update_request(request)
    return request


def searched(*pages: dict[str, Any]) -> tuple[HubSpotPaginator, dict[str, Any]]:
    """The paginator after these pages, and what it asks for next."""
    paginator = HubSpotPaginator()
    request = Request("POST", "http://hub.test/crm/v3/objects/companies/search", json=a_search())
    for page in pages:
        turned(page, request, paginator)
    return paginator, request.json  # type: ignore[return-value]


def a_search() -> dict[str, Any]:
    """For what was changed since March 2."""
    found = stream("accounts", **TIERS).ask(instant(2))
    assert isinstance(found, Ask)
    assert found.json is not None
    return dict(found.json)


def changed_on(*days: int, has_more: bool = True) -> dict[str, Any]:
    results = [{"id": f"{day}0{n}", "properties": {"hs_lastmodifieddate": at(day)}} for n, day in enumerate(days)]
    return {"total": 900, "results": results, **({"paging": {"next": {"after": "100"}}} if has_more else {})}


def milliseconds(day: int) -> str:
    return str(int(instant(day).timestamp() * 1000))


def condition(operator: str, day: int) -> dict[str, Any]:
    return {"propertyName": "hs_lastmodifieddate", "operator": operator, "value": milliseconds(day)}


def by_number(above: str) -> list[dict[str, Any]]:
    at_once = {**condition("BETWEEN", 2), "highValue": milliseconds(2)}
    return [at_once, {"propertyName": "hs_object_id", "operator": "GT", "value": above}]


def test_a_search_goes_on_from_the_time_of_the_last_record_because_an_offset_shifts() -> None:
    paginator, question = searched(changed_on(3, 4, 5))

    assert paginator.has_next_page
    assert question == {**a_search(), "filterGroups": [{"filters": [condition("GTE", 5)]}]}


def test_an_instant_that_fills_a_page_is_read_by_number_and_then_what_comes_after_it() -> None:
    paginator, question = searched(changed_on(2, 2))
    assert question["filterGroups"][0]["filters"] == by_number("0")
    assert question["sorts"][0]["propertyName"] == "hs_object_id"

    paginator, question = searched(changed_on(2, 2), changed_on(2, 2))
    assert question["filterGroups"][0]["filters"] == by_number("201")

    paginator, question = searched(changed_on(2, 2), changed_on(2, 2), changed_on(2, has_more=False))
    assert paginator.has_next_page
    assert question == {**a_search(), "filterGroups": [{"filters": [condition("GT", 2)]}]}

    paginator, question = searched(changed_on(2, 2), changed_on(2, has_more=False), changed_on(3, has_more=False))
    assert not paginator.has_next_page


def test_an_empty_page_that_is_not_the_last_is_not_believed() -> None:
    with pytest.raises(UntrustworthyPage, match="an empty page"):
        searched(changed_on())


def test_the_last_page_of_a_search_is_the_last() -> None:
    paginator, _ = searched(changed_on(3, has_more=False))

    assert not paginator.has_next_page


def test_a_list_ends_with_what_was_archived() -> None:
    params = {"archived": "false", "limit": 50, "propertiesWithHistory": "name", "after": "7"}
    request, paginator = Request("GET", "http://hub.test/companies", params=dict(params)), HubSpotPaginator()
    turned({"results": [{"id": "9"}], "paging": {"next": {"after": "9"}}}, request, paginator)
    assert (paginator.has_next_page, request.params) == (True, {**params, "after": "9"})

    turned({"results": [{"id": "9"}]}, request, paginator)
    assert (paginator.has_next_page, request.params) == (True, {"archived": "true", "limit": 50})

    turned({"results": []}, request, paginator)
    assert not paginator.has_next_page


def test_everything_is_listed_with_its_history_and_then_only_changes_are_searched_for() -> None:
    whole = stream("accounts", **TIERS).ask(None)
    assert isinstance(whole, Ask)
    assert (whole.path, whole.params["limit"], whole.params["archived"]) == ("crm/v3/objects/companies", 50, "false")
    assert {"service_tier", "hs_merged_object_ids"} <= set(whole.params["propertiesWithHistory"].split(","))
    assert "hs_lastmodifieddate" not in whole.params["propertiesWithHistory"]

    question = stream("contacts").ask(instant(2))
    assert isinstance(question, Ask)
    assert question.json is not None
    assert (question.method, question.path) == ("POST", "crm/v3/objects/contacts/search")
    assert question.json["filterGroups"][0]["filters"] == [{**condition("GTE", 2), "propertyName": "lastmodifieddate"}]


def test_what_was_written_or_said_is_never_asked_for() -> None:
    everything = {"sentiment_object": "p1_sentiment", "milestone_object": "p1_milestone"}
    asked = [one.ask(None) for one in HUBSPOT.stream(everything)]  # type: ignore[union-attr]
    names = {name for one in asked if isinstance(one, Ask) for name in one.params.get("properties", "").split(",")}

    assert len(asked) == 9
    assert not [name for name in names - {"jobtitle"} for said in ("body", "subject", "title", "text") if said in name]


@pytest.fixture
def calls() -> list[Ask]:
    return []


def found_one(number: int) -> dict[str, Any]:
    """As a search gives it."""
    return {"id": str(number), "properties": {}, "archived": False}


def test_what_a_search_finds_is_read_again_with_its_history_fifty_at_a_time(calls: list[Ask]) -> None:
    def call(ask: Ask) -> dict[str, Any]:
        calls.append(ask)
        assert ask.json is not None
        return {"status": "COMPLETE", "results": [{"id": one["id"], "read": True} for one in ask.json["inputs"]]}

    found = stream("accounts", **TIERS).complete(call, [found_one(number) for number in range(120)])

    assert [one["id"] for one in found] == [str(number) for number in range(120)]
    assert all(one["read"] for one in found)
    assert [len(one.json["inputs"]) for one in calls if one.json] == [50, 50, 20]
    assert {one.path for one in calls} == {"crm/v3/objects/companies/batch/read"}


def test_a_listed_or_archived_record_needs_no_second_reading(calls: list[Ask]) -> None:
    records = [{**found_one(1), "propertiesWithHistory": {}}, {**found_one(2), "archived": True}]

    assert stream("accounts").complete(lambda ask: {"results": calls.append(ask)}, records) == records
    assert calls == []


def test_a_record_that_is_gone_meanwhile_is_left_out_but_a_missing_one_is_no_page() -> None:
    gone = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["2"]}}
    batch = {"results": [{"id": "1"}, {"id": "9"}], "errors": [gone]}
    complete = stream("accounts").complete

    # 2 was deleted, and 3 was merged into 9.
    assert [one["id"] for one in complete(lambda _: batch, [found_one(1), found_one(2), found_one(3)])] == ["1", "9"]
    with pytest.raises(UntrustworthyPage, match="gave 1 of 2 records"):
        complete(lambda _: {"results": [{"id": "1"}]}, [found_one(1), found_one(2)])


def test_touches_are_told_their_company_by_association() -> None:
    answer = {"results": [{"from": {"id": "1"}, "to": [{"toObjectId": 512}, {"toObjectId": 7}]}]}
    found = stream("calls").complete(lambda _: answer, [{"id": "1"}, {"id": "2"}])

    assert [one["company"] for one in found] == ["512", None]


def test_a_wrong_option_is_told_before_anything_is_asked() -> None:
    with pytest.raises(ConfigError, match="cannot be the API name"):
        HUBSPOT.stream({"sentiment_object": "companies/../x"})
