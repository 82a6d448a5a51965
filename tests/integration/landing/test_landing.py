"""Every record of every file is landed once, or is in quarantine with its reason; the counts always add up."""

import os
import time

from copilot.sources.files import FoundFile

HEADER = "ticket_id,account_id,opened_at,priority,recorded_at\n"
SNAPSHOT = "ticket_id,account_id,opened_at,priority\n"
DAY_1 = HEADER + "t1,a1,2026-01-02,low,2026-01-02\nt2,a1,2026-01-03,low,2026-01-03\n"
TICKETS = "select ticket_id, priority, recorded_at::date::text, _file, _row_number from raw.tickets order by 1, 3"
COUNTS = ("received", "landed", "unchanged", "rejected")


def counts(outcome):
    assert outcome["received"] == outcome["landed"] + outcome["unchanged"] + outcome["rejected"]
    return tuple(outcome[name] for name in COUNTS)


def test_good_rows_land_typed_and_tagged_and_bad_ones_are_quarantined_with_file_row_and_reason(company):
    company.write("tickets_1.csv", DAY_1 + "t3,a1,never,low,2026-01-03\n")
    assert counts(company.ingest()) == (3, 2, 0, 1)
    assert company.rows(TICKETS) == [
        ("t1", "low", "2026-01-02", "tickets_1.csv", 2), ("t2", "low", "2026-01-03", "tickets_1.csv", 3),
    ]  # fmt: skip
    found = company.rows("select file, row_number, reason_code, reason, record from quarantine.rejected_record")
    assert found[0][:3] == ("tickets_1.csv", 4, "not_a_date")
    assert "opened_at is 'never'" in found[0][3]
    assert '"ticket_id": "t3"' in found[0][4]


def test_the_same_file_again_is_skipped_and_a_copy_of_it_changes_nothing(company):
    company.write("tickets_1.csv", DAY_1)
    company.ingest()
    assert company.ingest()["skipped"] == 1
    company.write("tickets_2.csv", DAY_1)
    assert counts(company.ingest()) == (2, 0, 2, 0)
    assert len(company.rows(TICKETS)) == 2


def test_a_file_that_lay_still_is_not_opened_again_until_somebody_writes_it(company, monkeypatch):
    company.write("tickets_1.csv", DAY_1)
    settled = time.time_ns() - 3600 * 10**9
    os.utime(company.home / "tickets_1.csv", ns=(settled, settled))
    company.ingest()
    opened = []
    read = FoundFile.sha256
    monkeypatch.setattr(FoundFile, "sha256", lambda file: opened.append(file.name) or read(file))

    assert company.ingest()["skipped"] == 1
    assert opened == []
    company.write("tickets_1.csv", DAY_1.replace("a1,2026-01-02,low,2026-01-02", "a1,2026-01-02,low,2026-01-05"))
    assert counts(company.ingest()) == (2, 1, 1, 0)
    assert opened == ["tickets_1.csv"]


def test_a_file_written_just_now_is_read_again_because_its_time_proves_nothing(company):
    company.write("tickets_1.csv", DAY_1)
    company.ingest()
    written = (company.home / "tickets_1.csv").stat().st_mtime_ns
    same_size = DAY_1.replace("t2,a1,2026-01-03,low,2026-01-03", "t2,a1,2026-01-03,low,2026-01-04")
    company.write("tickets_1.csv", same_size)
    os.utime(company.home / "tickets_1.csv", ns=(written, written))

    assert counts(company.ingest())[0] == 2


def test_a_later_version_lands_beside_the_earlier(company):
    company.write("tickets_1.csv", DAY_1)
    company.write("tickets_2.csv", HEADER + "t1,a1,2026-01-02,urgent,2026-01-05\n")
    company.ingest()
    assert [row[:3] for row in company.rows(TICKETS)][:2] == [
        ("t1", "low", "2026-01-02"),
        ("t1", "urgent", "2026-01-05"),
    ]


def test_other_content_under_a_known_key_and_time_is_rejected_naming_both_rows(company):
    company.write("tickets_1.csv", DAY_1)
    company.ingest()
    company.write(
        "tickets_1.csv",
        DAY_1.replace("t2,a1,2026-01-03,low", "t2,a1,2026-01-03,urgent") + "t4,a1,2026-01-04,low,2026-01-04\n",
    )
    assert counts(company.ingest()) == (3, 1, 1, 1)
    assert company.rows("select priority from raw.tickets where ticket_id = 't2'") == [("low",)]
    [(code, reason)] = company.rows("select reason_code, reason from quarantine.rejected_record")
    assert code == "conflicting_version"
    assert "row 3 of tickets_1.csv" in reason
    assert "row 3 of tickets_1.csv, other content" in reason


def test_a_file_that_was_corrected_leaves_the_quarantine(company):
    company.write("tickets_1.csv", HEADER + "t1,a1,never,low,2026-01-02\n")
    assert company.ingest()["rejected"] == 1
    company.write("tickets_1.csv", DAY_1)
    assert counts(company.ingest()) == (2, 2, 0, 0)
    assert company.rows("select count(*) from quarantine.rejected_record") == [(0,)]
    assert company.rows("select received, rejected from ops.landing_batch order by batch_id") == [(1, 1), (2, 0)]


def test_a_snapshot_keeps_the_first_of_two_rows_with_one_key_and_drops_equal_ones(company):
    rows = SNAPSHOT + "t1,a1,2026-01-02,low\nt1,a1,2026-01-02,low\nt1,a1,2026-01-09,high\n"
    company.write("tickets.csv", rows)
    assert counts(company.ingest()) == (3, 1, 1, 1)
    [(number, code)] = company.rows("select row_number, reason_code from quarantine.rejected_record")
    assert (number, code) == (4, "duplicate_key")


def test_a_changed_row_of_a_snapshot_is_a_new_version_from_the_moment_we_learned_it(company):
    company.write("tickets.csv", SNAPSHOT + "t1,a1,2026-01-02,low\nt2,a1,2026-01-02,low\n")
    company.ingest()
    company.write("tickets.csv", SNAPSHOT + "t1,a1,2026-01-02,high\nt2,a1,2026-01-02,low\n")
    assert counts(company.ingest()) == (2, 1, 1, 0)
    by_age = (
        "select priority, recorded_at > now() - interval '1 hour' from raw.tickets where ticket_id = 't1' order by 2"
    )
    found = company.rows(by_age)
    assert found == [("low", False), ("high", True)]


def test_one_unreadable_file_is_named_and_the_others_land(company):
    company.tables["surveys"] = {}
    company.write("tickets_1.csv", DAY_1)
    company.write("tickets_2.csv.gz", b"broken")
    company.write("surveys.csv", "survey_id,account_id,score,answered_at\nv1,a1,9,2026-01-02\n")
    outcome = company.ingest()
    assert (outcome["landed"], outcome["tables"]) == (3, 2)
    assert any("tickets_2.csv.gz" in problem for problem in outcome["problems"])
    assert dict(company.rows("select table_name, state from ops.source_state")) == {"tickets": "error", "surveys": "ok"}


def test_what_raw_holds_by_day_equals_a_count_of_raw(company):
    company.write("tickets_1.csv", DAY_1)
    company.write("tickets_2.csv", DAY_1 + "t3,a1,2026-01-03,low,2026-01-03T05:00:00Z\n")
    company.ingest()
    counted = company.rows(
        "select recorded_at::date, count(*), max(recorded_at) from raw.tickets group by 1 order by 1"
    )
    assert len(counted) == 2
    assert company.rows("select recorded_on, n_rows, newest_recorded_at from ops.landing_day order by 1") == counted


def test_a_poisoned_batch_among_many_costs_only_its_bad_rows(company):
    lines = [f"t{n},a{n % 7},2026-01-02,low,2026-01-02T00:00:{n % 60:02d}Z" for n in range(5000)]
    lines[1234] = "t1234,a\0b,2026-01-02,low,2026-01-02"
    lines[4000] = "t4000,a1"
    company.write("tickets.csv", HEADER + "\n".join(lines) + "\n")
    assert counts(company.ingest()) == (5000, 4998, 0, 2)
    assert company.rows("select row_number from quarantine.rejected_record order by 1") == [(1236,), (4002,)]


def test_a_first_snapshot_with_one_key_on_two_dates_is_not_trusted(company):
    company.write("tickets.csv", SNAPSHOT + "t1,a1,2026-01-02,low\nt2,a1,2026-01-02,low\nt1,a1,2026-01-09,high\n")
    assert counts(company.ingest()) == (3, 2, 0, 1)
    assert company.rows("select row_number, reason_code from quarantine.rejected_record") == [(4, "duplicate_key")]
    assert company.rows("select sum(n_rows) from ops.landing_day") == [(2,)]


def test_a_key_that_returns_batches_later_in_a_snapshot_is_a_duplicate_not_a_new_version(company):
    import pyarrow as pa
    import pyarrow.parquet as pq

    company.write("tickets_0.csv", SNAPSHOT + "t0,a1,2026-01-02,low\n")
    ids = [f"t{n}" for n in range(1, 65_600)] + ["t1"]
    rows = {"ticket_id": ids, "account_id": [*ids[:-1], "other"], "opened_at": ["2026-01-02"] * len(ids)}
    pq.write_table(pa.table(rows), company.home / "tickets_1.parquet")
    assert counts(company.ingest()) == (65_601, 65_600, 0, 1)
    assert company.rows("select row_number, reason_code from quarantine.rejected_record") == [(65_600, "duplicate_key")]
