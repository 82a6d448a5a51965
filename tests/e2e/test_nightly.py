"""The nightly run on real parts: files, PostgreSQL, dbt, Great Expectations, Airflow, SMTP."""

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest

from copilot.stack.airflow_api import AirflowApi
from copilot.warehouse.publish import table_hashes
from tests.stack import ask, copilot

pytestmark = pytest.mark.e2e


def test_a_day_is_published_for_every_account_and_every_dag_is_green(calm: str, spec: Any) -> None:
    [(accounts,)] = ask(calm, f"select count(*) from serving.account_day where as_of_date = '{spec.end}'")
    assert accounts > 50
    assert ask(calm, "select count(*) from serving.published_day") == [(2,)]
    api = AirflowApi()
    for dag_id in ("ingest_crm", "ingest_billing", "ingest_usage", "ingest_support", "customer_health", "send_digests"):
        runs = api.newest_runs(dag_id, spec.end.isoformat())
        assert runs, dag_id
        assert {run.state for run in runs} == {"success"}, dag_id


def test_every_csm_with_something_new_has_exactly_one_mail(calm: str, stack: Path) -> None:
    decided = ask(calm, "select csm_id, local_date from ops.digest_log where decision = 'mail'")
    assert decided
    sent = ask(calm, "select message_id from ops.digest_outbox where state = 'sent'")
    assert len(sent) == len(decided)
    kept = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (stack / "mail").glob("*.eml")
    ]
    ids = [str(mail["Message-ID"]) for mail in kept]
    assert {ids.count(message_id) for (message_id,) in sent} == {1}
    for mail in kept:
        assert mail.get_body(("plain",)) is not None
        assert mail.get_body(("html",)) is not None


def test_a_second_run_of_the_same_day_changes_no_row_and_sends_no_mail(
    calm: str, stack: Path, sources_for: Any, spec: Any
) -> None:
    tables = "('account_day', 'alert_day', 'kpi_day', 'published_day', 'health_component_day')"
    versions = f"select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_user_tables where relname in {tables}"
    before, hashes = ask(calm, "select max(xmin::text) from serving.account_day"), table_hashes(calm)
    mails = sorted(path.name for path in (stack / "mail").iterdir())
    done = copilot("run", "--as-of", spec.end, "--sources", sources_for())
    assert done.returncode == 0, done.stdout + done.stderr
    assert table_hashes(calm) == hashes
    assert ask(calm, "select max(xmin::text) from serving.account_day") == before
    assert sorted(path.name for path in (stack / "mail").iterdir()) == mails
    assert ask(calm, versions)


def test_a_backfill_gives_the_rows_of_single_runs_and_sends_no_mail(
    calm: str, stack: Path, sources_for: Any, spec: Any
) -> None:
    mails = sorted(path.name for path in (stack / "mail").iterdir())
    first = spec.end.fromordinal(spec.end.toordinal() - 1)
    done = copilot("backfill", first, spec.end, "--sources", sources_for("backfilled"))
    assert done.returncode == 0, done.stdout + done.stderr
    expected = table_hashes(calm)
    assert len(expected) >= 8
    assert table_hashes("backfilled") == expected
    assert sorted(path.name for path in (stack / "mail").iterdir()) == mails
