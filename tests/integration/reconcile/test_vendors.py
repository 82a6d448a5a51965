"""Every vendor is asked what it has of a day: undisturbed, it has what we hold; what is lost is found, and where."""

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.settings import dsn
from copilot.reconcile.tables import DAYS_BACK
from copilot.sandbox.vendors.edits import fields, records
from copilot.sandbox.vendors.faults import Fault
from copilot.sources.connectors import CONNECTORS
from copilot.warehouse.recon_daily import Shown
from tests.figures import figure
from tests.integration.reconcile.conftest import DAY, SETTINGS, Reconciled
from tests.running_vendors import NOTHING, WRONG_KEY, running


def off(found: list[Shown]) -> list[tuple[str, date, str, str, Any]]:
    """What does not agree: table, day, what, verdict, and how much the source has more than raw and quarantine."""
    assert found
    return [
        (one.table, one.day, one.currency or one.measure, one.verdict,
         None if one.source_total is None else one.source_total - one.raw_good - one.raw_rejected)
        for one in found
        if one.verdict != "agrees"
    ]  # fmt: skip


@pytest.mark.parametrize("vendor", ["salesforce", "hubspot", "stripe", "chargebee", "zendesk", "intercom"])
def test_records_that_are_made_on_few_days_are_counted_on_the_busiest(company: Reconciled, vendor: str) -> None:
    company.read(vendor)
    table, dated = {"crm": ("contacts", "created_on"), "billing": ("subscriptions", "started_on")}.get(
        SETTINGS[vendor][0], ("customers", "created_on")
    )
    busiest = company.vendors.rows(f"select {dated}, count(*) from raw_{vendor}.{table} group by 1 order by 2 desc, 1")
    found = company.compared(vendor, as_of=busiest[0][0])

    assert off(found) == []
    counted = {one.table: one.source_total for one in found if one.day == busiest[0][0] and one.measure == "rows"}
    assert counted[table] > 1


LOST = [
    ("salesforce", "opportunities", "opportunity_id", "created_at"),
    ("hubspot", "opportunities", "opportunity_id", "created_at"),
    ("stripe", "payments", "payment_id", "attempted_at"),
    ("chargebee", "invoices", "invoice_id", "issued_on"),
    ("mixpanel", "usage_events", "event_id", "recorded_at"),
    ("amplitude", "usage_events", "event_id", "recorded_at"),
    ("zendesk", "tickets", "ticket_id", "opened_at"),
    ("intercom", "tickets", "ticket_id", "opened_at"),
]


@pytest.mark.parametrize(("vendor", "table", "key", "dated"), LOST, ids=[one[0] for one in LOST])
def test_undisturbed_all_agrees_to_the_row_and_the_cent_and_a_record_that_raw_lost_is_missed_on_its_day(
    company: Reconciled, vendor: str, table: str, key: str, dated: str
) -> None:
    company.read(vendor)
    found = company.compared(vendor)

    assert off(found) == []
    assert {one.day for one in found} == {DAY - timedelta(days=back) for back in DAYS_BACK}
    assert sum(one.source_total for one in found if one.measure == "rows") > 2
    lost = f"(select min({key}) from raw_{vendor}.{table} where {dated}::date = '{DAY}')"
    assert company.change(f"delete from raw_{vendor}.{table} where {key} = {lost}") > 0
    rows = [one for one in off(company.compared(vendor)) if one[2] == "rows"]
    assert rows == [(table, DAY, "rows", "raw_short", 1)]


def test_every_vendor_that_can_be_asked_is_tried() -> None:
    can_be_asked = {name for name, connector in CONNECTORS.items() if connector.measure({})}
    assert {one[0] for one in LOST} == set(SETTINGS) == can_be_asked


def test_what_the_vendor_changed_after_it_was_read_is_off_in_its_currency_alone(
    company: Reconciled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.read("stripe")
    changed = tmp_path / "changed"
    shutil.copytree(company.vendors.company, changed)
    before, after, currency = _raised(changed, Decimal("0.01"))
    with running(changed, company.vendors.database, tmp_path, monkeypatch) as vendors:
        vendors.now = company.vendors.now
        found = Reconciled(vendors).compared("stripe")

    assert after - before == Decimal("0.01")
    assert off(found) == [("invoices", DAY, currency, "raw_short", Decimal("0.01"))]
    assert len({one.currency for one in found if one.day == DAY and one.table == "invoices"} - {""}) > 1


def _raised(company: Path, by: Decimal) -> tuple[Decimal, Decimal, str]:
    """Raise the amount of one invoice of the day in the company's books: before, after, currency."""
    for path in sorted((company / "billing").glob("invoices_*.csv.gz")):
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
        chosen = next((row for row in rows if row["issued_on"] == str(DAY) and float(row["amount"]) > 0), None)
        if chosen is None:
            continue
        before, out = Decimal(chosen["amount"]), io.StringIO()
        for row in rows:
            if row["invoice_id"] == chosen["invoice_id"]:
                row["amount"] = str(before + by)
        writer = csv.DictWriter(out, list(chosen))
        writer.writeheader()
        writer.writerows(rows)
        path.write_bytes(gzip.compress(out.getvalue().encode()))
        return before, before + by, chosen["currency"]
    raise AssertionError("no invoice of the day")


def test_amounts_that_cancel_out_across_currencies_are_both_off(company: Reconciled) -> None:
    company.read("chargebee")
    currencies = [row[0] for row in company.vendors.rows(
        f"select distinct currency from raw_chargebee.invoices where issued_on = '{DAY}' order by 1"
    )]  # fmt: skip
    assert len(currencies) > 1
    for currency, by in zip(currencies[:2], ("7.77", "-7.77"), strict=True):
        one = f"(select min(invoice_id) from raw_chargebee.invoices where issued_on = '{DAY}' and currency = %s)"
        assert company.change(
            f"update raw_chargebee.invoices set amount = amount + {by} where invoice_id = {one}", (currency,)
        )

    assert off(company.compared("chargebee")) == [
        ("invoices", DAY, currencies[0], "raw_over", Decimal("-7.77")),
        ("invoices", DAY, currencies[1], "raw_short", Decimal("7.77")),
    ]


@pytest.fixture
def with_a_word_that_nobody_knows(
    company: Reconciled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reconciled]:
    """The same company, in which one ticket of the day has a priority that there is not."""
    changed = tmp_path / "changed"
    shutil.copytree(company.vendors.company, changed)
    said = {}
    for path in sorted((changed / "support").glob("tickets_*.jsonl.gz")):
        tickets = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        said |= {one["ticket_id"]: one["opened_at"] for one in tickets}
    chosen = min(key for key, opened in said.items() if opened.startswith(str(DAY)))
    for path in sorted((changed / "support").glob("tickets_*.jsonl.gz")):
        tickets = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        told = [{**one, "priority": "gigantic"} if one["ticket_id"] == chosen else one for one in tickets]
        path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in told).encode()))
    with running(changed, company.vendors.database, tmp_path, monkeypatch) as vendors:
        vendors.now = company.vendors.now
        yield Reconciled(vendors)


def test_a_record_in_quarantine_is_accounted_for_and_shown(with_a_word_that_nobody_knows: Reconciled) -> None:
    with_a_word_that_nobody_knows.read("zendesk")
    found = with_a_word_that_nobody_knows.compared("zendesk")

    assert off(found) == [("tickets", DAY, "rows", "rejected", 0)]
    [line] = [one for one in found if one.verdict == "rejected"]
    assert (line.raw_rejected, line.source_total) == (1, line.raw_good + 1)
    assert f"zendesk.tickets, rows of {DAY}" in line.message


@pytest.mark.parametrize("moves", [False, True], ids=["as the gate rejects it", "as the vendor gave it"])
def test_money_in_quarantine_counts_in_its_currency(company: Reconciled, moves: bool) -> None:
    company.read("chargebee")
    [(key, amount, currency)] = company.vendors.rows(
        f"select invoice_id, amount, currency from raw_chargebee.invoices where issued_on = '{DAY}'"
        " and amount > 0 order by 1 limit 1"
    )
    as_ours = {"invoice_id": key, "issued_on": str(DAY), "amount": str(amount), "currency": currency}
    as_theirs = {"id": key, "date": int(company.vendors.now.timestamp()) - 86_400, "total": int(amount * 100)}
    theirs = {"invoice": {**as_theirs, "currency_code": currency, "status": "paid"}}
    company.change("delete from raw_chargebee.invoices where invoice_id = %s", (key,))
    company.change(
        "insert into quarantine.rejected_record values ('r', 'chargebee', 'invoices', 'f', 1, 'c', 'r', %s, 1)",
        (json.dumps(theirs if moves else as_ours),),
    )
    found = company.compared("chargebee")

    assert {one[3] for one in off(found)} == {"rejected"}
    assert {(one.currency, one.raw_rejected) for one in found if one.raw_rejected} == {("", 1), (currency, amount)}


# The table of a paged stream, its key, and the day of its records.
PAGED = {
    "crm": ("opportunities", "opportunity_id", "created_at"),
    "billing": ("payments", "payment_id", "attempted_at"),
    "support": ("tickets", "ticket_id", "opened_at"),
}
# A page without its last record. Stripe's next page begins after the last one that came, so there it also says the end.
WITHOUT_TAIL = {
    "salesforce": Fault("lose", "queryAll", query="FROM Opportunity "),
    "hubspot": Fault("lose", "objects/deals", query="propertiesWithHistory"),
    "stripe": Fault(
        "changed", "v1/charges", change=lambda body: fields(has_more=False)(records(lambda page: page[:-1])(body))
    ),
    "chargebee": Fault("lose", "api/v2/transactions"),
    "zendesk": Fault("lose", "api/v2/incremental/tickets"),
    "intercom": Fault("lose", "conversations/search"),
}


def test_a_page_that_lacks_its_tail_is_refused_or_found_on_the_day_of_what_it_lacks(company: Reconciled) -> None:
    """Where the vendor says no total, the page itself cannot be told from a whole one."""
    unnoticed, refused = [], []
    for vendor, fault in WITHOUT_TAIL.items():
        role, options = SETTINGS[vendor]
        table, key, dated = PAGED[role]
        company.vendors.read(vendor, role, name=f"usual_{vendor}", options=options)
        done = company.vendors.read(vendor, role, fault, options=options)
        assert company.vendors.faults.happened[fault] == 1
        if done["problems"]:
            refused.append(vendor)
            continue
        keys = f"select {key} from raw_{vendor}.{table}"
        (day, n_lost), *_ = company.vendors.rows(
            f"""select min({dated}::date), count(distinct {key}) from raw_usual_{vendor}.{table}
            where {key} not in ({keys}) group by {dated}::date order by 1"""
        )
        found = off(company.compared(vendor, as_of=day))
        rows = [one for one in found if one[2] == "rows"]
        if rows != [(table, day, "rows", "raw_short", n_lost)] or {one[:2] for one in found} != {(table, day)}:
            unnoticed.append((vendor, day, found))

    figure("F14 vendors whose page without its tail stays unnoticed", f"{len(unnoticed)} of {len(WITHOUT_TAIL)}", "0")
    assert refused == ["salesforce", "intercom"]
    assert unnoticed == []


@pytest.mark.parametrize("vendor", ["stripe", "hubspot", "intercom"])
def test_a_vendor_that_does_not_answer_is_no_loss_and_says_why(company: Reconciled, vendor: str) -> None:
    company.read(vendor)
    company.change(f"delete from raw_{vendor}.{'contacts' if vendor == 'hubspot' else 'customers'}")
    found = company.compared(vendor, shown=WRONG_KEY)

    assert {one.verdict for one in found} == {"not_asked"}
    assert all("with 401" in one.message and "wrong-key" not in one.message for one in found)


def test_what_was_not_read_to_the_end_of_the_day_is_not_lost_yet(company: Reconciled) -> None:
    company.vendors.now -= timedelta(hours=16)
    company.read("stripe")
    company.vendors.now += timedelta(hours=16)
    found = company.compared("stripe")

    assert {one.verdict for one in found if one.day == DAY} == {"not_asked"}
    assert {one.verdict for one in found if one.day < DAY} == {"agrees"}
    assert "2026-11-17 12:00 UTC" in found[0].message


def test_asked_again_the_same_figures_change_no_row_and_new_ones_replace_them(company: Reconciled) -> None:
    query = "select * from ops.recon_daily order by as_of_date, source, table_name, day, measure, currency"
    company.read("zendesk")
    company.compared("zendesk")
    first = company.vendors.rows(query)
    company.compared("zendesk")

    assert len(first) > 4
    assert company.vendors.rows(query) == first
    company.change("delete from raw_zendesk.tickets")
    assert {one[3] for one in off(company.compared("zendesk"))} == {"raw_short"}
    assert len(company.vendors.rows(query)) == len(first)


def test_it_says_since_which_run_a_table_has_been_off(company: Reconciled) -> None:
    company.read("zendesk")
    for back in (3, 2, 1, 0):
        if back == 1:
            assert company.change("delete from raw_zendesk.tickets where opened_at::date = '2026-11-16'")
        # A run that could ask nobody is no run in which it was off.
        shown = WRONG_KEY if back == 2 else NOTHING
        found = company.compared("zendesk", as_of=DAY - timedelta(days=back), shown=shown)

    assert {one.off_since for one in found if one.table == "tickets"} == {DAY - timedelta(days=1)}
    assert {one.off_since for one in found if one.table == "customers"} == {None}


def test_who_asks_may_write_nothing_else(company: Reconciled) -> None:
    assert company.vendors.rows("select 1") == [(1,)]
    with (
        psycopg.connect(dsn("gate", company.vendors.database)) as gate,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        gate.execute("delete from quarantine.rejected_record")
    with psycopg.connect(dsn("bi", company.vendors.database)) as reader:
        assert reader.execute("select count(*) from serving.recon_day").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from ops.digest_outbox")
