"""What a vendor's list no longer has was deleted there, and is not paid for ever; an outage is no deletion."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot import clock
from copilot.sources.ingest import ingest
from tests.figures import figure
from tests.scripted_api import Answer, Asked, scripted

FIRST = datetime(2026, 3, 2, 6, tzinfo=UTC)
ENDS = """
    select subscription_id, is_deleted, recorded_at from raw.subscriptions order by subscription_id, recorded_at
"""


def a_contract(number: int, **changes: Any) -> dict[str, Any]:
    price = {"nickname": "growth", "product": "prod", "unit_amount_decimal": "1000"}
    price |= {"recurring": {"interval": "month", "interval_count": 1}}
    return {
        "id": f"sub_{number}",
        "object": "subscription",
        "customer": f"cus_{number}",
        "status": "active",
        "created": int((FIRST - timedelta(days=60)).timestamp()),
        "currency": "usd",
        "items": {"data": [{"quantity": 1, "price": price}]},
        **changes,
    }


@dataclass
class Stripe:
    """A Stripe that lists what a test says, and never tells of a change."""

    database: str
    home: Path
    patch: pytest.MonkeyPatch
    now: datetime = FIRST
    listed: list[dict[str, Any]] = field(default_factory=list)

    def ingest(self, *listed: dict[str, Any], after: timedelta = timedelta()) -> dict[str, Any]:
        """Read it, that much later."""
        self.now += after
        self.listed = list(listed)
        self.patch.setattr(clock, "now", lambda: self.now)
        dated = format_datetime(self.now, usegmt=True)
        self.patch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: dated)
        answer: Callable[[Asked], Answer] = self._answer
        with scripted(answer) as api:
            connection = {"host": api.url, "password": "sk_test"}
            self.patch.setenv("AIRFLOW_CONN_STRIPE", json.dumps(connection))
            return ingest("billing", "billing", self._run())

    def _answer(self, asked: Asked) -> Answer:
        return Answer({"data": self.listed if asked.path == "/v1/subscriptions" else [], "has_more": False})

    def _run(self) -> Run:
        path = self.home / "sources.yml"
        source = {"name": "billing", "type": "stripe", "connection": "stripe", "tables": ["subscriptions"]}
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source]}))
        load_yaml.cache_clear()
        return Run(date(2026, 3, 2), path)

    def rows(self, query: str = ENDS) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]

    def deleted(self) -> list[str]:
        """Which contracts are known to be deleted."""
        newest = (
            "select distinct on (subscription_id) * from raw.subscriptions order by subscription_id, recorded_at desc"
        )
        return [row[0] for row in self.rows(f"select subscription_id from ({newest}) as n where is_deleted order by 1")]


@pytest.fixture
def stripe(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    return Stripe(database, tmp_path, monkeypatch)


A_WEEK = timedelta(days=7, hours=1)


def test_what_a_reading_of_everything_lacks_has_been_deleted_since_then(stripe: Stripe) -> None:
    stripe.ingest(a_contract(1), a_contract(2), a_contract(3))
    outcome = stripe.ingest(a_contract(1), a_contract(3), after=A_WEEK)

    assert outcome["problems"] == []
    figure("F20 contracts deleted at the source that are noted, of those", f"{len(stripe.deleted())} of 1", "all")
    assert stripe.deleted() == ["sub_2"]
    last = [row for row in stripe.rows() if row[0] == "sub_2"][-1]
    assert last == ("sub_2", True, FIRST + A_WEEK)


def test_its_history_stays(stripe: Stripe) -> None:
    stripe.ingest(a_contract(1), a_contract(2), a_contract(3))
    before = stripe.rows()
    stripe.ingest(a_contract(1), a_contract(3), after=A_WEEK)

    assert [row for row in stripe.rows() if row in before] == before


def test_a_feed_without_news_deletes_nothing(stripe: Stripe) -> None:
    stripe.ingest(a_contract(1), a_contract(2))
    stripe.ingest(after=timedelta(days=1))

    assert stripe.deleted() == []


def test_a_deletion_is_noted_once(stripe: Stripe) -> None:
    stripe.ingest(a_contract(1), a_contract(2), a_contract(3))
    stripe.ingest(a_contract(1), a_contract(3), after=A_WEEK)
    before = stripe.rows()
    stripe.ingest(a_contract(1), a_contract(3), after=A_WEEK)

    assert stripe.rows() == before


def test_what_comes_back_is_there_again(stripe: Stripe) -> None:
    everything = (a_contract(1), a_contract(2), a_contract(3))
    stripe.ingest(*everything)
    stripe.ingest(a_contract(1), a_contract(3), after=A_WEEK)
    stripe.ingest(*everything, after=A_WEEK)

    assert stripe.deleted() == []


@pytest.mark.parametrize("left", [0, 1], ids=["nothing", "a third"])
def test_a_list_that_lacks_most_is_an_outage_and_nothing_of_it_is_taken(stripe: Stripe, left: int) -> None:
    everything = [a_contract(1), a_contract(2), a_contract(3)]
    stripe.ingest(*everything)
    before = stripe.rows()
    outcome = stripe.ingest(*everything[:left], after=A_WEEK)

    assert [problem for problem in outcome["problems"] if "taken for an outage" in problem]
    assert stripe.rows() == before


def test_a_record_in_quarantine_is_there(stripe: Stripe) -> None:
    stripe.ingest(a_contract(1), a_contract(2), a_contract(3))
    outcome = stripe.ingest(a_contract(1), a_contract(2, currency=7), a_contract(3), after=A_WEEK)

    assert outcome["rejected"] == 1
    assert stripe.deleted() == []
