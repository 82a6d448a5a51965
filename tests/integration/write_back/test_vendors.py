"""The vendors of the sandbox refuse what the real ones refuse, and odd keys are asked for as what they are."""

from dataclasses import replace
from typing import Any

import pytest
import requests

from copilot.sandbox.vendors.oauth import writing
from copilot.sources.api.connection import from_environment
from copilot.sources.api.faults import SourceRefused
from copilot.write_back import day
from copilot.write_back.crm import NotWritten
from copilot.write_back.diff import Change
from copilot.write_back.targets import aims, open_crm
from tests.integration.write_back.conftest import NAMES, ODD, REJECTED, SECRET, TWINS, Desk

ONLY_SALESFORCE = pytest.mark.parametrize("desk", ["salesforce"], indirect=True)
ONLY_HUBSPOT = pytest.mark.parametrize("desk", ["hubspot"], indirect=True)


def opened(desk: Desk) -> Any:
    wish = desk.wish()
    (aim,) = aims(wish.config, wish.mapping, wish.sources)
    return open_crm(aim.source, from_environment(aim.connection))


def changes(desk: Desk, n: int, name: str = "health", value: Any = 1) -> list[Change]:
    field = desk.field(name) if name in ("health", "as_of", "reason") else name
    return [Change(account, desk.record(account), {field: None}, {field: value}) for account in NAMES[:n]]


@ONLY_SALESFORCE
def test_salesforce_takes_two_hundred_records_a_call_and_not_one_more(desk: Desk) -> None:
    crm = opened(desk)

    assert len(crm.write(changes(desk, 200))) == 200
    with pytest.raises(SourceRefused, match=r"with 400: .*EXCEEDED_ID_LIMIT"):
        crm.write(changes(desk, 201))


@ONLY_HUBSPOT
def test_hubspot_takes_a_hundred_records_a_call_and_not_one_more(desk: Desk) -> None:
    url = f"http://127.0.0.1:{desk.port}/hubspot/crm/v3/objects/companies/batch/update"
    inputs = [{"id": one.record_id, "properties": dict(one.new)} for one in changes(desk, 101)]
    answers = [
        requests.post(url, json={"inputs": part}, headers={"Authorization": f"Bearer {writing(SECRET)}"}, timeout=10)
        for part in (inputs[:100], inputs)
    ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("name", "value", "codes"),
    [
        ("health", "many", {"INVALID_TYPE_ON_FIELD_IN_RECORD", "VALIDATION_ERROR"}),
        ("as_of", "17.11.2026", {"INVALID_TYPE_ON_FIELD_IN_RECORD", "VALIDATION_ERROR"}),
        ("reason", "x" * 256, {"STRING_TOO_LONG", "VALIDATION_ERROR"}),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(desk: Desk, name: str, value: Any, codes: set[str]) -> None:
    (outcome,) = opened(desk).write(changes(desk, 1, name, value))

    assert outcome.code in codes
    assert desk.written.held == {}


def test_a_text_that_is_too_long_for_the_field_is_refused_by_the_vendor_alone(desk: Desk) -> None:
    desk.publish("a0001")
    desk.company.account("a0002", health_band="w" * 41)

    counts = day.apply(desk.wish())["crm"]

    assert (counts["written"], counts["rejected"]) == (1, 1)
    assert [account for account, _, _ in desk.company.rows(REJECTED)] == ["a0002"]


def test_a_field_that_there_is_not_stops_the_run_and_writes_none(desk: Desk) -> None:
    with pytest.raises((NotWritten, SourceRefused), match=r"No such column 'Nope__c'|no such property"):
        opened(desk).write(changes(desk, 3, "Nope__c"))

    assert desk.written.held == {}


def test_a_record_that_is_gone_is_refused_alone(desk: Desk) -> None:
    first, second = changes(desk, 2)
    gone = replace(second, record_id=second.record_id[::-1])

    told = opened(desk).write([first, gone])

    assert [one.code for one in told] == [
        "",
        "ENTITY_IS_DELETED" if desk.vendor == "salesforce" else "OBJECT_NOT_FOUND",
    ]
    assert desk.written.held.keys() == {first.record_id}


def test_a_key_is_only_text_and_long_keys_are_asked_for_in_several_questions(desk: Desk) -> None:
    hostile = ["x') OR Name != ('", "a0001' OR '1'='1", "%27", "\\'", "A0001"]
    long = [f"{'k' * 240}{number}" for number in range(100)]

    answer = opened(desk).read([ODD, *hostile, *long], [desk.field("health")])

    assert answer.standing.keys() == {ODD}
    assert answer.missing.keys() == {*hostile, *long}
    if desk.vendor == "salesforce":
        assert sum(what == "queryAll" for _, what in desk.calls) == 4


@ONLY_SALESFORCE
def test_two_records_with_one_key_are_neither_of_them_guessed(desk: Desk) -> None:
    desk.option("account_id=Website")

    answer = opened(desk).read([f"https://www.{TWINS}"], [desk.field("health")])

    assert (dict(answer.standing), dict(answer.missing)) == (
        {},
        {f"https://www.{TWINS}": "the CRM has 2 records of it"},
    )
