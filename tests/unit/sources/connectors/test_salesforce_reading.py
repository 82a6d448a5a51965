"""How Salesforce is asked: in order of change, in bulk at first, and on to the end of a history."""

from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import ConfigError
from copilot.sources.api.connector import Ask
from copilot.sources.connectors.salesforce import SALESFORCE
from copilot.sources.connectors.salesforce_bulk import BulkQuery
from tests.unit.sources.connectors.salesforce_examples import TIERS, an_account, change, instant, stream


def asked(name: str, since: Any = None, **options: str) -> str:
    found = stream(name, **options).ask(since)
    return found.params["q"] if isinstance(found, Ask) else found.soql  # type: ignore[attr-defined, no-any-return]


def test_the_question_is_in_order_of_change_and_has_the_history_with_it() -> None:
    question = asked("accounts", datetime(2026, 3, 2, 9, 0, 0, 999, tzinfo=UTC), **TIERS)

    assert "Tier__c" in question
    assert "(SELECT Field, DataType, OldValue, NewValue, CreatedDate FROM Histories)" in question
    assert question.endswith("FROM Account WHERE SystemModstamp >= 2026-03-02T09:00:00Z ORDER BY SystemModstamp, Id")
    assert "WHERE" not in asked("accounts", **TIERS)


def test_what_was_written_or_said_is_never_asked_for() -> None:
    everything = {"sentiment_object": "Sentiment__c", "milestone_object": "Milestone__c"}
    streams = [one.name for one in SALESFORCE.stream(everything)]
    questions = [asked(name, **everything) for name in streams]

    assert len(questions) == 8
    assert not [one for one in questions if "Description" in one or "Subject" in one or "Comments" in one]


def test_a_company_without_custom_objects_has_none_of_their_streams() -> None:
    names = {one.name for one in SALESFORCE.stream({})}

    assert names == {"accounts", "users", "contacts", "opportunities", "tasks", "events"}


def test_the_first_load_in_bulk_asks_without_subqueries_and_for_the_history_by_itself() -> None:
    given_ = {"first_load": "bulk", **TIERS}
    assert isinstance(stream("accounts", **given_).ask(None), BulkQuery)
    assert "Histories" not in asked("accounts", **given_)
    assert isinstance(stream("accounts", **given_).ask(instant(2)), Ask)
    histories = next(one for one in stream("accounts", **given_).beside if one.name == "Histories")
    assert histories.when == "whole"
    assert "FROM AccountHistory" in histories.ask(None).soql  # type: ignore[union-attr]


WRONG = {
    "an injection": ({"account_fields": "tier=Tier__c FROM Contact--"}, "cannot be the API name"),
    "an object that is none": ({"sentiment_object": "Sentiment c"}, "cannot be the API name"),
    "a column that there is not": ({"account_fields": "teir=Tier__c"}, "did you mean tier?"),
    "no pair": ({"account_fields": "Tier__c"}, "not of the form name=name"),
    "no key": ({"account_fields": "account_id="}, "account_id is needed"),
    "a load that there is not": ({"first_load": "fast"}, "there is rest and bulk"),
    "no date": ({"history_since": "last year"}, "is no date"),
    "an option that there is not": ({"tier_field": "Tier__c"}, "has no option tier_field"),
    "no lookup": ({"account_fields": "parent_account_id=Roof"}, "holds no id"),
}


@pytest.mark.parametrize(("options", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_option_is_told_before_anything_is_asked(options: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        SALESFORCE.stream(options)


def test_a_history_that_goes_on_elsewhere_is_read_to_its_end_and_only_what_is_mapped_is_kept() -> None:
    begun = {"done": False, "nextRecordsUrl": "/prefix/services/data/v62.0/query/01g-200", "records": [
        {**change(10, "Tier__c", "bronze", "silver"), "attributes": {"type": "AccountHistory"}},
        change(10, "Phone", "1", "2"),
    ]}  # fmt: skip
    calls: list[Ask] = []

    def call(ask: Ask) -> dict[str, Any]:
        calls.append(ask)
        return {"done": True, "records": [change(20, "Tier__c", "silver", "gold")]}

    (record,) = stream("accounts", **TIERS).complete(call, [an_account(Histories=begun)])

    assert [one.path for one in calls] == ["services/data/v62.0/query/01g-200"]
    assert record["Histories"] == [change(10, "Tier__c", "bronze", "silver"), change(20, "Tier__c", "silver", "gold")]


def test_a_record_without_any_change_has_an_empty_history() -> None:
    (record,) = stream("accounts", **TIERS).complete(lambda _: {}, [an_account(Histories=None)])

    assert record["Histories"] == []
