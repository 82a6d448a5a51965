"""Clean data passes both gates, says so in numbers, and says it again in the same words."""

import psycopg
import pytest

from config.run import Run
from config.settings import dsn
from expectations.gate import check_marts, check_raw
from tests.integration.gates.company import execute, findings_of

pytestmark = pytest.mark.slow


def test_clean_data_passes_both_gates(company: Run):
    raw, marts = check_raw(company), check_marts(company)

    assert (raw["verdict"], raw["failed"], raw["reasons"]) == ("PASS", 0, [])
    assert (marts["verdict"], marts["failed"], marts["reasons"]) == ("PASS", 0, [])
    assert raw["checks"] > 80
    assert marts["checks"] > 40


def test_a_second_run_of_the_same_day_leaves_identical_rows(company: Run):
    def written() -> list[tuple[object, ...]]:
        with psycopg.connect(dsn("owner", company.database)) as owner:
            verdicts = owner.execute("select * from ops.gate_verdict order by gate").fetchall()
            return verdicts + owner.execute("select * from ops.dq_run_verdict order by gate, check_id").fetchall()

    for _ in range(2):
        check_raw(company)
        check_marts(company)
        first = written()
    assert len(first) > 120
    assert written() == first


def test_the_flag_of_a_departure_is_only_checked_where_a_source_gives_it(company: Run):
    check_raw(company)
    assert not [check for check in findings_of(company.database, "raw") if check.startswith("accounts.is_churned")]

    execute(company.database, "update raw.accounts set is_churned = false")

    assert check_raw(company)["verdict"] == "PASS"
    assert findings_of(company.database, "raw")["accounts.is_churned.unpaid"] == (
        "warn", True, 0, 0, "accounts: 0 of 0 rows flagged as gone that still have a running paid subscription",
    )  # fmt: skip


def test_a_column_that_no_source_gives_is_not_called_broken(company: Run):
    execute(company.database, "update raw.usage_events set user_id = null")

    assert check_raw(company)["verdict"] == "PASS"
    assert findings_of(company.database, "raw")["usage_events.user_id.present"] == (
        "warn", True, 2760, 0, "usage_events: no source gives user_id; nothing to check",
    )  # fmt: skip
