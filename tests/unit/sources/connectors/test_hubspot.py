"""What a HubSpot record says of the past: what the history of its properties tells, and nothing known only later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sources.connectors.hubspot_examples import TIERS, at, instant, stream


def rows(name: str, record: dict[str, Any], **options: str) -> list[dict[str, Any]]:
    return list(stream(name, **options).gives[0].rows(record))


def told(*values: tuple[int, str]) -> list[dict[str, Any]]:
    """The history of a property, newest first as HubSpot gives it."""
    return [{"value": value, "timestamp": at(day), "sourceType": "CRM_UI"} for day, value in reversed(values)]


def a_company(history: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """As HubSpot writes one: made on March 2, changed last on March 20."""
    own = {"hs_object_id": "512", "name": "Acme", "domain": "acme.test", "industry": "RETAIL", "service_tier": "gold"}
    own |= {"segment": "smb", "hubspot_owner_id": "41", "hs_parent_company_id": None, "hs_merged_object_ids": None}
    own |= properties
    past = {name: told((2, value)) for name, value in own.items() if value}
    return {
        "id": own["hs_object_id"],
        "properties": own,
        "propertiesWithHistory": past | (history or {}),
        "createdAt": at(2),
        "updatedAt": at(20),
        "archived": False,
    }


def a_call(**changes: Any) -> dict[str, Any]:
    properties = {"hs_object_id": "77", "hubspot_owner_id": "41", "hs_timestamp": "2026-03-04T15:00:00Z"}
    properties |= {"hs_activity_type": None, "hs_call_disposition": "73a0d17f-1163-4015-bdd5-ec830791da20"}
    record = {"id": "77", "properties": properties, "company": "512", "createdAt": at(4), "updatedAt": at(5)}
    return {**record, "archived": False, **changes}


def history(found: list[dict[str, Any]], column: str) -> list[tuple[datetime, Any]]:
    return [(row["recorded_at"], row.get(column)) for row in found]


def test_each_value_is_known_since_it_was_set() -> None:
    found = rows("accounts", a_company({"service_tier": told((2, "bronze"), (10, "silver"), (20, "gold"))}), **TIERS)

    assert history(found, "tier") == [(instant(2), "bronze"), (instant(10), "silver"), (instant(20), "gold")]
    expected = {"account_id": "512", "name": "Acme", "domain": "acme.test", "csm_id": "41", "segment": "smb"}
    assert expected.items() <= found[0].items()
    assert found[0]["created_on"] == instant(2).date()


def test_of_two_values_of_one_instant_the_one_that_hubspot_names_first_is_the_later_one() -> None:
    found = rows("accounts", a_company({"service_tier": told((2, "bronze"), (10, "silver"), (10, "gold"))}), **TIERS)

    assert history(found, "tier") == [(instant(2), "bronze"), (instant(10), "gold")]


def test_before_the_oldest_value_that_is_kept_nothing_is_known() -> None:
    found = rows("accounts", a_company({"service_tier": told((10, "silver"), (20, "gold"))}), **TIERS)

    assert history(found, "tier") == [(instant(2), None), (instant(10), "silver"), (instant(20), "gold")]


def test_a_value_that_was_cleared_is_none() -> None:
    found = rows("accounts", a_company({"service_tier": told((2, "gold"), (10, ""))}, service_tier=""), **TIERS)

    assert history(found, "tier") == [(instant(2), "gold"), (instant(10), None)]


def test_a_change_of_what_nobody_asked_for_is_no_version() -> None:
    assert history(rows("accounts", a_company(), **TIERS), "tier") == [(instant(2), "gold")]


def test_ids_are_told_by_the_key_that_the_company_uses() -> None:
    options = {"account_fields": "account_id=account_key", "user_fields": "csm_id=employee_number"}
    record = a_company(
        {"hubspot_owner_id": told((2, "41"), (10, "42"))},
        account_key="acc_1",
        hubspot_owner_id="42",
        hs_parent_company_id="9",
    )
    record |= {
        "owners": [{"id": "41", "user": "841"}, {"id": "42", "user": "842"}],
        "staff": [
            {"hs_internal_user_id": "841", "employee_number": "csm_01"},
            {"hs_internal_user_id": "842", "employee_number": "csm_02"},
        ],
        "companies": [{"id": "9", "key": "acc_roof"}],
    }
    found = rows("accounts", record, **options)

    assert {row["account_id"] for row in found} == {"acc_1"}
    assert history(found, "csm_id") == [(instant(2), "csm_01"), (instant(10), "csm_02")]
    assert {row["parent_account_id"] for row in found} == {"acc_roof"}


def test_what_was_merged_away_is_the_account_that_is_left_and_the_mixed_past_is_not_told() -> None:
    mixed = {
        "hs_merged_object_ids": told((12, "601;602")),
        "service_tier": told((2, "gold"), (5, "bronze"), (15, "platinum")),
        "name": told((2, "Acme"), (5, "Acme (2)"), (12, "Acme")),
    }
    record = a_company(mixed, hs_merged_object_ids="601;602", service_tier="platinum")
    found = rows("accounts", record, **TIERS)
    own = [row for row in found if row["account_id"] == "512"]

    assert history(own, "name") == [(instant(2), None), (instant(12), "Acme"), (instant(15), "Acme")]
    assert history(own, "tier") == [(instant(2), None), (instant(12), None), (instant(15), "platinum")]
    assert [row for row in found if row["account_id"] != "512"] == [
        {"account_id": other, "merged_into_account_id": "512", "recorded_at": instant(12)} for other in ("601", "602")
    ]


def test_a_merged_key_of_the_companys_own_is_in_the_history_of_the_key() -> None:
    mixed = {"account_key": told((2, "acc_1"), (5, "dup_1"), (12, "acc_1")), "hs_merged_object_ids": told((12, "601"))}
    record = a_company(mixed, account_key="acc_1", hs_merged_object_ids="601") | {"companies": []}
    found = rows("accounts", record, account_fields="account_id=account_key")

    assert [row for row in found if row.get("merged_into_account_id")] == [
        {"account_id": "dup_1", "merged_into_account_id": "acc_1", "recorded_at": instant(12)}
    ]


def a_contact(**changes: Any) -> dict[str, Any]:
    properties = {"hs_object_id": "7", "associatedcompanyid": "512", "firstname": "Jane", "lastname": "Doe"}
    properties |= {"email": "jane@acme.test", "jobtitle": ""}
    past = {name: told((2, value)) for name, value in properties.items() if value}
    past |= {"lastname": told((2, "Roe"), (10, "Doe")), "associatedcompanyid": told((5, "512"))}
    times = {"createdAt": at(2), "updatedAt": at(20), "archived": False}
    return {"id": "7", "properties": properties, "propertiesWithHistory": past, **times, **changes}


def test_a_contact_begins_when_its_account_is_known() -> None:
    found = rows("contacts", a_contact())

    assert history(found, "full_name") == [(instant(5), "Jane Roe"), (instant(10), "Jane Doe")]
    assert {row["account_id"] for row in found} == {"512"}


def test_a_contact_of_no_company_says_nothing_of_any_account() -> None:
    record = a_contact()
    assert rows("contacts", {**record, "properties": {**record["properties"], "associatedcompanyid": None}}) == []


def test_a_deleted_contact_champions_nothing_since_then() -> None:
    found = rows("contacts", a_contact(archived=True, archivedAt=at(25)), contact_fields="is_champion=champion")

    assert (found[-1]["is_champion"], found[-1]["recorded_at"]) == ("false", instant(25))


def test_of_what_is_archived_nothing_is_said_of_the_past() -> None:
    archived = a_contact(archived=True, archivedAt=at(25))
    del archived["propertiesWithHistory"]

    assert history(rows("contacts", archived), "full_name") == [(instant(25), "Jane Doe")]


def test_a_deal_reads_by_the_companys_own_words() -> None:
    properties = {"hs_object_id": "3", "hs_primary_associated_company": "512", "dealtype": "upsell"}
    properties |= {"dealstage": "998877", "amount": "1200.50", "deal_currency_code": "EUR"}
    properties |= {"closedate": "1774915200000"}
    past = {name: told((2, str(value))) for name, value in properties.items()}
    past["dealstage"] = told((2, "presentationscheduled"), (10, "998877"))
    record = {"id": "3", "properties": properties, "propertiesWithHistory": past}
    record |= {"createdAt": at(2), "updatedAt": at(20), "archived": False}
    found = rows("opportunities", record, opportunity_kinds="upsell=expansion", opportunity_stages="998877=won")

    assert history(found, "stage") == [(instant(2), "presentationscheduled"), (instant(10), "won")]
    assert {(row["kind"], row["currency"], row["amount"]) for row in found} == {("expansion", "EUR", "1200.50")}
    assert found[0]["close_on"] == datetime(2026, 3, 31, tzinfo=UTC).date()


def test_a_call_is_a_touch_since_its_last_change_with_the_result_in_words() -> None:
    (found,) = rows("calls", a_call())

    assert (found["kind"], found["outcome"], found["account_id"], found["csm_id"]) == ("call", "no_answer", "512", "41")
    assert found["occurred_at"] == datetime(2026, 3, 4, 15, tzinfo=UTC)
    assert found["recorded_at"] == instant(5)


@pytest.mark.parametrize("changes", [{"company": None}, {"archived": True}])
def test_a_call_of_no_company_or_that_was_deleted_is_no_touch(changes: dict[str, Any]) -> None:
    assert rows("calls", a_call(**changes)) == []


def test_an_owner_who_left_is_archived_and_has_the_words_of_the_user() -> None:
    owner = {
        "id": "41",
        "email": "anne@example.test",
        "firstName": "Anne",
        "lastName": "Abbott",
        "userId": None,
        "userIdIncludingInactive": 841,
        "createdAt": at(2),
        "updatedAt": at(20),
        "archived": True,
        "staff": [{"hs_internal_user_id": "841", "hs_standard_time_zone": "Europe/Berlin", "updatedAt": at(3)}],
    }
    found = rows("users", owner)

    assert history(found, "is_active") == [(instant(2), None), (instant(20), "false")]
    assert (found[1]["csm_id"], found[1]["full_name"], found[1]["timezone"]) == ("41", "Anne Abbott", "Europe/Berlin")


MOMENTS = st.integers(min_value=1, max_value=1000)
VALUES = st.sampled_from(["a", "b", "c", ""])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.dictionaries(MOMENTS, VALUES, max_size=6), st.dictionaries(MOMENTS, VALUES, max_size=6), st.integers(1, 4))
def test_no_version_says_what_was_not_so_when_it_was_recorded(
    tiers: dict[int, str], segments: dict[int, str], kept: int
) -> None:
    """Whatever happened to two properties, and however much of it is kept."""

    def spelled(minute: int) -> str:
        return (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    past = {"service_tier": {0: "a", **tiers}, "segment": {0: "a", **segments}}
    entries = {
        name: [{"value": held[minute], "timestamp": spelled(minute)} for minute in sorted(held, reverse=True)][:kept]
        for name, held in past.items()
    }
    now = {name: held[max(held)] for name, held in past.items()}
    last = max(max(held) for held in past.values())
    record = a_company(entries, **now) | {"createdAt": spelled(0), "updatedAt": spelled(last)}
    found = rows("accounts", record, **TIERS)

    assert found[-1].get("tier") == (now["service_tier"] or None)
    for row in found:
        minute = int((row["recorded_at"] - BEGIN).total_seconds() // 60)
        for name, column in (("service_tier", "tier"), ("segment", "segment")):
            truth = past[name][max(m for m in past[name] if m <= minute)] or None
            known_since = min(m for m in sorted(past[name], reverse=True)[:kept])
            assert row.get(column) == (truth if minute >= known_since else None)
