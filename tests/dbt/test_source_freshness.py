"""`dbt source freshness` measures age against the run's cutoff: the same day says the same, whenever it is asked."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from config.gates import load_gates
from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY


def _statuses(company: Company, days_later: int) -> dict[str, set[str]]:
    results = transform.invoke(company.run(DAY + timedelta(days=days_later)), "source", "freshness").results
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(result.node.source_name, set()).add(str(result.status))
    return found


@pytest.mark.slow
def test_a_source_grows_stale_by_the_runs_own_day_and_later_rows_do_not_freshen_it(company: Company) -> None:
    company.land("accounts", [{"account_id": "a", "recorded_at": at(DAY)}])
    company.land("interactions", [{"interaction_id": "i", "account_id": "a", "recorded_at": at(DAY)}])
    silent = {"raw_billing": {"warn"}, "raw_usage": {"warn"}, "raw_support": {"warn"}}

    assert _statuses(company, 0) == {"raw_crm": {"pass"}, **silent}
    assert _statuses(company, 29)["raw_crm"] == {"pass"}, "a quiet contact list is no stale CRM"
    assert _statuses(company, 31)["raw_crm"] == {"warn"}
    company.land("accounts", [{"account_id": "b", "recorded_at": at(DAY + timedelta(days=32))}])
    assert _statuses(company, 31)["raw_crm"] == {"warn"}
    assert _statuses(company, 32)["raw_crm"] == {"pass"}


@pytest.mark.slow
def test_freshness_finds_the_last_days_of_a_long_history_by_its_index(company: Company) -> None:
    """Ten thousand days of history, of which the question is about four."""
    with psycopg.connect(dsn("loader", company.database)) as loader:
        loader.execute(
            """insert into raw_test.usage_events (event_id, recorded_at, _source, _batch_id, _file, _row_number)
            select g::text, %s::timestamptz - (100000 - g) * interval '150 minutes', 'test', 1, 'f', g
            from generate_series(1, 100000) as g""",
            (at(DAY),),
        )
    with psycopg.connect(dsn("owner", company.database), autocommit=True) as owner:
        owner.execute("vacuum analyze raw.usage_events")
        plan: Any = owner.execute(
            """explain (analyze, format json) select max(recorded_at) from raw.usage_events
            where recorded_at < %(until)s and recorded_at >= %(until)s::timestamptz - interval '4 days'""",
            {"until": at(DAY) + timedelta(hours=12)},
        ).fetchone()

    read = _rows_read(plan[0][0]["Plan"])
    assert 0 < read < 20_000
    assert _statuses(company, 0)["raw_usage"] == {"pass"}


def _rows_read(plan: dict[str, Any]) -> int:
    """Rows that any scan of the plan looked at, thrown away or not."""
    here = 0
    if "Scan" in plan["Node Type"]:
        discarded = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        here = plan["Actual Rows"] + discarded
    return here + sum(_rows_read(part) for part in plan.get("Plans", []))


def test_dbt_and_the_gate_call_a_source_stale_after_the_same_time(empty_built: Any) -> None:
    manifest = transform.invoke(empty_built, "parse")
    limits = {
        source.source_name.removeprefix("raw_"): (source.freshness.warn_after.count, source.freshness.error_after.count)
        for source in manifest.sources.values()
    }

    assert limits == {role: (days, None) for role, days in load_gates().stale_after_days.items()}
