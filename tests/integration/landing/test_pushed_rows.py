"""Rows that are pushed land once, like a file's: typed, dated by when they came, or in quarantine with the reason."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from config.run import Run
from copilot import clock
from copilot.sources import ingest_pushed as pushed_rows
from copilot.sources.ingest import ingest
from copilot.warehouse.landing import bulk_connection
from copilot.warehouse.webhook_events import TakenMeanwhile, mark_landed, waiting
from tests.hook_door import Door
from tests.integration.landing.conftest import Company

HOOK = {"webhook": {"signature": "hmac", "secret": "desk_hook"}}
TICKETS = "select ticket_id, status, recorded_at from raw_desk.tickets order by ticket_id, recorded_at"
OPENED = "2026-11-16T09:00:00Z"


class Desk:
    """A source of tickets in files, to which rows are pushed too."""

    def __init__(self, company: Company, patch: pytest.MonkeyPatch) -> None:
        self.company = company
        self.door = Door(company.database, company.home / "sources.yml", patch)
        self.run = Run(date(2026, 11, 18), self.door.sources)
        self.configure()

    def configure(self, **settings: Any) -> None:
        """Say what the source is like."""
        source = {"name": "desk", "type": "files", "path": "{table}*.csv", "tables": ["tickets"], "role": "support"}
        self.door.open({**source, **HOOK, **settings})

    def push(self, event_id: str, *rows: Any) -> None:
        """Push rows of tickets."""
        answer = self.door.push("desk", {"id": event_id, "table": "tickets", "rows": list(rows)})
        assert answer.json() == {"event": "kept"}

    def read(self) -> dict[str, Any]:
        """Read the files, and land what was pushed."""
        return ingest("desk", "support", self.run)


@pytest.fixture
def desk(company: Company, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(company, monkeypatch)


def a_ticket(ticket_id: str, status: str = "open", **others: Any) -> dict[str, Any]:
    return {"ticket_id": ticket_id, "account_id": "a", "status": status, "opened_at": OPENED, **others}


CSV = "ticket_id,account_id,status,opened_at,recorded_at\nt1,a,open,2026-11-16T09:00:00Z,2026-11-16T09:00:00Z\n"
LEARNED = {"recorded_at": OPENED}


@pytest.mark.parametrize("is_pushed_first", [True, False])
def test_a_row_in_a_file_and_pushed_is_one_row(desk: Desk, is_pushed_first: bool) -> None:
    steps = [lambda: desk.push("e1", a_ticket("t1", **LEARNED)), lambda: desk.company.write("tickets.csv", CSV)]
    for step in steps if is_pushed_first else steps[::-1]:
        step()
        problems = desk.read()["problems"]

    assert problems == []
    assert desk.company.rows(TICKETS) == [("t1", "open", datetime.fromisoformat(OPENED))]


def test_the_latest_version_wins_whichever_way_it_came(desk: Desk) -> None:
    desk.push("e2", a_ticket("t1", "solved", recorded_at="2026-11-17T09:00:00Z"))
    desk.read()
    desk.company.write("tickets.csv", CSV)
    desk.read()

    assert [row[:2] for row in desk.company.rows(TICKETS)] == [("t1", "open"), ("t1", "solved")]


def test_what_rows_do_not_date_is_known_since_they_came(desk: Desk) -> None:
    desk.push("e1", a_ticket("t1"))
    desk.read()
    desk.push("e2", a_ticket("t1", "solved"))
    [(came,)] = desk.company.rows("select received_at from ops.webhook_event where event_id = 'e2'")
    desk.read()

    assert desk.company.rows(TICKETS)[-1] == ("t1", "solved", came)


def test_good_rows_land_and_bad_ones_go_to_quarantine_under_the_events_id(desk: Desk) -> None:
    desk.push("e1", a_ticket("t1", **LEARNED), a_ticket("t2", "lost", **LEARNED), 7, a_ticket("", **LEARNED))
    outcome = desk.read()

    assert (outcome["received"], outcome["landed"], outcome["rejected"]) == (4, 1, 3)
    assert [row[:2] for row in desk.company.rows(TICKETS)] == [("t1", "open")]
    assert desk.company.rows("select file, row_number, reason_code from quarantine.rejected_record order by 2") == [
        ("pushed/e1", 2, "unknown_value"),
        ("pushed/e1", 3, "malformed_json"),
        ("pushed/e1", 4, "missing_key"),
    ]


def test_rows_without_a_column_that_is_needed_are_not_lost_and_stop_nothing(desk: Desk) -> None:
    desk.push("e1", {"account_id": "a", "opened_at": OPENED})
    desk.push("e2", a_ticket("t1"))
    outcome = desk.read()

    assert (outcome["landed"], outcome["rejected"]) == (1, 1)
    [(code, reason, record)] = desk.company.rows("select reason_code, reason, record from quarantine.rejected_record")
    assert (code, "there is no column ticket_id" in reason) == ("unreadable_event", True)
    assert json.loads(record)["rows"] == [{"account_id": "a", "opened_at": OPENED}]


def test_numbers_are_landed_as_they_were_written(desk: Desk) -> None:
    desk.configure(tables={"payments": {"constants": {"status": "succeeded"}}}, role="billing", path="")
    body = (
        b'{"id": "e1", "table": "payments", "rows": [{"payment_id": 12345678901234567890, "account_id": "a",'
        b' "attempted_at": "2026-11-16T09:00:00Z", "amount": 1234567890123.456789}]}'
    )
    assert desk.door.push("desk", body).status_code == 200
    ingest("desk", "billing", desk.run)

    found = desk.company.rows("select payment_id, amount::text from raw_desk.payments")
    assert found == [("12345678901234567890", "1234567890123.456789")]


def test_a_source_to_which_rows_are_only_pushed_is_no_outage_on_a_quiet_day(desk: Desk) -> None:
    desk.configure(path="")
    assert desk.read()["problems"] == []
    desk.push("e1", a_ticket("t1"))
    assert desk.read()["problems"] == []
    assert desk.read()["problems"] == []
    assert desk.company.rows("select state, n_rows from ops.source_state") == [("ok", 1)]


def test_the_mapping_of_the_files_holds_for_what_is_pushed(desk: Desk) -> None:
    columns = {"ticket_id": "key", "account_id": "who", "opened_at": "at"}
    desk.configure(tables={"tickets": {"columns": columns, "constants": {"status": "open"}, "encoding": "latin-1"}})
    desk.push("e1", {"key": "tür", "who": "a", "at": OPENED, "status": "lost"})
    desk.read()

    assert [row[:2] for row in desk.company.rows(TICKETS)] == [("tür", "open")]


def test_two_runs_at_once_land_an_event_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.push("e1", a_ticket("t1"))
    with bulk_connection(desk.run.database) as cursor:
        stale = waiting(cursor, "desk", ["tickets"], None)
    desk.read()
    # The other run had read what waits before this one landed it.
    answers = [stale, []]
    monkeypatch.setattr(pushed_rows, "waiting", lambda *_: answers.pop(0))
    assert desk.read()["received"] == 0

    assert len(desk.company.rows(TICKETS)) == 1
    assert desk.company.rows("select count(*) from ops.landing_batch") == [(1,)]


def test_an_event_stays_where_it_is_when_its_rows_cannot_be_landed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.push("e1", a_ticket("t1"))

    def broken(*_: Any) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(pushed_rows, "mark_landed", broken)
        with pytest.raises(ConnectionError):
            desk.read()
    assert desk.company.rows("select count(*) from raw_desk.tickets") == [(0,)]
    assert desk.read()["landed"] == 1


def test_ids_of_long_ago_are_forgotten(desk: Desk) -> None:
    desk.push("e1", a_ticket("t1"))
    desk.read()
    desk.push("e2", a_ticket("t2"))
    with bulk_connection(desk.run.database) as cursor:
        cursor.execute("begin")
        events = waiting(cursor, "desk", ["tickets"], None)
        mark_landed(cursor, "desk", events, clock.now() + timedelta(days=36))
        cursor.execute("commit")
        with pytest.raises(TakenMeanwhile):
            mark_landed(cursor, "desk", events, clock.now())

    assert desk.company.rows("select event_id from ops.webhook_event") == [("e2",)]
