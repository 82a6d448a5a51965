"""A delivery that is missing, empty or shrunk is an outage: the state says so, and raw keeps what it had."""

import itertools
import os

import pytest

from copilot.sources.files import ChangedWhileRead, FoundFile
from copilot.warehouse.landing_state import Delivery, KnownFile, judge
from expectations.gate import Held, check_raw

HEADER = "ticket_id,account_id,opened_at,priority,recorded_at\n"
FULL = HEADER + "".join(f"t{n},a1,2026-01-02,low,2026-01-02\n" for n in range(10))
STATE = "select state, n_rows, n_rejected, message from ops.source_state where as_of_date = '{}'"


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        ("", "empty", "they held 10"),
        (HEADER, "empty", "they held 10"),
        (HEADER + "t1,a1,2026-01-02,low,2026-01-02\n", "shrunk", "tickets.csv holds 1 rows, it held 10"),
        (None, "missing", "no file matches the path"),
    ],
)
def test_a_file_that_lost_its_rows_is_an_outage_and_deletes_nothing(company, content, state, words):
    company.write("tickets.csv", FULL)
    company.ingest(as_of="2026-11-16")
    if content is None:
        (company.home / "tickets.csv").unlink()
    else:
        company.write("tickets.csv", content)
    first = company.ingest()
    found = company.rows(STATE.format("2026-11-17"))
    assert found[0][:3] == (state, 10, 0)
    assert words in found[0][3]
    assert company.rows("select count(*) from raw.tickets") == [(10,)]
    assert company.ingest()["problems"] == first["problems"]
    assert company.rows(STATE.format("2026-11-17")) == found
    assert company.rows(STATE.format("2026-11-16")) == [("ok", 10, 0, "")]


def test_a_first_delivery_of_nothing_but_headers_lands_nothing_and_holds_the_day(company):
    headers = {
        "accounts": "account_id,name,created_on,recorded_at\n",
        "subscriptions": "subscription_id,account_id,started_on,mrr,recorded_at\n",
    }
    company.tables = {table: {} for table in headers}
    for table, header in headers.items():
        company.write(f"{table}.csv", header)

    for role in ("crm", "billing"):
        company.ingest(role)

    assert company.rows("select table_name, state, n_rows, n_rejected from ops.source_state order by 1") == [
        ("accounts", "empty", 0, 0),
        ("subscriptions", "empty", 0, 0),
    ]
    with pytest.raises(Held) as held:
        check_raw(company.run())
    assert "crm: no row of accounts was ever recorded by 2026-11-17" in str(held.value)
    assert "billing: no row of subscriptions or invoices was ever recorded by 2026-11-17" in str(held.value)
    assert "export.accounts: empty since 2026-11-17 (never complete before)" in str(held.value)


def test_a_state_says_what_was_known_on_its_day(company):
    company.write("tickets.csv", FULL)
    company.ingest(as_of="2026-01-01")
    assert company.rows(STATE.format("2026-01-01"))[0][:2] == ("ok", 0)
    company.ingest(as_of="2026-01-02")
    [(newest,)] = company.rows("select newest_recorded_at::text from ops.source_state where as_of_date = '2026-01-02'")
    assert newest == "2026-01-02 00:00:00+00"


def test_a_table_of_which_every_row_is_rejected_is_an_error(company):
    company.write("tickets.csv", HEADER + "t1,a1,never,low,2026-01-02\n")
    company.ingest()
    assert company.rows(STATE.format("2026-11-17")) == [("error", 0, 1, "all 1 rows are in quarantine")]


def delivery(*files, is_promised=True):
    return Delivery("tickets", files, (), is_promised)


def test_half_the_rows_are_no_outage_and_one_less_is():
    assert judge(delivery("f"), [KnownFile("f", 5, 0, 10)]) == ("ok", "")
    assert judge(delivery("f"), [KnownFile("f", 4, 0, 10)])[0] == "shrunk"


def test_a_table_that_nobody_promised_and_that_never_came_has_no_state():
    assert judge(delivery(is_promised=False), []) is None
    assert judge(delivery(is_promised=False), [KnownFile("f", 5, 0, 5)])[0] == "missing"


def test_a_shrunk_file_stays_shrunk_until_it_recovers(company):
    company.write("tickets.csv", FULL)
    company.ingest(as_of="2026-11-15")
    for day, n in (("2026-11-16", 1), ("2026-11-17", 2)):
        company.write("tickets.csv", HEADER + "".join(FULL.splitlines(keepends=True)[1 : n + 1]))
        company.ingest(as_of=day)
    company.write("tickets.csv", FULL.replace("low", "low"))
    company.ingest(as_of="2026-11-18")
    states = company.rows("select state from ops.source_state order by as_of_date")
    assert states == [("ok",), ("shrunk",), ("shrunk",), ("ok",)]


def test_a_file_that_is_still_being_written_is_tried_again_and_the_others_are_kept(company, monkeypatch):
    company.tables = {"tickets": {}, "surveys": {}}
    company.write("tickets.csv", FULL)
    company.write("surveys.csv", "survey_id,account_id,kind,score,answered_at,recorded_at\n")
    ours, instants = FoundFile.open, itertools.count()

    def opened_while_somebody_writes(file):
        if file.name == "tickets.csv":
            os.utime(file.path, ns=(0, next(instants)))
        return ours(file)

    with monkeypatch.context() as patch:
        patch.setattr(FoundFile, "open", opened_while_somebody_writes)
        with pytest.raises(ChangedWhileRead, match=r"tickets\.csv: the file changed while it was read"):
            company.ingest()
    assert company.rows("select file from ops.landing_cursor") == [("surveys.csv",)]
    assert company.rows("select state from ops.source_state where table_name = 'tickets'") == [("error",)]
    assert company.ingest()["landed"] == 10
