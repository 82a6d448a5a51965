"""F17: what is pushed and what is read of one source become one row, whichever comes first; and none is lost."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from config.run import Run
from copilot import clock
from copilot.sources import ingest_pushed as pushed_rows
from copilot.sources.ingest import ingest, ingest_pushed
from copilot.sources.webhooks.stripe_events import FOLLOWED
from copilot.warehouse import webhook_events
from copilot.warehouse.landing import bulk_connection
from copilot.warehouse.webhook_events import TakenMeanwhile, mark_landed, waiting
from tests.hook_door import Door
from tests.integration.landing.conftest import Company
from tests.running_vendors import KEY, Vendors

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
LATER = FIRST + timedelta(days=5)
TABLES = ("customers", "subscriptions", "invoices", "payments", "churn_events")
Event = dict[str, Any]


class Stripe:
    """The make-believe company's Stripe, which pushes too; `stripe` is read and pushed to, `polled` only read."""

    def __init__(self, vendors: Vendors, patch: pytest.MonkeyPatch) -> None:
        self.vendors = vendors
        self.door = Door(vendors.database, vendors.home / "sources.yml", patch)
        source = {"type": "stripe", "connection": "stripe", "role": "billing"}
        hook = {"webhook": {"signature": "stripe", "secret": "stripe_hook"}}
        vendors.now = FIRST
        vendors.connect("stripe", {})
        self.run = vendors.run({**source, "name": "polled"}, {**source, **hook, "name": "stripe"})

    def poll(self, source: str = "stripe") -> dict[str, Any]:
        """Read it, and land what was pushed."""
        return ingest(source, "billing", self.run)

    def happened(self) -> list[Event]:
        """Every event since the first reading, oldest first."""
        found: list[Event] = []
        while True:
            asked: dict[str, Any] = {"limit": 100, "types[]": sorted(FOLLOWED)}
            asked |= {"created[gte]": int(FIRST.timestamp()) + 1}
            asked |= {"starting_after": found[-1]["id"]} if found else {}
            url = f"http://127.0.0.1:{self.vendors.port}/stripe/v1/events"
            page = httpx.get(url, params=asked, auth=(KEY, "")).json()
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]

    def push(self, events: list[Event]) -> None:
        """Push them, now."""
        self.door.now = self.vendors.now
        answers = [self.door.push("stripe", event, scheme="stripe") for event in events]
        assert {answer.status_code for answer in answers} == {200}

    def content(self, source: str) -> dict[str, list[tuple[Any, ...]]]:
        """Every version of every record, but for how it came."""
        found = {}
        for table in TABLES:
            [(columns,)] = self.vendors.rows(
                "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attnum > 0"
                f" and attrelid = 'raw.{table}'::regclass and attname !~ '^_'"
            )
            found[table] = self.vendors.rows(f"select {columns} from raw_{source}.{table} order by {columns}")
        return found

    def waiting(self) -> int:
        """How many events are not landed."""
        return int(self.vendors.rows("select count(*) from ops.webhook_event where landed_at is null")[0][0])


@pytest.fixture
def stripe(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    return Stripe(vendors, monkeypatch)


def pushed_then_polled(stripe: Stripe, events: list[Event]) -> None:
    stripe.push(events)
    assert ingest_pushed("stripe", stripe.run)["landed"] > 30
    assert stripe.waiting() == 0
    assert stripe.poll()["landed"] == 0


def polled_then_pushed(stripe: Stripe, events: list[Event]) -> None:
    assert stripe.poll()["landed"] > 30
    stripe.push(events)
    assert ingest_pushed("stripe", stripe.run)["landed"] == 0
    assert stripe.waiting() == 0


def pushed_in_any_order(stripe: Stripe, events: list[Event]) -> None:
    stripe.push(events[::-1])
    assert ingest_pushed("stripe", stripe.run)["landed"] > 30


def one_by_one_and_each_twice(stripe: Stripe, events: list[Event]) -> None:
    for event in events[:8]:
        stripe.push([event, event])
        ingest_pushed("stripe", stripe.run)
    stripe.push(events)
    ingest_pushed("stripe", stripe.run)


@pytest.mark.parametrize(
    "delivered", [pushed_then_polled, polled_then_pushed, pushed_in_any_order, one_by_one_and_each_twice]
)
def test_pushed_and_polled_copies_of_every_event_are_one_row(
    stripe: Stripe, delivered: Callable[[Stripe, list[Event]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_events, "EVENTS_A_WINDOW", 10)
    for source in ("polled", "stripe"):
        assert stripe.poll(source)["problems"] == []
    stripe.vendors.now = LATER
    events = stripe.happened()
    assert len(events) > 30
    delivered(stripe, events)
    stripe.poll("polled")

    assert stripe.content("stripe") == stripe.content("polled")


def test_an_older_event_that_comes_after_a_newer_one_changes_nothing(stripe: Stripe) -> None:
    stripe.poll()
    [(subscription_id, customer_id)] = stripe.vendors.rows(
        "select subscription_id, account_id from raw_stripe.subscriptions where status = 'active' limit 1"
    )
    newest = "select seats, status from raw_stripe.subscriptions order by recorded_at desc limit 1"
    price = {
        "nickname": "x",
        "product": "p",
        "unit_amount": 100,
        "recurring": {"interval": "month", "interval_count": 1},
    }
    for minutes, seats in ((20, 7), (10, 3)):
        contract = {"id": subscription_id, "customer": customer_id, "status": "active", "currency": "usd", "created": 1}
        contract |= {"items": {"data": [{"quantity": seats, "price": price}]}}
        at = int((FIRST + timedelta(minutes=minutes)).timestamp())
        event = {"id": f"evt_{minutes}", "object": "event", "api_version": "2024-06-20", "created": at}
        stripe.push([{**event, "type": "customer.subscription.updated", "data": {"object": contract}}])
        assert ingest_pushed("stripe", stripe.run)["received"] == 1
        assert stripe.vendors.rows(newest) == [(7, "active")]


def test_what_is_pushed_before_the_first_reading_waits_for_it_and_no_past_is_lost(stripe: Stripe) -> None:
    stripe.vendors.now = LATER
    events = stripe.happened()
    stripe.push(events)
    assert ingest_pushed("stripe", stripe.run)["received"] == 0
    assert stripe.waiting() == len(events)

    for source in ("polled", "stripe"):
        stripe.poll(source)
    assert stripe.waiting() == 0
    assert stripe.content("stripe") == stripe.content("polled")


def test_a_landed_event_leaves_its_id_and_nothing_else_and_is_not_taken_again(stripe: Stripe) -> None:
    stripe.poll()
    stripe.vendors.now = LATER
    event = next(one for one in stripe.happened() if one["type"] == "customer.subscription.updated")
    stripe.push([event])
    assert ingest_pushed("stripe", stripe.run)["landed"] == 1
    assert ingest_pushed("stripe", stripe.run)["received"] == 0
    stripe.push([event])
    assert ingest_pushed("stripe", stripe.run)["received"] == 0

    kept = "select event_id, payload, landed_at is not null from ops.webhook_event"
    assert stripe.vendors.rows(kept) == [(event["id"], None, True)]


def test_an_event_of_another_form_goes_to_quarantine_with_its_reason(stripe: Stripe) -> None:
    stripe.poll()
    event = {"id": "evt_odd", "object": "event", "api_version": "2024-06-20", "created": int(FIRST.timestamp()) + 60}
    event |= {"type": "customer.subscription.updated", "data": {"object": {"id": "sub_1", "items": "none"}}}
    stripe.push([event])
    outcome = ingest_pushed("stripe", stripe.run)

    assert (outcome["rejected"], outcome["landed"], stripe.waiting()) == (2, 0, 0)
    found = stripe.vendors.rows("select table_name, reason_code from quarantine.rejected_record order by 1")
    assert found == [("churn_events", "schema_drift"), ("subscriptions", "schema_drift")]


def test_events_of_tables_that_nobody_wants_are_done_with(stripe: Stripe) -> None:
    source = {"name": "stripe", "type": "stripe", "connection": "stripe", "role": "billing", "tables": ["customers"]}
    stripe.run = stripe.vendors.run({**source, "webhook": {"signature": "stripe", "secret": "stripe_hook"}})
    stripe.poll()
    stripe.vendors.now = LATER
    stripe.push([one for one in stripe.happened() if one["type"].startswith("invoice")][:3])
    stripe.poll()

    assert stripe.vendors.rows("select count(*) from raw_stripe.invoices") == [(0,)]


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
