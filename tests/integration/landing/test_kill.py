"""A landing that is killed leaves no half file: run again, it ends in the rows of an undisturbed run."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.settings import ROOT
from tests.armed import armed

HEADER = "ticket_id,account_id,opened_at,priority,recorded_at\n"
ROWS = HEADER + "".join(f"t{n},a1,2026-01-02,low,2026-01-02\n" for n in range(500)) + "t1,a1,never,low,2026-01-02\n"
COMMAND = (
    "import sys; from datetime import date; from pathlib import Path; from config.run import Run;"
    "from copilot.sources.ingest import ingest; ingest('export', 'support', Run(date(2026, 11, 17), Path(sys.argv[1])))"
)
CONTENT = (
    "select md5(string_agg(r::text, '|' order by r::text)) from (select ticket_id, account_id, opened_at, priority,"
    " recorded_at, _source, _file, _row_number from raw.tickets) as r",
    "select md5(string_agg(reject_id || reason || record, '|' order by reject_id)) from quarantine.rejected_record",
    "select source, table_name, file, n_rows, sha256 from ops.landing_cursor",
    "select received, landed, unchanged, rejected from ops.landing_batch",
    "select * from ops.landing_day",
    "select * from ops.source_state",
)
EMPTIED = (
    "raw.tickets", "quarantine.rejected_record", "ops.landing_cursor", "ops.landing_batch", "ops.landing_day",
    "ops.source_state",
)  # fmt: skip


def landed_in_a_killed_process(sources: Path, place: str) -> int:
    command = [sys.executable, "-c", COMMAND, str(sources)]
    return subprocess.run(command, cwd=ROOT, env=armed(place), check=False, timeout=60).returncode


@pytest.mark.parametrize("place", ["landing.after_rows", "landing.after_cursor"])
def test_a_killed_landing_keeps_nothing_and_its_repetition_equals_an_undisturbed_run(company, place):
    company.write("tickets.csv", ROWS)
    assert landed_in_a_killed_process(company.run().sources, place) == -9
    assert company.rows("select count(*) from raw.tickets") == [(0,)]
    assert company.rows("select count(*) from ops.landing_cursor") == [(0,)]
    company.ingest()
    after_the_kill = [company.rows(query) for query in CONTENT]
    for table in EMPTIED:
        company.rows(f"with gone as (delete from {table} returning 1) select count(*) from gone")
    company.ingest()
    assert after_the_kill == [company.rows(query) for query in CONTENT]
    assert after_the_kill[3] == [(501, 500, 0, 1)]


def test_four_landings_at_once_land_every_row_once(company):
    company.write("tickets.csv", ROWS)
    company.run()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: company.ingest(), range(4)))
    assert sum(outcome["landed"] for outcome in outcomes) == 500
    assert sum(outcome["skipped"] for outcome in outcomes) == 3
    assert company.rows("select count(*) from raw.tickets") == [(500,)]
