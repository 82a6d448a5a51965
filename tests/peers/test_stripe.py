"""Our Stripe connector reads a Stripe that others imitate (localstripe): what was created there is what lands here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot import clock
from copilot.sources.ingest import ingest
from tests.peers.running_stripe import BAD_CARD, GOOD_CARD, KEY, LocalStripe, running

# More customers than a page of a list has.
N_CUSTOMERS, N_PAYING, MONTHLY_CENTS = 104, 12, 2500
UNPAID, LEFT = {3, 8}, 0
NEWEST = "(select distinct on ({key}) * from raw_stripe.{table} order by {key}, recorded_at desc) as newest"


@dataclass
class Account:
    """What one company has in it, as localstripe said when it was made, by the number of the customer."""

    stripe: LocalStripe
    home: Path
    database: str
    customers: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: dict[int, dict[str, Any]] = field(default_factory=dict)

    def fill(self) -> None:
        """Customers: the first ones subscribe, each for one seat more; some cards are declined, and one leaves."""
        self.stripe.make(
            "plans", id="team", amount=MONTHLY_CENTS, currency="usd", interval="month", nickname="Team",
            product={"name": "Team"},
        )  # fmt: skip
        for number in range(N_CUSTOMERS):
            card = (BAD_CARD if number in UNPAID else GOOD_CARD) if number < N_PAYING else None
            self.customers.append(self.stripe.customer(number, card))
        for number in range(N_PAYING):
            self.subscriptions[number] = self.subscribed(number, number + 1)
        self.stripe.end(f"subscriptions/{self.subscriptions[LEFT]['id']}")
        self.stripe.reach_another_second()

    def subscribed(self, number: int, seats: int) -> dict[str, Any]:
        """A subscription of a customer who is there."""
        return self.stripe.make(
            "subscriptions",
            customer=self.customers[number]["id"],
            items={0: {"plan": "team", "quantity": seats}},
            metadata={"term_ends_on": "2030-01-31"},
        )

    def read(self) -> dict[str, Any]:
        """Take in what there is, as every night."""
        path = self.home / "sources.yml"
        source = {"name": "stripe", "type": "stripe", "connection": "localstripe", "role": "billing"}
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source]}))
        load_yaml.cache_clear()
        return ingest("stripe", "billing", Run(clock.now().date(), path))

    def newest(self, table: str, key: str, columns: str) -> list[tuple[Any, ...]]:
        """The last version of each row."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            query = f"select {columns} from {NEWEST.format(table=table, key=key)}"
            return sorted(owner.execute(query).fetchall())  # type: ignore[arg-type]

    def landed_customers(self) -> list[tuple[Any, ...]]:
        """Every customer as it is now."""
        return self.newest("customers", "customer_id", "customer_id, account_id, name, domain")

    def landed_contracts(self) -> list[tuple[Any, ...]]:
        """Every subscription as it is now."""
        columns = "subscription_id, account_id, status, plan, seats, mrr, currency, billing_period, term_ends_on::text"
        return self.newest("subscriptions", "subscription_id", columns)

    def versions(self) -> list[tuple[str, str]]:
        """Every status that a subscription ever had."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute("select subscription_id, status from raw_stripe.subscriptions").fetchall()


@pytest.fixture
def account(peers: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with running(peers) as stripe:
        monkeypatch.setenv("AIRFLOW_CONN_LOCALSTRIPE", json.dumps({"host": stripe.url, "password": KEY}))
        found = Account(stripe, tmp_path, database)
        found.fill()
        yield found


def contract(account: Account, number: int, status: str) -> tuple[Any, ...]:
    subscription, seats = account.subscriptions[number], number + 1
    # What was never paid for is no contract yet, and costs nothing.
    mrr = Decimal(0 if status == "trialing" else MONTHLY_CENTS * seats) / 100
    customer = account.customers[number]["id"]
    return (subscription["id"], customer, status, "Team", seats, mrr, "USD", "monthly", "2030-01-31")


def test_what_was_created_there_is_what_lands_here(account: Account) -> None:
    charged = account.stripe.listed("charges")
    paid = [one for one in charged if one["status"] == "succeeded"]
    refund = account.stripe.make("refunds", charge=paid[0]["id"], amount=500)
    outcome = account.read()

    assert outcome["problems"] == []
    assert outcome["rejected"] == 0
    assert account.landed_customers() == sorted(
        (one["id"], f"acc_{number:03}", f"Company {number}", f"company-{number}.example")
        for number, one in enumerate(account.customers)
    )
    status = dict.fromkeys(range(N_PAYING), "active") | dict.fromkeys(UNPAID, "trialing") | {LEFT: "cancelled"}
    assert account.landed_contracts() == sorted(contract(account, number, status[number]) for number in range(N_PAYING))
    unpaid = {account.subscriptions[number]["id"] for number in UNPAID}
    assert {status for key, status in account.versions() if key in unpaid} == {"trialing"}
    gone = account.newest("churn_events", "churn_event_id", "account_id, churned_on")
    assert [one[0] for one in gone] == [account.customers[LEFT]["id"]]

    invoices = account.newest("invoices", "invoice_id", "invoice_id, account_id, subscription_id, amount, status")
    billed = account.stripe.listed("invoices")
    assert [one[:2] + one[3:4] for one in invoices] == sorted(
        (one["id"], one["customer"], Decimal(one["total"]) / 100) for one in billed
    )
    assert sorted(one[2] for one in invoices) == sorted(one["id"] for one in account.subscriptions.values())
    assert sorted(one[4] for one in invoices) == ["open"] * len(UNPAID) + ["paid"] * (N_PAYING - len(UNPAID))

    tried = account.newest("payments", "payment_id", "payment_id, account_id, status, amount, failure_reason")
    expected = [
        (one["id"], one["customer"], one["status"], Decimal(one["amount"]) / 100, one["failure_code"])
        for one in charged
    ]
    expected.append((refund["id"], paid[0]["customer"], "refunded", Decimal(-5), None))
    assert {one[2] for one in expected} == {"succeeded", "failed", "refunded"}
    assert tried == sorted(expected)


def test_a_second_reading_adds_nothing(account: Account) -> None:
    assert account.read()["landed"] > N_CUSTOMERS
    before = account.landed_customers(), account.landed_contracts()
    again = account.read()

    assert (again["landed"], again["unchanged"] > N_CUSTOMERS) == (0, True)
    assert (account.landed_customers(), account.landed_contracts()) == before


def test_a_change_arrives_by_the_feed_of_events(account: Account) -> None:
    account.read()
    account.stripe.make(f"customers/{account.customers[50]['id']}", name="Renamed", metadata={"account_id": "acc_new"})
    account.stripe.end(f"subscriptions/{account.subscriptions[5]['id']}")
    account.customers.append(account.stripe.customer(N_CUSTOMERS, GOOD_CARD))
    account.subscriptions[N_CUSTOMERS] = account.subscribed(N_CUSTOMERS, N_CUSTOMERS + 1)
    outcome = account.read()

    assert outcome["problems"] == []
    customers = {one[0]: one[1:] for one in account.landed_customers()}
    assert len(customers) == N_CUSTOMERS + 1
    assert customers[account.customers[50]["id"]] == ("acc_new", "Renamed", "company-50.example")
    assert customers[account.customers[-1]["id"]][0] == f"acc_{N_CUSTOMERS:03}"
    contracts = {one[0]: one for one in account.landed_contracts()}
    for number, status in ((5, "cancelled"), (6, "active"), (N_CUSTOMERS, "active")):
        expected = contract(account, number, status)
        assert contracts[expected[0]] == expected
    paid = account.newest("invoices", "invoice_id", "subscription_id, status")
    assert (account.subscriptions[N_CUSTOMERS]["id"], "paid") in paid
