"""F17: what is pushed and what is read of one source become one row, whichever comes first; and none is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import httpx
import pytest

from copilot.sources.ingest import ingest, ingest_pushed
from copilot.sources.webhooks.stripe_events import FOLLOWED
from copilot.warehouse import webhook_events
from tests.figures import figure
from tests.hook_door import Door
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

    found, expected = (Counter(chain(*stripe.content(source).values())) for source in ("stripe", "polled"))
    figure(
        f"F17 rows lost, doubled when {delivered.__name__.replace('_', ' ')}",
        f"{(expected - found).total()}, {(found - expected).total()} of {expected.total():,}",
        "0, 0",
    )
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
