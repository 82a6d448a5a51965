"""What the sources say, what raw holds and what the marts keep of the same days, after a real build."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot.reconcile.room import reconcile
from copilot.sources.ingest import ingest
from copilot.warehouse import transform
from copilot.warehouse.connect import connect
from copilot.warehouse.recon_daily import Shown, of_run
from tests.dbt.companies import Company

DAY = date(2026, 3, 31)
BEFORE = DAY - timedelta(days=40)


def at(day: date, hour: int = 12) -> str:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat()


def write(home: Path, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """One file of a table."""
    with (home / f"{table}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def a_company(home: Path) -> None:
    """Two accounts with contracts in two currencies, bills of the day and of the week before, tickets and use."""
    accounts = [{"account_id": a, "name": a, "created_on": BEFORE, "recorded_at": at(BEFORE)} for a in ("a", "b")]
    accounts += [{"account_id": "new", "name": "new", "created_on": DAY, "recorded_at": at(DAY)}]
    write(home, "accounts", accounts)
    contract = {"started_on": BEFORE, "mrr": "100", "status": "active", "recorded_at": at(BEFORE)}
    write(home, "subscriptions", [
        {"subscription_id": f"s_{a}", "account_id": a, "currency": currency, **contract}
        for a, currency in (("a", "USD"), ("b", "EUR"))
    ])  # fmt: skip
    bill = {"status": "open", "due_on": DAY + timedelta(days=30)}
    write(home, "invoices", [
        {"invoice_id": "i1", "account_id": "a", "issued_on": DAY, "amount": "100.01", "currency": "USD", **bill,
         "recorded_at": at(DAY)},
        {"invoice_id": "i2", "account_id": "b", "issued_on": DAY, "amount": "50.50", "currency": "EUR", **bill,
         "recorded_at": at(DAY)},
        {"invoice_id": "i3", "account_id": "b", "issued_on": DAY - timedelta(days=7), "amount": "9.99",
         "currency": "EUR", **bill, "recorded_at": at(DAY - timedelta(days=7))},
        # Entered on the day after, for the day.
        {"invoice_id": "late", "account_id": "b", "issued_on": DAY, "amount": "1000", "currency": "EUR", **bill,
         "recorded_at": at(DAY + timedelta(days=1), 1)},
    ])  # fmt: skip
    write(home, "payments", [
        {"payment_id": "p1", "account_id": "a", "invoice_id": "i1", "attempted_at": at(DAY), "status": "succeeded",
         "amount": "100.01", "currency": "USD", "recorded_at": at(DAY)}
    ])  # fmt: skip
    write(home, "tickets", [
        {"ticket_id": t, "account_id": "a", "status": "open", "opened_at": at(DAY, 9), "recorded_at": at(DAY, 9)}
        for t in ("t1", "t2")
    ])  # fmt: skip
    write(home, "usage_events", [
        {"event_id": f"e{n}", "account_id": "nobody" if n == 4 else "a", "user_id": f"u{n}", "event_name": "login",
         "occurred_at": at(DAY, 8), "quantity": n, "recorded_at": at(DAY, 8)}
        for n in range(1, 5)
    ])  # fmt: skip


def built(company: Company, home: Path) -> Run:
    """The company's files landed, and its day built."""
    a_company(home)
    sources = {"name": "files", "type": "files", "path": f"{home}/{{table}}.csv"}
    company.sources.write_text(yaml.safe_dump({"warehouse": company.database, "sources": [sources]}))
    load_yaml.cache_clear()
    run = Run(DAY, company.sources)
    for role in ("crm", "billing", "usage", "support"):
        assert ingest("files", role, run)["rejected"] == 0
    transform.invoke(run, "run")
    return run


def compared(run: Run) -> list[Shown]:
    reconcile(run)
    with connect("gate", run.database) as gate:
        return of_run(gate, run.as_of)


def change(run: Run, statement: str) -> None:
    """Do as the owner of the table what nobody should."""
    with psycopg.connect(dsn("transformer" if "marts." in statement else "owner", run.database)) as owner:
        assert owner.execute(statement).rowcount > 0  # type: ignore[arg-type]


def off(found: list[Shown]) -> set[tuple[str, date, str, str]]:
    return {(one.table, one.day, one.currency or one.measure, one.verdict) for one in found if one.verdict != "agrees"}


def sides(found: list[Shown], table: str) -> dict[str, tuple[Any, ...]]:
    """Of the day: source, raw, what the marts leave out, marts."""
    return {
        one.currency or one.measure: (one.source_total, one.raw_good, one.excluded, one.mart_total)
        for one in found
        if one.table == table and one.day == DAY
    }


def test_source_raw_and_marts_agree_and_what_each_has_lost_is_found_there(company: Company, tmp_path: Path) -> None:
    run = built(company, tmp_path)
    found = compared(run)

    assert off(found) == set()
    assert sides(found, "invoices") == {
        "rows": (3, 3, 1, 2),
        "USD": (Decimal("100.01"), Decimal("100.01"), 0, Decimal("100.01")),
        "EUR": (Decimal("1050.50"), Decimal("1050.50"), 1000, Decimal("50.50")),
    }
    assert sides(found, "payments")["USD"] == (*[Decimal("100.01")] * 2, 0, Decimal("100.01"))
    assert sides(found, "tickets")["rows"] == (2, 2, 0, 2)
    assert sides(found, "accounts")["rows"] == (1, 1, 0, 1)
    assert sides(found, "usage_events") == {"rows": (4, 4, 0, None), "quantity": (None, 10, 4, 6)}
    late = next(one.message for one in found if one.table == "invoices" and one.currency == "EUR" and one.day == DAY)
    assert "1,000 known only after the day was built" in late

    # The key forbids the same row twice; a join that goes wrong doubles it under another.
    columns = "account_id, issued_on, amount, currency, failed_attempts, dunning_state"
    doubled = f"select as_of_date, invoice_id || '-again', {columns} from marts.fct_invoice where invoice_id = 'i2'"
    change(run, f"insert into marts.fct_invoice (as_of_date, invoice_id, {columns}) {doubled}")
    assert off(compared(run)) == {("invoices", DAY, "rows", "mart_over"), ("invoices", DAY, "EUR", "mart_over")}
    change(run, "delete from marts.fct_invoice where invoice_id like 'i2%'")
    assert off(compared(run)) == {("invoices", DAY, "rows", "mart_short"), ("invoices", DAY, "EUR", "mart_short")}
    change(run, "delete from marts.fct_support_ticket where ticket_id = 't1'")
    change(run, "update marts.fct_payment_event set amount = amount - 0.01")
    change(run, "update marts.fct_usage_daily set events = events + 1")
    change(run, "delete from raw_files.accounts where account_id = 'new'")
    assert off(compared(run)) == {
        ("invoices", DAY, "rows", "mart_short"), ("invoices", DAY, "EUR", "mart_short"),
        ("tickets", DAY, "rows", "mart_short"), ("payments", DAY, "USD", "mart_short"),
        ("usage_events", DAY, "quantity", "mart_over"), ("accounts", DAY, "rows", "raw_short"),
    }  # fmt: skip
