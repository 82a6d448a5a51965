from datetime import timedelta
from typing import NamedTuple

import pyarrow.compute as pc
import pytest

from copilot.sandbox.fixtures import DEMO


def of(rows, account_id):
    found = rows.filter(pc.equal(rows["account_id"], account_id)).to_pylist()
    assert found
    return found


class Shown(NamedTuple):
    """What the first brief says of an account."""

    account_id: str
    name: str
    mrr: float
    used: float
    tickets: int
    login_days: int


@pytest.mark.parametrize(
    "shown",
    [
        Shown("acme_corp", "Acme Corp", 5000, 0.1, 8, 45),
        Shown("tech_solutions", "Tech Solutions Ltd", 3000, 0.4, 2, 16),
    ],
)
def test_the_two_given_accounts_show_their_numbers(shown, read, company, spec):
    events = of(read(company, "usage_events"), shown.account_id)
    users = {e["user_id"] for e in events if e["occurred_at"].date() > spec.end - timedelta(days=60)}
    subscription = of(read(company, "subscriptions"), shown.account_id)[-1]
    tickets = of(read(company, "tickets"), shown.account_id)
    recent = {t["ticket_id"] for t in tickets if t["opened_at"].date() > spec.end - timedelta(days=30)}
    assert {row["name"] for row in of(read(company, "accounts"), shown.account_id)} == {shown.name}
    assert (subscription["mrr"], subscription["currency"], subscription["seats"]) == (shown.mrr, "USD", 10)
    assert len(users) / subscription["seats"] == shown.used
    assert (spec.end - max(e["occurred_at"].date() for e in events)).days == shown.login_days
    assert len(recent) == shown.tickets


def test_the_demo_set_has_ten_accounts_57_orders_and_28_thousand_dollars(read, company):
    invoices = [row for row in read(company, "invoices").to_pylist() if row["account_id"].startswith("demo_")]
    paid = {row["invoice_id"]: row for row in invoices if row["status"] == "paid"}
    revenue: dict[str, float] = {}
    for row in paid.values():
        revenue[row["account_id"]] = revenue.get(row["account_id"], 0) + row["amount"]
    by_lifecycle = {demo.account_id: (demo.lifecycle, round(revenue[demo.account_id], 2)) for demo in DEMO}
    assert len({row["invoice_id"] for row in invoices}) == len(paid) == 57
    assert len(revenue) == 10
    assert round(sum(revenue.values()), 2) == 28_000
    assert by_lifecycle["demo_01"] == ("vip", 8500)
    assert [by_lifecycle[f"demo_0{n}"] for n in (2, 3, 4)] == [("active", 3133)] * 3
    assert [by_lifecycle[f"demo_0{n}"] for n in (5, 6)] == [("at_risk", 1575)] * 2


def test_one_demo_account_has_twelve_orders_of_a_hundred_dollars(read, company):
    orders = {row["invoice_id"]: row["amount"] for row in of(read(company, "invoices"), "demo_08")}
    assert list(orders.values()) == [100] * 12


def test_the_demo_set_counts_seven_active_and_two_at_risk(read, company, spec):
    lifecycle = [demo.lifecycle for demo in DEMO]
    assert (len(DEMO), sum(kind in ("vip", "active") for kind in lifecycle), lifecycle.count("at_risk")) == (10, 7, 2)
    events = read(company, "usage_events")
    for demo in DEMO:
        quiet = (spec.end - max(e["occurred_at"].date() for e in of(events, demo.account_id))).days
        assert (quiet > 20) == (demo.lifecycle in ("at_risk", "left"))


def test_the_demo_set_names_thirteen_segments(read, company):
    accounts = [row for row in read(company, "accounts").to_pylist() if row["account_id"].startswith("demo_")]
    assert len({row["tier"] for row in accounts}) == 13


def test_the_given_accounts_do_not_move_when_the_company_grows_older(spec, read, company, tmp_path):
    from copilot.sandbox.company import write_company

    write_company(spec.changed(end=spec.end + timedelta(days=3), fixtures_on=spec.end), tmp_path)
    assert of(read(tmp_path, "tickets"), "acme_corp") == of(read(company, "tickets"), "acme_corp")
