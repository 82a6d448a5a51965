"""What a Salesforce record says of the past: what its field history tells, and nothing that was known only later."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sources.connectors.salesforce_examples import (
    ACME,
    ANNE,
    BERT,
    ROOF,
    SINCE,
    TIERS,
    an_account,
    at,
    change,
    instant,
    stream,
    tracked,
)


def rows(name: str, record: dict[str, Any], **options: str) -> list[dict[str, Any]]:
    return list(stream(name, **options).gives[0].rows(record))


def a_task(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "00Txx000001abcdAAA",
        "CreatedDate": at(4),
        "SystemModstamp": at(5),
        "IsDeleted": False,
        "IsClosed": True,
        "TaskSubtype": "Call",
        "Type": None,
        "CallDisposition": "No Answer",
        "ActivityDate": "2026-03-04",
        "CompletedDateTime": at(4, 15),
        "AccountId": ACME,
        "OwnerId": ANNE,
        **changes,
    }


def history(found: Iterable[dict[str, Any]], column: str) -> list[tuple[datetime, Any]]:
    return [(row["recorded_at"], row.get(column)) for row in found]


def test_a_record_that_never_changed_is_known_since_it_was_made() -> None:
    found = rows("accounts", an_account(SystemModstamp=at(2), tracked=[]), **TIERS)

    assert len(found) == 1
    expected = {"account_id": ACME, "name": "Acme", "domain": "acme.test", "industry": "Software", "tier": "gold"}
    assert expected.items() <= found[0].items()
    assert found[0]["csm_id"] == BERT
    assert found[0]["created_on"] == instant(2).date()
    assert found[0]["recorded_at"] == instant(2)


def test_before_the_change_of_a_tracked_field_its_old_value_held() -> None:
    told = [change(10, "Tier__c", "bronze", "silver"), change(20, "Tier__c", "silver", "gold")]
    found = rows("accounts", an_account(Histories=told), **TIERS)

    assert history(found, "tier") == [(instant(2), "bronze"), (instant(10), "silver"), (instant(20), "gold")]
    assert {row["segment"] for row in found} == {"smb"}


def test_changes_come_in_any_order() -> None:
    told = [change(20, "Tier__c", "silver", "gold"), change(10, "Tier__c", "bronze", "silver")]
    found = rows("accounts", an_account(Histories=told), **TIERS)

    assert [value for _, value in history(found, "tier")] == ["bronze", "silver", "gold"]


def test_changes_of_one_second_follow_from_one_another() -> None:
    told = [change(10, "Tier__c", "silver", "gold"), change(10, "Tier__c", "bronze", "silver")]
    for in_any_order in (told, told[::-1]):
        found = rows("accounts", an_account(Histories=in_any_order), **TIERS)
        assert history(found, "tier") == [(instant(2), "bronze"), (instant(10), "gold")]


def test_a_field_that_is_not_tracked_is_known_since_the_last_change_only() -> None:
    record = an_account(tracked=tracked("Name"), Histories=[change(10, "Name", "Acme Ltd", "Acme")])
    found = rows("accounts", record, **TIERS)

    assert history(found, "name") == [(instant(2), "Acme Ltd"), (instant(10), "Acme"), (instant(20), "Acme")]
    assert history(found, "tier") == [(instant(2), None), (instant(10), None), (instant(20), "gold")]


def test_that_an_account_exists_is_known_even_where_nothing_else_is() -> None:
    found = rows("accounts", an_account(tracked=[]), **TIERS)

    assert [row["recorded_at"] for row in found] == [instant(2), instant(20)]
    assert found[0] == {"account_id": ACME, "created_on": instant(2).date(), "recorded_at": instant(2)}


def test_an_owner_changes_by_id_and_a_colleague_called_like_an_id_changes_nothing() -> None:
    told = [
        change(10, "Owner", "Anne Abbott", "Bert Bauer"),
        change(10, "Owner", ANNE, BERT, "EntityId"),
    ]
    found = rows("accounts", an_account(Histories=told), **TIERS)

    assert history(found, "csm_id") == [(instant(2), ANNE), (instant(10), BERT)]


def test_ids_are_told_by_the_key_that_the_company_uses() -> None:
    options = {
        **SINCE,
        "account_fields": "account_id=Account_Key__c",
        "user_fields": "csm_id=EmployeeNumber",
    }
    told = [change(10, "Owner", ANNE, BERT, "EntityId"), change(12, "Parent", None, ROOF, "EntityId")]
    record = an_account(
        Account_Key__c="acc_1",
        ParentId=ROOF,
        Parent={"Account_Key__c": "acc_roof"},
        MasterRecord=None,
        Histories=told,
        users=[{"Id": ANNE, "key": "csm_01"}, {"Id": BERT, "key": "csm_02"}],
        accounts=[{"Id": ROOF, "key": "acc_roof"}],
    )
    found = rows("accounts", record, **options)

    assert {row["account_id"] for row in found} == {"acc_1"}
    assert history(found, "csm_id") == [(instant(2), "csm_01"), (instant(10), "csm_02"), (instant(12), "csm_02")]
    assert [value for _, value in history(found, "parent_account_id")] == [None, None, "acc_roof"]


def test_a_queue_is_nobody() -> None:
    found = rows("accounts", an_account(OwnerId="00Gxx000000abcdEAA"), **TIERS)

    assert {row["csm_id"] for row in found} == {None}


def test_what_was_before_the_history_is_complete_is_not_made_up() -> None:
    told = [change(5, "Tier__c", "bronze", "silver"), change(15, "Tier__c", "silver", "gold")]
    found = rows("accounts", an_account(Histories=told), **TIERS | {"history_since": "2026-03-10"})

    assert history(found, "tier") == [
        (instant(2), None),
        (datetime(2026, 3, 10, tzinfo=UTC), "silver"),
        (instant(15), "gold"),
    ]


def test_a_merged_account_says_into_which_one_and_since_when() -> None:
    found = rows("accounts", an_account(IsDeleted=True, MasterRecordId=ROOF), **TIERS)

    assert history(found, "merged_into_account_id") == [(instant(2), None), (instant(20), ROOF)]


def test_a_name_of_two_fields_is_what_both_were() -> None:
    contact = {
        "Id": "003xx000004TmiQAAS",
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "IsDeleted": False,
        "AccountId": ACME,
        "FirstName": "Jane",
        "LastName": "Doe",
        "Email": "jane@acme.test",
        "Title": None,
        "Histories": [change(10, "LastName", "Roe", "Doe")],
        "tracked": tracked("AccountId", "FirstName", "LastName", "Email", "Title"),
    }
    found = rows("contacts", contact, **SINCE)

    assert history(found, "full_name") == [(instant(2), "Jane Roe"), (instant(10), "Jane Doe")]
    assert {row["account_id"] for row in found} == {ACME}
    assert rows("contacts", {**contact, "AccountId": None}, **SINCE) == []
    assert rows("contacts", {**contact, "IsDeleted": True}, **SINCE)[-1]["is_champion"] == "false"


def test_a_contact_that_never_moved_is_of_its_account_since_it_was_made() -> None:
    contact = {
        "Id": "003xx000004TmiQAAS",
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "IsDeleted": False,
        "AccountId": ACME,
        "Account": {"Account_Key__c": "acc_1"},
        "FirstName": "Jane",
        "LastName": "Doe",
        "Email": None,
        "Title": "Owner",
        "tracked": tracked("AccountId", "Title"),
        "Histories": [change(10, "Title", "Clerk", "Owner"), change(12, "Account", ROOF, ACME, "EntityId")],
        "accounts": [{"Id": ROOF, "key": "acc_roof"}],
    }
    keyed = {**SINCE, "account_fields": "account_id=Account_Key__c"}
    moved = rows("contacts", contact, **keyed)
    stayed = rows("contacts", {**contact, "Histories": contact["Histories"][:1], "accounts": []}, **keyed)

    assert [value for _, value in history(moved, "account_id")] == ["acc_roof", "acc_roof", "acc_1", "acc_1"]
    assert history(stayed, "account_id") == [(instant(day), "acc_1") for day in (2, 10, 20)]


def test_a_contact_whose_earlier_account_is_not_known_begins_when_it_is() -> None:
    contact = {
        "Id": "003xx000004TmiQAAS",
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "IsDeleted": False,
        "AccountId": ACME,
        "FirstName": None,
        "LastName": "Doe",
        "Email": None,
        "Title": None,
        "tracked": tracked("FirstName", "LastName"),
        "Histories": [],
    }
    assert [row["recorded_at"] for row in rows("contacts", contact, **SINCE)] == [instant(20)]


def test_a_deal_is_won_by_the_companys_own_word_for_it() -> None:
    record = {
        "Id": "006xx000001SioqAAC",
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "IsDeleted": False,
        "AccountId": ACME,
        "Type": "Upsell",
        "StageName": "Signed",
        "Amount": 1200.5,
        "CloseDate": "2026-03-31",
        "Histories": [change(10, "StageName", "Needs Analysis", "Closed Lost"), change(20, "StageName", "x", "Signed")],
        "tracked": tracked("AccountId", "Type", "StageName", "Amount", "CloseDate"),
    }
    words = {"opportunity_kinds": "upsell=expansion", "opportunity_stages": "Signed=won", **SINCE}
    found = rows("opportunities", record, **words)

    assert [value for _, value in history(found, "stage")] == ["needs_analysis", "lost", "won"]
    assert {row["kind"] for row in found} == {"expansion"}
    assert {row["kind"] for row in rows("opportunities", record, **SINCE)} == {None}
    assert found[0]["created_at"] == instant(2)
    assert rows("opportunities", {**record, "IsDeleted": True}, **words)[-1]["stage"] == "deleted"


TOUCHES = {
    "a call by its subtype": (a_task(), "call"),
    "what the company calls it": (a_task(Type="Check In"), "check_in"),
    "an e-mail": (a_task(TaskSubtype="Email", CallDisposition=None), "email"),
}


@pytest.mark.parametrize(("record", "kind"), TOUCHES.values(), ids=TOUCHES.keys())
def test_a_task_that_is_done_is_a_touch_since_its_last_change(record: dict[str, Any], kind: str) -> None:
    (found,) = rows("tasks", record)

    assert (found["kind"], found["account_id"], found["csm_id"]) == (kind, ACME, ANNE)
    assert (found["occurred_at"], found["recorded_at"]) == (instant(4, 15), instant(5))


def test_the_result_of_a_call_is_a_word() -> None:
    assert rows("tasks", a_task())[0]["outcome"] == "no_answer"


@pytest.mark.parametrize("changes", [{"IsClosed": False}, {"IsDeleted": True}, {"AccountId": None}])
def test_what_is_not_done_or_gone_or_of_no_account_is_no_touch(changes: dict[str, Any]) -> None:
    assert rows("tasks", a_task(**changes)) == []


def test_a_task_that_was_closed_on_another_day_took_place_on_its_own_day() -> None:
    (found,) = rows("tasks", a_task(ActivityDate="2026-03-03"))

    assert found["occurred_at"] == instant(3, 0)


def test_an_event_is_a_meeting_at_its_beginning() -> None:
    event = {name: value for name, value in a_task(Type=None, StartDateTime=at(6, 10)).items() if name[:2] != "Is"}
    (found,) = rows("events", {**event, "IsDeleted": False})

    assert (found["kind"], found["occurred_at"]) == ("meeting", instant(6, 10))


def test_a_user_has_no_history_and_who_is_no_colleague_is_none() -> None:
    user = {
        "Id": ANNE,
        "CreatedDate": at(2),
        "SystemModstamp": at(20),
        "Name": "Anne Abbott",
        "Email": "anne@example.test",
        "TimeZoneSidKey": "Europe/Berlin",
        "ManagerId": BERT,
        "IsActive": False,
        "UserType": "Standard",
    }
    found = rows("users", user)

    assert history(found, "is_active") == [(instant(2), None), (instant(20), "false")]
    assert (found[1]["timezone"], found[1]["manager_id"]) == ("Europe/Berlin", BERT)
    assert rows("users", {**user, "UserType": "PowerPartner"}) == []


def test_a_bulk_answer_reads_as_the_same() -> None:
    told = [change(10, "Tier__c", "bronze", "gold")]
    in_bulk = an_account(Histories=told, IsDeleted="false", CreatedDate="2026-03-02T09:00:00.000Z")

    assert rows("accounts", in_bulk, **TIERS) == rows("accounts", an_account(Histories=told), **TIERS)
    (merged,) = rows("accounts", {**in_bulk, "IsDeleted": "true", "MasterRecordId": ROOF}, **TIERS)[-1:]
    assert merged["merged_into_account_id"] == ROOF
    assert len(rows("tasks", a_task(IsClosed="true", IsDeleted="false"))) == 1


def test_of_the_lists_beside_only_what_is_mapped_is_kept() -> None:
    lists = {one.name: one for one in stream("accounts", first_load="bulk", **TIERS).beside}

    assert lists["tracked"].key({"QualifiedApiName": "Tier__c", "IsFieldHistoryTracked": True}) == ""
    assert lists["tracked"].key({"QualifiedApiName": "Tier__c", "IsFieldHistoryTracked": False}) is None
    assert lists["tracked"].key({"QualifiedApiName": "Phone", "IsFieldHistoryTracked": True}) is None
    assert lists["Histories"].key({"AccountId": ACME, "Field": "Owner"}) == ACME
    assert lists["Histories"].key({"AccountId": ACME, "Field": "Phone"}) is None


MOMENTS = st.integers(min_value=1, max_value=1000)
VALUES = st.sampled_from(["a", "b", "c", None])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def spelled(minute: int) -> str:
    return (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@given(st.dictionaries(MOMENTS, VALUES, max_size=6), st.dictionaries(MOMENTS, VALUES, max_size=6), st.booleans())
def test_no_version_says_what_was_not_so_when_it_was_recorded(
    tiers: dict[int, str | None], segments: dict[int, str | None], is_tracked: bool
) -> None:
    """Whatever happened to two fields: each version has what they were then, or nothing."""
    past = {"Tier__c": {0: "a", **tiers}, "Segment__c": {0: "a", **segments}}
    told = []
    for name, held in past.items():
        moments = sorted(held)
        for before, after in pairwise(moments):
            if held[before] != held[after]:
                told.append(change(1, name, held[before], held[after]) | {"CreatedDate": spelled(after)})
    names = tracked("Tier__c", *(["Segment__c"] if is_tracked else []))
    if not is_tracked:
        told = [one for one in told if one["Field"] == "Tier__c"]
    now = {name: held[max(held)] for name, held in past.items()}
    last = spelled(max(*past["Tier__c"], *past["Segment__c"]))
    record = an_account(CreatedDate=spelled(0), SystemModstamp=last, Histories=told, tracked=names, **now)
    found = rows("accounts", record, **TIERS)

    assert found[-1]["tier"] == now["Tier__c"]
    assert found[-1]["segment"] == now["Segment__c"]
    assert [row["recorded_at"] for row in found] == sorted({row["recorded_at"] for row in found})
    for row in found:
        minute = int((row["recorded_at"] - BEGIN).total_seconds() // 60)
        truth = {name: held[max(m for m in held if m <= minute)] for name, held in past.items()}
        assert row["tier"] == truth["Tier__c"]
        assert row.get("segment") in (truth["Segment__c"], None)
        assert row.get("segment") == truth["Segment__c"] or not is_tracked
