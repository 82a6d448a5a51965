"""What every DAG promises, and how the nightly run is wired."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest

from config.settings import ROOT

EXPECTED = {
    "ingest_crm", "ingest_billing", "ingest_usage", "ingest_support",
    "customer_health", "send_digests", "reconcile_sources", "train_models", "publish_boards", "write_back_crm",
    "refresh_day",
}  # fmt: skip
# Parsing happens every few minutes on a machine that has other work.
PARSE_SECONDS = 2.0


def test_the_bag_holds_exactly_the_dags_of_the_design(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == EXPECTED


def test_every_dag_says_what_to_do_when_it_fails_and_who_owns_it(bag: Any) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    anchors = {line.lstrip("# ").strip() for line in runbook.splitlines() if line.startswith("## ")}
    for dag in bag.dags.values():
        assert "docs/runbook.md#" in dag.doc_md, dag.dag_id
        assert dag.doc_md.split("docs/runbook.md#")[1].split(".")[0].split(";")[0].strip() in anchors, dag.dag_id
        assert any(tag.startswith("tier-") for tag in dag.tags), dag.dag_id
        assert dag.catchup is False
        assert dag.max_active_runs == 1


def test_every_task_is_retried_has_a_time_limit_and_an_owner(bag: Any) -> None:
    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    assert len(tasks) > 20
    for task in tasks:
        assert task.retries == 3, task
        assert task.execution_timeout is not None, task
        assert task.execution_timeout <= timedelta(hours=1), task
        assert task.owner == "data-engineering", task


def test_parsing_reads_no_database_and_takes_no_time(bag: Any) -> None:
    assert len(bag.dagbag_stats) == len(EXPECTED)
    slow = {stat.file: stat.duration for stat in bag.dagbag_stats if stat.duration > timedelta(seconds=PARSE_SECONDS)}
    assert slow == {}


def test_a_dag_file_stays_wiring(bag: Any) -> None:
    files = sorted(Path(ROOT / "dags").glob("*.py"))
    assert len(files) > len(EXPECTED)
    assert {file.name: n for file in files if (n := len(file.read_text().splitlines())) > 90} == {}
    assert len(bag.dags) == len(EXPECTED)


def test_the_day_goes_through_the_rooms_in_order(bag: Any) -> None:
    dag = bag.dags["customer_health"]
    order = [task.task_id for task in dag.topological_sort()]
    assert order == [
        "raw_is_trusted", "staging_is_built", "intermediate_is_built", "marts_are_built", "marts_are_trusted",
        "model_is_known", "accounts_are_scored", "alerts_are_decided", "day_is_published",
    ]  # fmt: skip


def test_a_day_is_offered_even_when_a_source_fails_but_the_run_stays_red(bag: Any) -> None:
    for role in ("crm", "billing", "usage", "support"):
        dag = bag.dags[f"ingest_{role}"]
        assert dag.get_task("day_is_offered").trigger_rule.value == "all_done"
        assert [asset.uri for asset in dag.get_task("day_is_offered").outlets] == [f"warehouse://raw/{role}"]
        assert dag.get_task("every_source_is_landed").trigger_rule.value == "none_failed"


def _dag_run(**given: Any) -> Any:
    return SimpleNamespace(**{"conf": {}, "partition_key": "2026-11-17", **given})


def test_an_order_comes_from_the_runs_own_conf_first(bag: Any) -> None:
    from plugins.rooms import order_of

    assert bag.dags
    order = order_of(_dag_run(conf={"sources": "/a/sources.yml", "mail": False, "request": "r"}))
    assert (str(order.run.sources), order.sends_mail, order.request) == ("/a/sources.yml", False, "r")


def test_an_order_travels_in_the_newest_asset_event(bag: Any) -> None:
    from plugins.rooms import order_of

    assert bag.dags
    old = SimpleNamespace(timestamp=1, extra={"mail": True, "request": "old"})
    new = SimpleNamespace(timestamp=2, extra={"mail": False, "request": "new"})
    order = order_of(_dag_run(), {"raw": [new], "other": [old]})
    assert (order.sends_mail, order.request) == (False, "new")


@pytest.mark.parametrize(
    ("name", "ticks", "day"),
    [
        ("nightly", "2026-11-18T00:30", "2026-11-17"),
        ("weekly_training", "2026-11-22T05:00", "2026-11-22"),
        ("refreshes", "2026-11-22T09:15", "2026-11-22"),
    ],
)
def test_a_night_builds_the_day_before_and_a_training_is_no_week_old(
    bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, ticks: str, day: str
) -> None:
    from airflow.timetables.trigger import CronPartitionTimetable

    from config import schedule as settings
    from plugins import schedule

    assert bag.dags
    written = tmp_path / "schedule.yml"
    written.write_text("nightly: 30 0 * * *\nweekly_training: 0 5 * * 0\nrefresh: '*/15 * * * *'\n")
    monkeypatch.setattr(settings, "SCHEDULE_FILE", written)
    made = getattr(schedule, name)()
    core = CronPartitionTimetable(
        made.expression, timezone="UTC", run_offset=made.run_offset, key_format=made.key_format
    )
    tick = datetime.fromisoformat(ticks).replace(tzinfo=UTC)
    assert core._get_partition_info(pendulum.instance(tick))[1] == day


@pytest.mark.parametrize(
    ("failure", "action"),
    [
        ("config.settings.ConfigError", "fail"),
        ("copilot.decide.conditions.ConditionError", "fail"),
        ("expectations.gate.Held", "fail"),
        ("copilot.warehouse.publish.NotPublishable", "fail"),
        ("copilot.warehouse.transform.DataTestFailed", "fail"),
        ("copilot.decide.day.NotDecidable", "fail"),
        ("copilot.write_back.crm.NotWritten", "fail"),
        ("copilot.sources.api.faults.SourceSlow", "default"),
        ("copilot.warehouse.transform.TransformError", "default"),
        ("copilot.digest.day.MailNotSent", "default"),
        ("psycopg.OperationalError", "default"),
    ],
)
def test_only_what_another_try_can_mend_is_tried_again(bag: Any, failure: str, action: str) -> None:
    from plugins.rooms import RETRY_POLICY

    assert bag.dags
    decision = RETRY_POLICY.evaluate(resolve_name(failure)("why"), try_number=1, max_tries=3)
    assert decision.action.value == action


def test_a_scheduled_run_mails_and_a_run_without_a_day_is_refused(bag: Any) -> None:
    from plugins.rooms import order_of

    assert bag.dags
    assert order_of(_dag_run()).sends_mail is True
    with pytest.raises(ValueError, match="partition key"):
        order_of(_dag_run(partition_key=None))


def test_a_refresh_publishes_without_offering_the_day_to_whom_mails_it(bag: Any) -> None:
    dag = bag.dags["refresh_day"]
    assert [task.task_id for task in dag.topological_sort()] == ["pushed_is_landed", "day_is_up_to_date"]
    assert [asset for task in dag.tasks for asset in task.outlets] == []
    assert bag.dags["customer_health"].get_task("day_is_published").outlets != []


@pytest.mark.parametrize(
    ("today", "eve_is_published", "why"),
    [
        ("2026-11-17", True, ""),
        ("2026-11-18", True, "2026-11-17 is not in progress: its night closes it"),
        ("2026-11-16", True, "2026-11-17 is not in progress: its night closes it"),
        ("2026-11-17", False, "2026-11-16 is not published yet: alerts are decided day after day"),
    ],
)
def test_only_the_day_in_progress_is_refreshed_once_the_day_before_is_closed(
    bag: Any, today: str, eve_is_published: bool, why: str
) -> None:
    from config.run import Run
    from plugins.refresh import why_not

    assert bag.dags
    assert why_not(Run(date(2026, 11, 17)), date.fromisoformat(today), eve_is_published) == why
