"""One day becomes visible, whole or not at all, and a repeated day changes nothing."""

import subprocess
import sys
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from config.settings import ROOT, dsn
from copilot.decide.day import decide
from copilot.warehouse.connect import connect
from copilot.warehouse.publish import NotPublishable, publish, table_hashes
from tests.armed import armed
from tests.integration.marts import (
    DAY,
    SECOND_DAY,
    a_run,
    create_marts,
    put,
    put_account,
    put_accounts,
    put_score,
    put_verdicts,
    race,
    rows,
)

XMIN = "select xmin::text, account_id from serving.account_day order by account_id"
PUBLISHED = "select as_of_date, run_id, verdict from serving.published_day order by as_of_date"


@pytest.fixture
def marts(database: str) -> str:
    create_marts(database)
    put_accounts(database, [{"account_id": f"a{number:02}", "last_login_days_ago": number} for number in range(20)])
    put_verdicts(database)
    decide(a_run(DAY, database))
    return database


def component(account_id: str, day: Any, points: int) -> dict[str, Any]:
    return {
        "as_of_date": day,
        "account_id": account_id,
        "profile": "weighted_v1",
        "component": "usage",
        "points": points,
    }


def test_a_day_becomes_visible_with_its_alerts_and_figures(marts: str) -> None:
    put_score(marts, "a00", 0.3)
    done = publish(a_run(DAY, marts))
    assert done == {"accounts": 20, "changed": True, "run_id": "2026-11-17.1", "verdict": "PASS"}
    assert (
        rows(marts, "select n_accounts, n_alerts_open, n_alerts_raised, arr_usd from serving.kpi_day")
        == [(20, 5, 5, Decimal(240000))] * 2
    )
    account = rows(
        marts,
        "select csm_name, risk_band, expected_loss_usd, n_open_alerts, next_step from serving.account_day"
        " where account_id in ('a00', 'a19') order by account_id",
    )
    assert account == [
        ("Ana", "high", Decimal("3600.00"), 0, "No step needed"),
        ("Ana", "medium", None, 1, "Send a check-in e-mail"),
    ]


def test_every_tile_agrees_with_every_other(marts: str) -> None:
    put_account(marts, "b1", segment="enterprise", health_band="at_risk", health_score=Decimal(50))
    put_account(marts, "b2", segment=None, health_band=None, health_score=None)
    put_account(marts, "b3", lifecycle="churned", last_login_days_ago=50)
    put_account(marts, "b4", segment="all", lifecycle="churn_pending")
    publish(a_run(DAY, marts))
    figures = "n_accounts, n_healthy, n_watch, n_at_risk, n_unscored, arr_usd, n_alerts_open"
    sums = ", ".join(f"sum({name})::numeric" for name in figures.split(", "))
    whole = rows(marts, f"select {figures} from serving.kpi_day where segment = 'all'")
    parts = rows(marts, f"select {sums} from serving.kpi_day where segment <> 'all'")
    assert whole == parts == [(23, 21, 1, 0, 1, Decimal(276000), 5)]
    assert rows(marts, "select n_accounts from serving.published_day") == [(23,)]
    assert {row[0] for row in rows(marts, "select segment from serving.kpi_day")} == {
        "all", "all (segment)", "smb", "enterprise", "unknown",
    }  # fmt: skip


def test_publishing_again_rewrites_no_row(marts: str) -> None:
    publish(a_run(DAY, marts))
    before = rows(marts, XMIN)
    again = publish(a_run(DAY, marts))
    assert len(before) == 20
    assert (again["changed"], again["run_id"]) == (False, "2026-11-17.1")
    assert rows(marts, XMIN) == before


def test_a_correction_replaces_the_day_and_raises_the_revision(marts: str) -> None:
    publish(a_run(DAY, marts))
    with connect("owner", marts) as owner:
        owner.execute("update marts.fct_account_days set arr_usd = 1 where account_id = 'a00'")
    assert publish(a_run(DAY, marts))["run_id"] == "2026-11-17.2"
    assert rows(marts, "select distinct run_id from serving.account_day") == [("2026-11-17.2",)]
    assert rows(marts, "select arr_usd from serving.account_day where account_id = 'a00'") == [(1,)]


@pytest.mark.parametrize(
    ("verdicts", "gate"),
    [({"raw": "HOLD"}, "raw"), ({"marts": "HOLD"}, "marts")],
)
def test_a_day_on_hold_is_not_published_and_yesterday_stays(marts: str, verdicts: dict[str, str], gate: str) -> None:
    publish(a_run(DAY, marts))
    before = table_hashes(marts)
    put_account(marts, "a00", as_of_date=SECOND_DAY)
    put_verdicts(marts, SECOND_DAY, why="half of the accounts are gone", **verdicts)
    with pytest.raises(NotPublishable, match=rf"gate {gate} says HOLD: half of the accounts are gone"):
        publish(a_run(SECOND_DAY, marts))
    assert table_hashes(marts) == before
    assert rows(marts, PUBLISHED) == [(DAY, "2026-11-17.1", "PASS")]


def test_a_day_that_no_gate_judged_is_not_published(marts: str) -> None:
    put_account(marts, "a00", as_of_date=SECOND_DAY)
    with pytest.raises(NotPublishable, match="gate raw says missing"):
        publish(a_run(SECOND_DAY, marts))


def test_one_degraded_gate_degrades_the_day_and_says_why(marts: str) -> None:
    put_verdicts(marts, marts="DEGRADED", why="usage is a day old")
    assert publish(a_run(DAY, marts))["verdict"] == "DEGRADED"
    assert rows(marts, "select reasons from serving.published_day") == [
        (["raw: usage is a day old", "marts: usage is a day old"],)
    ]


def test_a_day_without_a_model_says_so_and_judges_by_rules(marts: str) -> None:
    publish(a_run(DAY, marts))
    assert rows(marts, "select model_mode, model_version, model_note from serving.published_day") == [
        ("rules_only", None, "no account was scored on this day")
    ]


def test_fresh_sources_are_counted(marts: str) -> None:
    states = [("crm", "accounts", "ok"), ("crm", "milestones", "empty"), ("usage", "events", "missing"),
              ("usage", "daily", "ok"), ("support", "tickets", "empty")]  # fmt: skip
    names = ("source", "table_name", "state", "as_of_date", "n_rows", "n_rejected")
    put(marts, "ops.source_state", *(dict(zip(names, (*state, DAY, 1, 0), strict=True)) for state in states))
    publish(a_run(DAY, marts))
    assert rows(marts, "select n_sources_fresh, n_sources from serving.published_day") == [(1, 3)]


def test_a_component_shows_its_change_since_yesterday(marts: str) -> None:
    put(marts, "marts.account_health_component_daily", component("a00", DAY - timedelta(days=1), 10))
    put(marts, "marts.account_health_component_daily", component("a00", DAY, 7))
    put(marts, "marts.account_health_component_daily", component("a01", DAY, 7))
    publish(a_run(DAY, marts))
    assert rows(marts, "select points_change_1d from serving.health_component_day order by account_id") == [
        (-3,),
        (None,),
    ]


def test_three_publishers_at_once_publish_once(marts: str) -> None:
    done = race(marts, "copilot:publish", publish)
    assert sorted(result["changed"] for result in done) == [False, False, True]
    assert {result["run_id"] for result in done} == {"2026-11-17.1"}


@pytest.mark.parametrize("place", ["publish.after_delete", "publish.before_commit"])
def test_a_killed_publish_leaves_the_old_day_and_a_repeat_the_new_one(marts: str, place: str) -> None:
    publish(a_run(DAY, marts))
    before = table_hashes(marts)
    with connect("owner", marts) as owner:
        owner.execute("update marts.fct_account_days set arr_usd = 1 where account_id = 'a00'")
    script = (
        "import sys\nfrom datetime import date\nfrom config.run import Run\n"
        "from copilot.warehouse.publish import publish\n"
        "publish(type('RunHere', (Run,), {'database': sys.argv[1]})(date(2026, 11, 17)))"
    )
    environment = {**armed(place), "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", script, marts], env=environment, check=False)
    assert killed.returncode == -9
    assert table_hashes(marts) == before
    publish(a_run(DAY, marts))
    after = table_hashes(marts)
    assert after["account_day"] != before["account_day"]
    assert rows(marts, PUBLISHED) == [(DAY, "2026-11-17.2", "PASS")]


def test_a_reader_sees_a_whole_day_whatever_the_publisher_does(marts: str) -> None:
    publish(a_run(DAY, marts))
    torn = """
        select count(*) filter (where a.run_id <> p.run_id), count(*), p.n_accounts
        from serving.published_day as p left join serving.account_day as a on p.as_of_date = a.as_of_date
        group by p.as_of_date, p.n_accounts
    """
    stop, seen = threading.Event(), []

    def read() -> None:
        with psycopg.connect(dsn("bi", marts), autocommit=True) as reader:
            while not stop.is_set():
                seen.append(reader.execute(torn).fetchall())

    reading = threading.Thread(target=read)
    reading.start()
    for money in range(10):
        with connect("owner", marts) as owner:
            owner.execute("update marts.fct_account_days set arr_usd = %s", (money,))
        publish(a_run(DAY, marts))
    stop.set()
    reading.join()
    assert len(seen) >= 10
    assert {tuple(found) for found in seen} == {((0, 20, 20),)}
    assert rows(marts, "select revision from serving.published_day") == [(11,)]


def test_the_hashes_tell_rows_not_writes(marts: str) -> None:
    publish(a_run(DAY, marts))
    before = table_hashes(marts)
    assert len(before) == 9
    with connect("owner", marts) as owner:
        owner.execute("update serving.account_day set name = name where account_id = 'a03'")
    assert table_hashes(marts) == before == table_hashes(marts, DAY)
    with connect("owner", marts) as owner:
        owner.execute("update serving.account_day set name = 'x' where account_id = 'a03'")
    changed = {table for table, value in table_hashes(marts).items() if value != before[table]}
    assert changed == {"account_day"}


def test_every_view_of_serving_keeps_the_readers_own_rights(marts: str) -> None:
    views = rows(
        marts,
        "select relname, reloptions from pg_class"
        " where relnamespace = 'serving'::regnamespace and relkind in ('v', 'm')",
    )
    assert len(views) >= 7
    assert [name for name, options in views if "security_invoker=true" not in (options or [])] == []


def test_an_older_day_published_after_newer_ones_were_built_keeps_the_csms_of_its_time(marts: str) -> None:
    publish(a_run(DAY, marts))
    before = rows(marts, "select csm_id, full_name from serving.csm order by csm_id")
    later = {"as_of_date": SECOND_DAY, "csm_id": "csm-3", "full_name": "Cleo"}
    put(marts, "marts.dim_csm", later)
    with connect("owner", marts) as owner:
        owner.execute("update marts.dim_csm set full_name = 'Renamed' where as_of_date = %s", (SECOND_DAY,))
    assert not publish(a_run(DAY, marts))["changed"]
    assert before == [("csm-1", "Ana"), ("csm-2", "Bo")]
    assert rows(marts, "select csm_id, full_name from serving.csm order by csm_id") == before


def test_the_views_follow_the_newest_day(marts: str) -> None:
    publish(a_run(DAY, marts))
    put_account(marts, "a00", as_of_date=SECOND_DAY, health_band="at_risk", health_delta_1d=-30)
    put_verdicts(marts, SECOND_DAY)
    decide(a_run(SECOND_DAY, marts))
    publish(a_run(SECOND_DAY, marts))
    assert rows(marts, "select as_of_date from serving.latest_day") == [(SECOND_DAY,)]
    assert rows(marts, "select account_id from serving.latest_account") == [("a00",)]
    assert rows(marts, "select band_before, band, n_accounts from serving.health_flow") == [("healthy", "at_risk", 1)]
    assert rows(marts, "select account_id from serving.mover") == [("a00",)]
    sums = "sum(n_raised), sum(n_open), sum(n_resolved)"
    assert rows(marts, f"select {sums} from serving.alert_funnel group by as_of_date order by as_of_date") == [
        (5, 5, 0),
        (0, 0, 5),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "select * from serving.account_day where as_of_date = '2026-11-17'",
        "select * from serving.account_day where as_of_date = '2026-11-17' and csm_id = 'csm-1'",
        "select * from serving.account_day where account_id = 'a01' order by as_of_date",
        "select * from serving.alert_day where as_of_date = '2026-11-17'",
        "select * from serving.alert_day where account_id = 'a01'",
        "select * from serving.health_component_day where account_id = 'a01'",
        "select * from serving.kpi_day where as_of_date = '2026-11-17'",
        "select * from serving.latest_account",
    ],
)
def test_an_index_can_serve_what_readers_ask(database: str, query: str) -> None:
    with connect("bi", database) as reader:
        reader.execute("set enable_seqscan = off")
        plan = "\n".join(str(row[0]) for row in reader.execute(f"explain {query}"))
    assert "Index" in plan
    assert "Seq Scan" not in plan
