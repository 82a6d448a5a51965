"""What is published into the fields of a CRM: exactly the difference, never nothing, never more than was meant."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from copilot.sandbox.vendors.faults import Fault
from copilot.write_back import day
from tests.integration.digest.company import TUESDAY
from tests.integration.write_back.conftest import (
    INTO,
    LOG,
    MERGED,
    MERGED_LATER_ON,
    NAMES,
    ODD,
    REJECTED,
    TO_BE_MERGED,
    VALUES,
    Desk,
)


def holds(desk: Desk, account: str) -> dict[str, Any]:
    """What stands in the mapped fields of an account, whatever the vendor makes of numbers."""
    names = [said["field"] if isinstance(said, dict) else said for said in VALUES.values()]
    found = {name: desk.holds(account, name) for name in names}
    return {name: None if value is None else str(value) for name, value in found.items()}


EXPECTED: Mapping[str, str | None] = {
    "health": "45", "health_band": "watch", "churn_risk": "41", "risk": "high", "reason": None, "open_alerts": "0",
    "as_of": "2026-11-17",
}  # fmt: skip


def test_a_preview_shows_the_difference_and_writes_nothing(desk: Desk) -> None:
    desk.publish("a0001", "a0002", MERGED, "nobody")
    desk.types("a0002", "health", 45)

    (shown,) = day.preview(desk.wish(enabled=False))

    assert [change.account_id for change in shown.diff.changes] == ["a0001", "a0002"]
    assert set(shown.diff.changes[0].new) - set(shown.diff.changes[1].new) == {desk.field("health")}
    assert shown.diff.missing.keys() == {MERGED, "nobody"}
    assert desk.calls
    assert desk.n_writes == 0
    assert desk.company.rows(LOG) == []
    assert not list(Path(desk.home).rglob("*.jsonl"))


def test_what_differs_is_written_and_a_second_time_nothing_is(desk: Desk) -> None:
    desk.publish("a0001", "a0002", ODD, reasons=Jsonb([{"text": "Champion left"}]))

    first = day.apply(desk.wish())["crm"]
    done = desk.n_writes
    second = day.apply(desk.wish())["crm"]

    assert (first["written"], second["written"], second["changed"]) == (3, 0, 0)
    for account in ("a0001", "a0002", ODD):
        assert holds(desk, account) == {**EXPECTED, "reason": "Champion left"}
    assert (done, desk.n_writes) == (1, 1)
    assert second["undo_file"] == ""


def test_only_rows_and_fields_that_changed_are_sent(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    day.apply(desk.wish())
    desk.publish("a0001")
    desk.company.account("a0002", health_band="watch", health_score=70)

    assert day.apply(desk.wish())["crm"]["written"] == 1

    (sent,) = desk.written.calls[1:]
    assert [(record, field) for record, field, _ in sent] == [(desk.record("a0002"), desk.field("health"))]


def test_a_new_day_alone_changes_no_row_and_goes_along_with_a_row_that_changes(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    day.apply(desk.wish())
    wednesday = TUESDAY + timedelta(days=1)
    desk.company.publish(wednesday)
    desk.company.account("a0001", wednesday, health_band="watch")
    desk.company.account("a0002", wednesday, health_band="healthy")

    assert day.apply(desk.wish())["crm"]["changed"] == 1

    assert [desk.holds(one, "as_of") for one in ("a0001", "a0002")] == ["2026-11-17", "2026-11-18"]


def test_what_is_unknown_here_never_goes_over_what_stands_there(desk: Desk) -> None:
    unknown = dict.fromkeys(("health_score", "health_band", "churn_probability"))
    desk.publish("a0001", risk_band="unknown", n_open_alerts=3, **unknown)
    before = {"health": 50, "health_band": "watch", "churn_risk": 12, "risk": "low", "reason": "By hand"}
    for name, value in before.items():
        desk.types("a0001", name, value)

    assert day.apply(desk.wish())["crm"]["written"] == 1

    assert {name: desk.holds("a0001", name) for name in before} == before
    assert str(desk.holds("a0001", "open_alerts")) == "3"
    (sent,) = desk.written.calls
    assert {field for _, field, _ in sent} == {desk.field("open_alerts"), desk.field("as_of")}


def test_an_account_that_left_is_left_alone(desk: Desk) -> None:
    desk.publish("a0001")
    desk.company.account("a0002", lifecycle="churned")

    assert day.apply(desk.wish())["crm"]["compared"] == 1

    assert desk.written.held.keys() == {desk.record("a0001")}


def test_no_field_is_touched_that_is_not_mapped(desk: Desk) -> None:
    desk.publish("a0001")
    desk.types("a0001", "next_step", "Ours")

    day.apply(desk.wish({"health_score": "health"}))

    (sent,) = desk.written.calls
    assert [field for _, field, _ in sent] == [desk.field("health")]
    assert desk.holds("a0001", "next_step") == "Ours"


def test_accounts_that_the_crm_does_not_know_or_has_merged_are_named_and_not_guessed(desk: Desk) -> None:
    desk.publish("a0002", MERGED, "nobody")

    counts = day.apply(desk.wish())["crm"]

    assert (counts["compared"], counts["written"], counts["missing"]) == (1, 1, 2)
    assert desk.written.held.keys() == {desk.record("a0002")}
    found = {account: (code, reason) for account, code, reason in desk.company.rows(REJECTED)}
    assert found["nobody"] == ("NO_RECORD", "the CRM has no record of it")
    # HubSpot forgets what a merged company was called.
    merged = f"it was merged into {desk.record(INTO)}" if desk.vendor == "salesforce" else "the CRM has no record of it"
    assert found[MERGED] == ("NO_RECORD", merged)


@pytest.mark.parametrize("desk", ["hubspot"], indirect=True)
def test_hubspots_own_number_leads_from_a_merged_company_to_a_reason(desk: Desk) -> None:
    desk.option("")
    desk.publish(desk.record("a0002"), desk.record(MERGED), "no number")

    (shown,) = day.preview(desk.wish())

    assert [change.record_id for change in shown.diff.changes] == [desk.record("a0002")]
    assert shown.diff.missing == {
        desk.record(MERGED): f"it was merged into {desk.record(INTO)}",
        "no number": "the CRM has no record of it",
    }


def test_what_the_vendor_refuses_is_kept_with_its_reason_and_the_others_go_on(desk: Desk) -> None:
    desk.publish(*NAMES[:7])
    desk.written.rules[desk.record("a0003")] = "Strategic accounts are rated by hand"

    counts = day.apply(desk.wish())["crm"]

    assert (counts["written"], counts["rejected"]) == (6, 1)
    ((account, code, reason),) = desk.company.rows(REJECTED)
    assert account == "a0003"
    assert code in ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "VALIDATION_ERROR")
    assert "Strategic accounts are rated by hand" in reason
    assert desk.written.held.keys() == {desk.record(one) for one in NAMES[:7] if one != "a0003"}
    assert desk.company.rows(LOG) == [("apply", "done", 7, 7, 6, 1, 0, 0)]


def test_a_record_that_is_merged_before_its_batch_goes_is_left_to_the_next_run(desk: Desk) -> None:
    desk.publish("a0002", TO_BE_MERGED)
    reads = [0]

    def merged_at_the_second_look(_: str, what: str) -> None:
        reads[0] += what in ("queryAll", "read")
        if reads[0] == 2:
            desk.clock[0] = MERGED_LATER_ON

    desk.before = merged_at_the_second_look

    counts = day.apply(desk.wish())["crm"]

    assert (counts["written"], counts["overtaken"]) == (1, 1)
    assert desk.written.held.keys() == {desk.record("a0002")}


def test_what_a_person_types_before_its_batch_goes_is_not_overtaken(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    reads = [0]

    def typed_at_the_second_look(_: str, what: str) -> None:
        reads[0] += what in ("queryAll", "read")
        if reads[0] == 2:
            desk.types("a0001", "risk", "By hand")

    desk.before = typed_at_the_second_look

    counts = day.apply(desk.wish())["crm"]

    assert (counts["written"], counts["overtaken"]) == (1, 1)
    assert holds(desk, "a0001") == {**dict.fromkeys(EXPECTED), "risk": "By hand"}


def test_a_busy_vendor_is_asked_again_when_it_says_and_nothing_is_written_twice(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    path = "composite/sobjects" if desk.vendor == "salesforce" else "batch/update"
    busy = Fault("status", path, 1, 2, 429, (("Retry-After", "0"),))
    lost = Fault("half", path)
    desk.faults.script = [busy, lost]

    assert day.apply(desk.wish())["crm"]["written"] == 2

    assert (desk.faults.happened[busy], desk.faults.happened[lost]) == (2, 1)
    assert holds(desk, "a0001") == EXPECTED
    assert day.apply(desk.wish())["crm"]["changed"] == 0


def test_a_thousand_accounts_take_few_calls(desk: Desk) -> None:
    desk.publish(*NAMES)

    assert day.apply(desk.wish())["crm"]["written"] == 1000

    size = 200 if desk.vendor == "salesforce" else 100
    assert desk.n_writes == 1000 // size
    # Each is read for the difference and once more right before it is written; a token is asked for twice at most.
    assert len(desk.calls) <= 3 * 1000 // size + 2
    assert {holds(desk, one)["health"] for one in NAMES} == {"45"}


HOSTILE = '=HYPERLINK("http://evil.test")<b>&amp;</b>\r\nBcc: all\u202egnp.exe'


def test_a_hostile_reason_is_one_line_of_text(desk: Desk) -> None:
    desk.publish("a0001", name=HOSTILE, reasons=Jsonb([{"text": HOSTILE}]))

    day.apply(desk.wish())

    said = desk.holds("a0001", "reason")
    assert said.startswith("=HYPERLINK(")
    assert "<b>" in said
    assert said.isprintable()
    assert len(said) <= 60
