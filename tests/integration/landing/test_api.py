"""A vendor's API lands as files do: every record once or in quarantine, rows and position together, in any order."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import ROOT, dsn, load_yaml, var_dir
from copilot.sources.ingest import ingest
from tests.armed import armed_for
from tests.scripted_api import Answer, Asked, ScriptedApi, scripted

KILLED = (
    "import sys; from datetime import date; from pathlib import Path; from config.run import Run; from copilot.sources"
    " import ingest; ingest.ingest('support', 'support', Run(date(2026, 11, 17), Path(sys.argv[1])))"
)
COUNTS = ("received", "landed", "unchanged", "rejected")
TICKETS = """
    select ticket_id, status, recorded_at::timestamp::text, first_reply_at is not null, solved_at is not null, csat::int
    from raw.tickets order by ticket_id, recorded_at
"""
ORGANIZATION = {"id": 7, "external_id": "acc_1", "name": "Acme", "domain_names": ["acme.test"]}
ORGANIZATION |= {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}


def a_ticket(number: int = 1, updated: str = "2026-03-05T10:00:00Z", **changes: Any) -> dict[str, Any]:
    """As Zendesk writes one: opened on March 2, answered after an hour, solved on March 4, rated on the 5th."""
    return {
        "id": number,
        "organization_id": 7,
        "status": "closed",
        "priority": "high",
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": updated,
        "subject": "Jane Doe cannot sign in",
        "tags": ["escalated"],
        "satisfaction_rating": {"score": "good"},
        "metric_set": {"solved_at": "2026-03-04T12:00:00Z", "reply_time_in_minutes": {"calendar": 60}},
        **changes,
    }


def a_page(*tickets: dict[str, Any], cursor: str = "c1", ends: bool = True, url: str = "") -> Answer:
    body = {"tickets": list(tickets), "organizations": [ORGANIZATION], "end_of_stream": ends}
    return Answer({**body, "after_cursor": cursor, "after_url": f"{url}?cursor={cursor}"})


@dataclass
class Desk:
    """A warehouse with one Zendesk."""

    database: str
    home: Path
    patch: pytest.MonkeyPatch

    def ingest(self, *answers: Answer | Callable[[Asked], Answer]) -> tuple[dict[str, Any], list[Asked]]:
        """Read it once; the counts, and what was asked."""
        with self.answering(*answers) as api:
            return ingest("support", "support", self.run()), api.asked

    @contextmanager
    def answering(self, *answers: Answer | Callable[[Asked], Answer]) -> Iterator[ScriptedApi]:
        """The Zendesk with that script, where the warehouse's connection leads."""
        with scripted(*answers) as api:
            connection = {"host": api.url, "login": "bot@copilot.test", "password": "hush"}
            self.patch.setenv("AIRFLOW_CONN_DESK", json.dumps(connection))
            yield api

    def ingest_killed(self, **places: int) -> int:
        """Read it in a process that dies at the so manieth passing of a place; how it ended."""
        variables = {**os.environ, "COPILOT_KILL_AT": str(armed_for(places))}
        command = [sys.executable, "-c", KILLED, str(self.run().sources)]
        return subprocess.run(command, cwd=ROOT, env=variables, check=False, timeout=60).returncode

    def run(self) -> Run:
        """The day to build."""
        path = self.home / "sources.yml"
        source = {"name": "support", "type": "zendesk", "connection": "desk", "tables": ["tickets"]}
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source]}))
        load_yaml.cache_clear()
        return Run(date(2026, 11, 17), path)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def desk(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(database, tmp_path, monkeypatch)


def counts(outcome: dict[str, Any]) -> tuple[int, ...]:
    assert outcome["received"] == outcome["landed"] + outcome["unchanged"] + outcome["rejected"]
    return tuple(outcome[name] for name in COUNTS)


def test_a_record_lands_with_the_past_that_its_own_dates_tell_and_nothing_known_too_early(desk: Desk) -> None:
    outcome, asked = desk.ingest(a_page(a_ticket()))
    assert outcome["problems"] == []

    assert counts(outcome) == (4, 4, 0, 0)
    assert desk.rows(TICKETS) == [
        ("1", "new", "2026-03-02 09:00:00", False, False, None),
        ("1", "open", "2026-03-02 10:00:00", True, False, None),
        ("1", "solved", "2026-03-04 12:00:00", True, True, None),
        ("1", "closed", "2026-03-05 10:00:00", True, True, 5),
    ]
    assert desk.rows("select distinct account_id from raw.tickets") == [("acc_1",)]
    assert asked[0].params["start_time"] == "0"
    assert asked[0].headers["Authorization"].startswith("Basic ")


def test_the_next_window_begins_where_the_vendor_said_and_brings_only_what_is_new(desk: Desk) -> None:
    open_one = a_ticket(status="open", updated="2026-03-02T10:00:00Z", satisfaction_rating=None)
    open_one["metric_set"] = {"solved_at": None, "reply_time_in_minutes": {"calendar": 60}}
    desk.ingest(a_page(open_one, cursor="c1"))
    outcome, asked = desk.ingest(a_page(a_ticket(), cursor="c2"))

    assert asked[0].params["cursor"] == "c1"
    assert counts(outcome) == (4, 2, 2, 0)
    assert [row[1] for row in desk.rows(TICKETS)] == ["new", "open", "solved", "closed"]
    assert desk.rows("select ends from ops.stream_position") == [("c2",)]


def test_the_same_window_again_changes_nothing(desk: Desk) -> None:
    desk.ingest(a_page(a_ticket(1), a_ticket(2)))
    before = desk.rows(TICKETS)
    outcome, _ = desk.ingest(a_page(a_ticket(1), a_ticket(2)))

    assert counts(outcome) == (8, 0, 8, 0)
    assert desk.rows(TICKETS) == before


def a_page_of_nine(asked: Asked) -> Answer:
    """Ticket 1 on the first page, which follows c0, and so on."""
    n = int(asked.params["cursor"].removeprefix("c"))
    url = f"http://{asked.headers['Host']}{asked.path}"
    return a_page(a_ticket(n + 1), cursor=f"c{n + 1}", ends=n == 8, url=url)


def test_a_fetch_that_is_killed_on_page_three_of_nine_begins_again_where_the_last_window_ended(desk: Desk) -> None:
    desk.ingest(a_page(a_ticket(0), cursor="c0"))
    before = desk.rows(TICKETS)
    with desk.answering(a_page_of_nine) as api:
        assert desk.ingest_killed(**{"fetch.after_a_page": 3}) == -9
    assert [one.params["cursor"] for one in api.asked] == ["c0", "c1", "c2"]
    assert [place.name.split(".")[0] for place in (var_dir() / "spool" / "support").iterdir()] == ["tickets"]
    assert (desk.rows(TICKETS), desk.rows("select ends from ops.stream_position")) == (before, [("c0",)])

    outcome, asked = desk.ingest(a_page_of_nine)
    assert [one.params["cursor"] for one in asked] == [f"c{n}" for n in range(9)]
    assert counts(outcome) == (36, 36, 0, 0)
    assert desk.rows("select ticket_id, count(*) from raw.tickets group by 1 order by 1") == [
        (str(n), 4) for n in range(10)
    ]
    assert list((var_dir() / "spool" / "support").iterdir()) == []


def test_a_record_on_two_pages_lands_once(desk: Desk) -> None:
    def turn(asked: Asked) -> Answer:
        is_first = "cursor" not in asked.params
        url = f"http://{asked.headers['Host']}{asked.path}"
        return a_page(
            a_ticket(1), a_ticket(2 if is_first else 3), cursor="a" if is_first else "b", ends=not is_first, url=url
        )

    outcome, asked = desk.ingest(turn)

    assert len(asked) == 2
    assert counts(outcome) == (16, 12, 4, 0)


def test_an_older_state_that_comes_late_is_ignored(desk: Desk) -> None:
    desk.ingest(a_page(a_ticket()))
    late = a_ticket(status="open", updated="2026-03-03T00:00:00Z", priority="low", metric_set={})
    outcome, _ = desk.ingest(a_page(late, cursor="c2"))

    assert counts(outcome) == (2, 0, 2, 0)
    assert {row[1] for row in desk.rows(TICKETS)} == {"new", "open", "solved", "closed"}
    assert desk.rows("select distinct priority from raw.tickets") == [("high",)]


def test_two_changes_within_one_tick_of_the_vendors_clock_are_both_kept(desk: Desk) -> None:
    desk.ingest(a_page(a_ticket()))
    desk.ingest(a_page(a_ticket(priority="urgent"), cursor="c2"))
    outcome, _ = desk.ingest(a_page(a_ticket(priority="urgent"), cursor="c3"))

    found = desk.rows("select priority from raw.tickets where status = 'closed' order by recorded_at")
    assert found == [("high",), ("urgent",)]
    assert counts(outcome) == (4, 0, 4, 0)


def test_a_record_that_cannot_be_understood_is_in_quarantine_and_the_others_land(desk: Desk) -> None:
    without_a_date = a_ticket(2)
    del without_a_date["created_at"]
    outcome, _ = desk.ingest(a_page(a_ticket(1), without_a_date, a_ticket(3, priority="whenever")))

    assert counts(outcome) == (9, 4, 0, 5)
    found = desk.rows("select reason_code, count(*) from quarantine.rejected_record group by 1 order by 1")
    assert found == [("schema_drift", 1), ("unknown_value", 4)]
    reasons = desk.rows("select reason from quarantine.rejected_record order by reason_code")
    assert reasons[0][0] == "the record has another form: created_at is gone"


def test_a_record_that_two_windows_reject_is_in_quarantine_once_and_one_that_says_something_else_again(
    desk: Desk,
) -> None:
    in_quarantine = "select row_number, record like '%soon%' from quarantine.rejected_record order by 2, 1"
    desk.ingest(a_page(a_ticket(1), a_ticket(2, created_at=None)))
    assert desk.rows(in_quarantine) == [(5, False)]
    outcome, _ = desk.ingest(a_page(a_ticket(2, created_at=None), a_ticket(2, created_at="soon"), cursor="c2"))

    assert counts(outcome) == (2, 0, 0, 2)
    assert desk.rows(in_quarantine) == [(5, False), (2, True)]
    assert desk.rows("select n_rejected from ops.source_state") == [(2,)]


def test_what_was_rejected_before_does_not_make_a_small_window_an_outage(desk: Desk) -> None:
    state = "select state, n_rejected from ops.source_state where table_name = 'tickets'"
    desk.ingest(a_page(a_ticket(1), a_ticket(2), a_ticket(3, priority="whenever")))
    assert desk.rows(state) == [("ok", 4)]
    desk.ingest(a_page(a_ticket(4), cursor="c2"))
    assert desk.rows(state) == [("ok", 4)]
    desk.ingest(a_page(a_ticket(5, priority="whenever"), cursor="c3"))
    assert desk.rows(state) == [("error", 8)]


def test_what_is_personal_never_reaches_the_warehouse(desk: Desk) -> None:
    broken = a_ticket(2)
    del broken["created_at"]
    desk.ingest(a_page(a_ticket(), broken))

    found = desk.rows(
        "select count(*), count(*) filter (where record like '%Jane Doe%') from quarantine.rejected_record"
    )
    assert found == [(1, 0)]
    assert list((var_dir() / "spool" / "support").iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer({"error": "InvalidCursor"}, 400), "refuses /api/v2/incremental/tickets/cursor.json with 400"),
        (Answer({"count": 3}), "gave a page without tickets"),
        (Answer({}, 429, {"Retry-After": "86400"}), "asks to wait 86400 s"),
    ],
)
def test_a_stream_that_fails_is_told_and_neither_its_rows_nor_its_position_move(
    desk: Desk, fault: Answer, says: str
) -> None:
    desk.ingest(a_page(a_ticket()))
    before = desk.rows(TICKETS)
    outcome, _ = desk.ingest(fault)

    assert len(outcome["problems"]) == 1
    assert says in outcome["problems"][0]
    assert "hush" not in outcome["problems"][0]
    assert desk.rows(TICKETS) == before
    assert desk.rows("select ends from ops.stream_position") == [("c1",)]
    assert desk.rows("select state from ops.source_state where table_name = 'tickets'") == [("error",)]


def test_a_window_in_which_nothing_changed_is_no_outage_but_a_first_one_without_a_record_is(desk: Desk) -> None:
    desk.ingest(a_page())
    assert desk.rows("select count(*) from ops.stream_position") == [(0,)], "all of it is asked for again"
    state = "select state from ops.source_state where table_name = 'tickets'"
    assert desk.rows(state) == [("empty",)]
    desk.ingest(a_page(a_ticket(), cursor="c2"))
    desk.ingest(a_page(cursor="c3"))
    assert desk.rows(state) == [("ok",)]
