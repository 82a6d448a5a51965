"""Training, going into use, scoring, rolling back: on a real PostgreSQL and a real MLflow store."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from typer.testing import CliRunner

from config.run import Run
from config.settings import dsn, mlflow_uri
from ml import bundle, registry, tracking
from ml.candidates import booster_margins, matrix
from ml.cli import group
from ml.score import forecast, score
from ml.train import train
from tests.integration.ml.marts import a_run, fill_marts
from tests.unit.ml.synthetic import FIRST_SUNDAY, HORIZONS, a_company

pytestmark = pytest.mark.slow
WEEKS_OF_LABELS = 65
# The last Sunday of the features: its labels are far in the future, those of 13 weeks before have just become complete.
TODAY = FIRST_SUNDAY + timedelta(weeks=WEEKS_OF_LABELS + 12)


@pytest.fixture(scope="module")
def company() -> pd.DataFrame:
    return a_company(300, n_weeks=WEEKS_OF_LABELS + 13, seed=4, monthly_rate=0.04, signal=1.5)


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def run(
    database: str, company: pd.DataFrame, mlflow_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    monkeypatch.setenv("COPILOT_MLFLOW_URI", mlflow_store)
    fill_marts(database, company, HORIZONS)
    return a_run(database, tmp_path, TODAY)


def everything(database: str) -> dict[str, list[tuple[object, ...]]]:
    tables = ("model", "scored_day", "churn_score", "model_performance", "evaluation_score")
    with psycopg.connect(dsn("owner", database)) as owner:
        return {
            table: owner.execute(f"select t::text, xmin::text from ml.{table} as t order by 1").fetchall()
            for table in tables
        }


def test_a_trained_model_scores_the_day_and_repeating_both_changes_no_row(run: Run) -> None:
    trained, scored = train(run), score(run)
    before = everything(run.database)
    again, scored_again = train(run), score(run)
    assert trained["status"] == "champion", trained["why"]
    assert trained["changed"]
    assert not again["changed"]
    assert scored == scored_again
    assert scored["mode"] == "model"
    assert scored["scored"] > 250
    assert all(before.values())
    assert everything(run.database) == before


def test_mlflow_has_one_champion_and_it_ranks_as_ours_does(run: Run, company: pd.DataFrame) -> None:
    import mlflow.xgboost

    trained = train(run)
    name = tracking.registered_name(run.database)
    version = tracking.client().get_model_version_by_alias(name, "champion")
    mlflow.set_tracking_uri(mlflow_uri())
    theirs = mlflow.xgboost.load_model(f"models:/{name}@champion")
    ours = bundle.read(
        bundle.directory(run.database, trained["model_version"]), registry.champion_record(run).artifact_sha256
    )
    rows = company.tail(400)
    assert version.tags["model_version"] == trained["model_version"] == registry.champion(run)
    assert (booster_margins(theirs, matrix(rows)) == booster_margins(ours.boosters[90], matrix(rows))).all()


def test_a_day_before_the_training_gets_no_forecast_from_the_future(run: Run) -> None:
    train(run)
    yesterday = Run(run.as_of - timedelta(days=1), run.sources)
    scored = score(yesterday)
    assert registry.champion(yesterday) is None
    assert scored["mode"] == "rules_only"
    assert scored["why"] == "no model has been trained yet"


def test_a_damaged_model_gives_no_forecast_and_takes_back_the_days_rows(run: Run) -> None:
    trained, before = train(run), score(run)
    trees = bundle.directory(run.database, trained["model_version"]) / "model.ubj"
    content = bytearray(trees.read_bytes())
    content[len(content) // 2] ^= 1
    trees.write_bytes(content)
    after = score(run)
    assert before["scored"] > 250
    assert after["mode"] == "rules_only"
    assert after["why"] == "model file model.ubj does not match its record"
    assert not everything(run.database)["churn_score"]
    assert train(run)["changed"], "training again repairs the files"
    assert score(run) == before


def test_a_training_killed_before_its_record_was_written_is_completed_without_a_second_version(run: Run) -> None:
    trained = train(run)
    with psycopg.connect(dsn("scorer", run.database)) as scorer:
        for table in ("evaluation_score", "model_performance", "model"):
            scorer.execute(f"delete from ml.{table}")
    again = train(run)
    name = tracking.registered_name(run.database)
    assert again == trained
    assert len(tracking.client().search_model_versions(f"name = '{name}'")) == 1


def test_an_account_alone_gets_the_numbers_and_reasons_it_gets_among_all(run: Run) -> None:
    train(run)
    everyone = {(row[0], row[1]): row for row in forecast(run).rows}
    differences = []
    for account in sorted({key[0] for key in everyone})[:20]:
        for row in forecast(run, account).rows:
            other = everyone[row[0], row[1]]
            differences += [abs(mine - theirs) for mine, theirs in zip(row[3:7], other[3:7], strict=True)]
            assert [reason and reason.obj for reason in row[10:]] == [reason and reason.obj for reason in other[10:]]
    assert len(differences) == 20 * 3 * 4
    assert max(differences) < 1e-12


def test_rolling_back_lets_the_model_before_speak_and_one_champion_remains(run: Run) -> None:
    earlier = Run(run.as_of - timedelta(weeks=10), run.sources)
    old, new = train(earlier), train(run)
    result = CliRunner().invoke(group, ["rollback", "--sources", str(run.sources)])
    statuses = sorted(row[0] for row in _rows(run.database, "select status from ml.model"))
    version = tracking.client().get_model_version_by_alias(tracking.registered_name(run.database), "champion")
    assert (old["status"], new["status"]) == ("champion", "champion"), (old["why"], new["why"])
    assert result.exit_code == 0, result.output
    assert registry.champion(run) == old["model_version"] == version.tags["model_version"]
    assert statuses == ["champion", "retired"]
    assert train(run)["status"] == "retired", "a model that was taken out does not come back by itself"


def test_random_departures_give_no_signal_and_a_rules_only_day(
    database: str, mlflow_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_MLFLOW_URI", mlflow_store)
    fill_marts(database, a_company(150, n_weeks=66, seed=3, signal=0.0, monthly_rate=0.04), HORIZONS)
    run = a_run(database, tmp_path, FIRST_SUNDAY + timedelta(weeks=65, days=90))
    trained, scored = train(run), score(run)
    assert trained["status"] == "no_signal"
    assert scored["mode"] == "rules_only"
    assert scored["why"].startswith("no usable signal")
    assert not everything(database)["churn_score"]


def _rows(database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn("scorer", database)) as scorer:
        return scorer.execute(query).fetchall()


def test_a_feature_read_on_the_day_of_departure_is_caught_and_named_and_nothing_goes_into_use(
    database: str, mlflow_store: str, company: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leak a wrong join makes: who leaves within the window has no use left, as of the day it left."""
    monkeypatch.setenv("COPILOT_MLFLOW_URI", mlflow_store)
    leaves = company["churned_90"] == 1
    fill_marts(database, company.assign(events_7d=company["events_7d"].where(~leaves, 0.0)), HORIZONS)
    run = a_run(database, tmp_path, TODAY)
    trained, scored = train(run), score(run)
    assert trained["status"] == "rejected"
    assert trained["why"].startswith("leak alarm: events_7d (AUC ")
    assert "," not in trained["why"], "the honest features are not named"
    assert scored["mode"] == "rules_only"
