"""Where a write-back stops: before the first write, with a sentence that says why."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege

from copilot.warehouse.connect import connect
from copilot.write_back import day
from copilot.write_back.crm import NotWritten
from tests.integration.digest.company import TUESDAY
from tests.integration.write_back.conftest import LOG, NAMES, REJECTED, SECRET, Desk


def test_a_key_that_may_not_write_is_told_so_and_nothing_is_half_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish(*NAMES[:5])
    desk.connect(monkeypatch, SECRET)

    with pytest.raises(NotWritten, match=r"crm|Salesforce lets this login write none") as told:
        day.apply(desk.wish())

    assert ("permission set" if desk.vendor == "salesforce" else "with 403") in str(told.value)
    assert SECRET not in str(told.value)
    assert desk.written.held == {}
    ((kind, state, *figures),) = desk.company.rows(LOG)
    assert (kind, state, figures) == ("apply", "stopped", [5, 5, 0, 0, 0, 0])
    assert desk.company.rows(REJECTED) == []


def test_a_field_that_there_is_not_is_named_before_anything_is_written(desk: Desk) -> None:
    desk.publish("a0001")
    with pytest.raises(NotWritten, match=r"(?i)cs_nope"):
        day.apply(desk.wish({"health_score": "nope"}))

    assert desk.n_writes == 0


@pytest.mark.parametrize(
    ("settings", "given", "says"),
    [
        ({"enabled": False}, {}, r"write_back.yml says enabled: false: nothing is written"),
        ({"largest_share": 0.5}, {}, r"2 of 2 accounts would change, more than largest_share \(50%\).*say --many"),
        ({}, {"as_of": TUESDAY - timedelta(days=1)}, r"2026-11-16 is older than 2026-11-17.*say --older"),
        ({}, {"as_of": date(2026, 11, 18)}, r"2026-11-18 is not published: it is held: gate raw: half is gone"),
        ({}, {"as_of": date(2026, 11, 19)}, r"2026-11-19 is not published: nothing is written"),
    ],
)
def test_every_safety_stop_says_why_and_writes_nothing(
    desk: Desk, settings: dict[str, Any], given: dict[str, Any], says: str
) -> None:
    desk.company.publish(TUESDAY - timedelta(days=1))
    desk.company.account("a0001", TUESDAY - timedelta(days=1))
    desk.publish("a0001", "a0002")
    desk.company.do("insert into ops.gate_verdict values ('2026-11-18', 'raw', 'HOLD', '[\"half is gone\"]')")

    with pytest.raises(NotWritten, match=says):
        day.apply(desk.wish(**settings, **given))

    assert desk.n_writes == 0
    assert desk.company.rows(LOG) == []


def test_the_safety_stops_can_be_passed_by_saying_so(desk: Desk) -> None:
    monday = TUESDAY - timedelta(days=1)
    desk.company.publish(monday)
    desk.company.account("a0001", monday, health_score=Decimal("12.4"))
    desk.publish("a0001")

    wish = desk.wish(largest_share=0.1, as_of=monday, is_older_fine=True, are_many_fine=True)

    assert day.apply(wish)["crm"]["written"] == 1
    assert str(desk.holds("a0001", "health")) == "12"


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from ops.feedback",
        "select 1 from serving.csm",
        "select 1 from quarantine.rejected_record",
        "update serving.account_day set health_score = 1",
        "delete from ops.write_back_log",
        "select 1 from raw.contacts",
    ],
)
@pytest.mark.parametrize("desk", ["salesforce"], indirect=True)
def test_its_login_sees_and_changes_no_more_than_it_needs(desk: Desk, statement: str) -> None:
    with connect("writer", desk.company.database) as writer, pytest.raises(InsufficientPrivilege):
        writer.execute(statement)  # type: ignore[arg-type]


def test_two_runs_at_once_do_not_meet(desk: Desk) -> None:
    desk.publish("a0001")
    told: list[str] = []

    def second_run(_: str, what: str) -> None:
        if what in ("sobjects", "update"):
            desk.before = lambda _, __: None
            with pytest.raises(NotWritten, match="another write-back is under way"):
                day.apply(wish)
            told.append("refused")

    wish = desk.wish()
    desk.before = second_run

    assert day.apply(wish)["crm"]["written"] == 1
    assert told == ["refused"]
