"""An empty source is an outage, not `everybody left`: what is held, what is only said, and how often it is said."""

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from config.gates import default_gates
from config.run import Run
from config.settings import dsn
from expectations.gate import Held, check_raw
from expectations.report import day_report
from tests.integration.gates.company import execute, findings_of, verdict_of

pytestmark = pytest.mark.slow

EMPTY = (
    "update ops.source_state set state = 'empty', message = 'the files hold no row' where source = '{}'"
    " and as_of_date >= '{}'"
)


@pytest.mark.parametrize("role", ["crm", "billing", "usage", "support"])
def test_a_source_that_gives_nothing_today_degrades_the_day_and_is_named_with_its_last_good_day(company: Run, role):
    execute(company.database, EMPTY.format(role, "2026-03-10"))

    outcome = check_raw(company)

    assert outcome["verdict"] == "DEGRADED"
    assert outcome["failed"] == len(outcome["reasons"]) >= 2
    for reason in outcome["reasons"]:
        assert reason.startswith(f"{role}.")
        assert "empty since 2026-03-10 (last complete on 2026-03-09)" in reason


def test_an_outage_says_since_when_it_lasts(company: Run):
    execute(company.database, EMPTY.format("usage", "2026-03-09"))

    reasons = check_raw(company)["reasons"]
    assert "usage.usage_events: empty since 2026-03-09 (never complete before)" in reasons[1]


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (("accounts",), "crm: no row of accounts was ever recorded by 2026-03-10; nothing can be built without it"),
        (("subscriptions", "invoices"), "billing: no row of subscriptions or invoices was ever recorded"),
        (("subscriptions",), "rows of invoices are known on 2026-03-10 and none of subscriptions; MRR, renewals and"),
    ],
)
def test_a_company_without_accounts_or_without_billing_is_held(company: Run, tables, sentence):
    for table in tables:
        execute(company.database, f"delete from raw.{table}")

    with pytest.raises(Held) as held:
        check_raw(company)
    assert sentence in str(held.value)
    assert "nothing is published, the day before stays" in str(held.value)
    assert verdict_of(company.database, "raw")[0] == "HOLD"


def test_invoices_may_be_missing(company: Run):
    execute(company.database, "delete from raw.invoices")

    check_raw(company)
    assert findings_of(company.database, "raw")["role.billing.present"][1]


def test_a_role_that_never_had_a_row_degrades_the_day(company: Run):
    execute(company.database, "delete from raw.tickets; delete from raw.surveys")

    assert check_raw(company)["reasons"] == [
        "support: no row of tickets or surveys was ever recorded by 2026-03-10; what depends on it stays unknown"
    ]


def test_rows_recorded_after_the_day_are_not_seen(company: Run):
    execute(company.database, "update raw.surveys set score = 99, recorded_at = '2026-03-11' where _row_number <= 30")
    execute(company.database, "update raw.usage_events set account_id = 'ghost', recorded_at = '2026-03-11 00:00'")

    check_raw(company)
    found = findings_of(company.database, "raw")
    assert found["surveys.score.range"][2:4] == (10, 0)
    assert "usage_events.account.known" not in found


def test_a_large_table_is_judged_by_what_the_day_recorded_and_whole_on_the_first_day(company: Run):
    gates = replace(default_gates(), whole_table_rows=1000, least_day_rows=20)
    execute(company.database, "update raw.usage_events set quantity = -1 where recorded_at < '2026-02-01'")

    def judged() -> tuple[int, int]:
        check_raw(company, gates)
        return findings_of(company.database, "raw")["usage_events.quantity.range"][2:4]

    with pytest.raises(Held):
        judged()
    first = findings_of(company.database, "raw")["usage_events.quantity.range"][2:4]
    yesterday = company.as_of - timedelta(days=1)
    execute(company.database, f"insert into ops.gate_verdict values ('{yesterday}', 'raw', 'PASS', '[]')")

    assert first == (2760, 31 * 40)
    assert judged() == (40, 0)


def test_a_large_table_with_small_days_is_judged_by_its_week(company: Run):
    gates = replace(default_gates(), whole_table_rows=1000, least_day_rows=41)
    execute(company.database, "insert into ops.gate_verdict values ('2026-03-09', 'raw', 'PASS', '[]')")

    check_raw(company, gates)

    assert findings_of(company.database, "raw")["usage_events.quantity.range"][2] == 8 * 40


def test_a_large_table_that_loses_a_column_is_caught_by_its_new_rows(company: Run):
    gates = replace(default_gates(), whole_table_rows=1000, least_day_rows=20)
    execute(company.database, "insert into ops.gate_verdict values ('2026-03-09', 'raw', 'PASS', '[]')")
    execute(company.database, "update raw.usage_events set user_id = null where recorded_at >= '2026-03-10'")
    execute(
        company.database,
        "update raw.usage_events set event_id = 'E260309-1', recorded_at = '2026-03-10 12:00'"
        " where event_id = 'E260310-1'",
    )

    reasons = check_raw(company, gates)["reasons"]
    assert reasons == [
        "usage_events: 1 of 40 rows under the event_id of an earlier row (2.5 %; allowed 0 %)",
        "usage_events: 40 of the day's 40 rows without user_id; 0 % of the rows before: the source lost the column",
    ]


def test_the_operator_reads_what_failed_and_what_to_do(company: Run):
    execute(company.database, EMPTY.format("usage", "2026-03-10"))
    check_raw(company)

    text = day_report(company)
    assert "2026-03-10  gate raw  DEGRADED: published, with these reservations" in text
    assert "warn  usage.usage_events: empty since 2026-03-10" in text
    assert "source.usage.usage_events.delivered: ask the source's owner" in text
    assert text.endswith("gate marts  has not judged this day")


def test_the_gate_may_not_change_what_it_judges(company: Run):
    for statement in ("delete from raw.accounts", "update marts.fct_account_days set mrr_usd = 0"):
        with (
            psycopg.connect(dsn("gate", company.database)) as gate,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            gate.execute(statement.encode())


def test_a_day_of_the_past_is_judged_by_what_it_knew(company: Run):
    earlier = Run(date(2026, 3, 1), company.sources)

    with pytest.raises(Held) as held:
        check_raw(Run(date(2025, 5, 1), company.sources))
    assert "no row of accounts was ever recorded by 2025-05-01" in str(held.value)
    check_raw(earlier)
    with psycopg.connect(dsn("owner", company.database)) as owner:
        n = owner.execute(
            "select n_checked from ops.dq_run_verdict"
            " where as_of_date = '2026-03-01' and check_id = 'invoices.amount.range'"
        ).fetchone()
    assert n == (200,)


COMPARED = (
    "insert into ops.recon_daily (as_of_date, source, table_name, day, dated_by, measure, currency, source_total,"
    " raw_good, raw_rejected, excluded, mart_total, verdict, message, measured_at) values"
    " ('2026-03-09', 'billing', 'invoices', '2026-03-08', 'issued_on', 'rows', '', 4, {raw}, 0, 0, null, '{verdict}',"
    " 'billing.invoices, rows of 2026-03-08: the source says 4', '{at}')"
)


def test_a_loss_that_the_last_reconciliation_found_degrades_the_day_and_is_said(company: Run):
    execute(company.database, COMPARED.format(raw=3, verdict="raw_short", at="2026-03-10 03:00+00"))

    outcome = check_raw(company)

    assert outcome["verdict"] == "DEGRADED"
    assert outcome["reasons"] == ["billing.invoices, rows of 2026-03-08: the source says 4"]


@pytest.mark.parametrize(
    ("raw", "verdict", "at"),
    [(4, "agrees", "2026-03-10 03:00+00"), (3, "not_asked", "2026-03-10 03:00+00"),
     (3, "raw_short", "2026-03-11 00:00+00")],
    ids=["nothing is missing", "nobody was asked", "found after the day was over"],
)  # fmt: skip
def test_what_agrees_was_not_asked_or_became_known_later_says_nothing_of_the_day(
    company: Run, raw: int, verdict: str, at: str
):
    execute(company.database, COMPARED.format(raw=raw, verdict=verdict, at=at))
    in_time = COMPARED.replace("'invoices'", "'payments'")
    execute(company.database, in_time.format(raw=4, verdict="agrees", at="2026-03-10 03:00+00"))

    assert check_raw(company)["verdict"] == "PASS"
