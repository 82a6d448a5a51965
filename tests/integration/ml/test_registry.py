"""What ml.model remembers, without training anything: which model speaks for which day, and who may train."""

from datetime import date, timedelta
from pathlib import Path

import psycopg

from config.churn import churn_config
from config.run import Run
from config.settings import dsn
from ml import registry
from tests.integration.ml.marts import a_run

FIRST = date(2026, 1, 4)


def _admit(database: str, n_weeks: int) -> None:
    """A model a week, each admitted, each with one held-out row."""
    with registry.connect(database) as warehouse:
        for week in range(n_weeks):
            warehouse.execute(
                """insert into ml.model (model_version, trained_as_of, algorithm, status, is_admitted, why, n_train,
                    n_churned, parameters, gate_report, artifact_sha256)
                values (%s, %s, 'xgboost', 'retired', true, '', 100, 60, '{}', '{}', '{}')""",
                (f"week-{week}", FIRST + timedelta(weeks=week)),
            )
            warehouse.execute(
                "insert into ml.evaluation_score values (%s, 'model', 90, %s, 'a', 0.5, false)", (f"week-{week}", FIRST)
            )
            registry.settle(warehouse)
            registry.forget(warehouse, churn_config().keep_versions)


def test_a_day_keeps_the_model_that_spoke_for_it_however_many_were_trained_since(database: str, tmp_path: Path) -> None:
    n_weeks = churn_config().keep_versions + 3
    _admit(database, n_weeks)
    days: list[Run] = [a_run(database, tmp_path, FIRST + timedelta(weeks=week, days=3)) for week in range(n_weeks)]
    assert [registry.champion(day) for day in days] == [f"week-{week}" for week in range(n_weeks)]


def test_held_out_rows_live_as_long_as_the_newest_models(database: str) -> None:
    keep = churn_config().keep_versions
    _admit(database, keep + 3)
    with registry.connect(database) as warehouse:
        left = warehouse.execute("select model_version from ml.evaluation_score order by 1").fetchall()
    assert [row[0] for row in left] == [f"week-{week}" for week in range(3, keep + 3)]


def test_a_training_of_any_length_keeps_its_lock_because_its_session_is_in_no_transaction(database: str) -> None:
    with registry.only_trainer(database) as session, psycopg.connect(dsn("scorer", database)) as other:
        seen = other.execute(
            "select state from pg_stat_activity where pid = %s", (session.info.backend_pid,)
        ).fetchone()
        taken = other.execute("select pg_try_advisory_lock(hashtextextended('copilot:train', 0))").fetchone()
    assert seen == ("idle",)
    assert taken == (False,)
