"""Which model speaks: the record in ml.model is the truth, MLflow mirrors it (ml/tracking.py) and follows.

A model speaks for a day only when it existed on that day, so that a backfilled day gets the forecast it could have had.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from config.churn import ChurnConfig
from config.run import Run
from config.settings import dsn
from ml.admit import CANDIDATE, Verdict
from ml.learn import Learned

Connection = psycopg.Connection[tuple[Any, ...]]
REPORT_COLUMNS = (
    *("n", "n_churned", "base_rate", "pr_auc", "roc_auc"),
    *("lift_top_decile", "lift_top_decile_worst", "lift_top_decile_best", "precision_top_decile", "recall_top_decile"),
    *("brier", "log_loss", "calibration_error"),
)


@dataclass(frozen=True)
class Record:
    """One row of ml.model, as far as it is read back."""

    model_version: str
    status: str
    is_admitted: bool
    why: str
    trained_as_of: date
    n_train: int
    n_churned: int
    artifact_sha256: Mapping[str, str]


@dataclass(frozen=True)
class Trained:
    """What a training run has to record."""

    model_version: str
    learned: Learned
    verdict: Verdict
    n_train: int
    n_churned: int
    artifact_sha256: Mapping[str, str]
    mlflow_version: int | None


def connect(database: str) -> Connection:
    """The warehouse as the scorer; used as a block, it commits at the end or rolls back."""
    return psycopg.connect(dsn("scorer", database), application_name="copilot:scorer")


def champion(run: Run) -> str | None:
    """The version of the newest admitted model that existed on run.as_of, or None."""
    record = champion_record(run)
    return record.model_version if record else None


def champion_record(run: Run) -> Record | None:
    """The record of champion(run)."""
    found = _records(run.database, "is_admitted and trained_as_of <= %s", (run.as_of,))
    return found[0] if found else None


def newest(run: Run) -> Record | None:
    """The record of the newest training on or before run.as_of, whatever became of it."""
    found = _records(run.database, "trained_as_of <= %s", (run.as_of,))
    return found[0] if found else None


def find(database: str, model_version: str) -> Record | None:
    """The record of that version."""
    found = _records(database, "model_version = %s", (model_version,))
    return found[0] if found else None


def trainings(database: str) -> list[Record]:
    """Every training, newest first."""
    return _records(database, "true", ())


def admitted(database: str) -> list[Record]:
    """Every model that may speak, newest first."""
    return _records(database, "is_admitted", ())


def challenger(database: str) -> Record | None:
    """The newest model that passed the gates without beating the champion."""
    found = _records(database, "status = 'challenger'", ())
    return found[0] if found else None


def known_earlier(run: Run, model_version: str) -> None:
    """The same rows give the same model, so a model existed from the first day on which it could have been trained."""
    with connect(run.database) as warehouse:
        warehouse.execute(
            "update ml.model set trained_as_of = %s where model_version = %s and trained_as_of > %s",
            (run.as_of, model_version, run.as_of),
        )
        _settle(warehouse)


def held_out_scores(database: str, model_version: str, horizon: int) -> dict[tuple[date, str], float]:
    """A model's own held-out probabilities, by day and account."""
    query = (
        "select as_of_date, account_id, p from ml.evaluation_score"
        " where model_version = %s and candidate = %s and horizon_days = %s"
    )
    with connect(database) as warehouse:
        rows = warehouse.execute(query, (model_version, CANDIDATE, horizon)).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def record(run: Run, trained: Trained, config: ChurnConfig) -> None:
    """Write a training and everything measured, and settle who is champion, in one transaction. Repeating changes nothing."""
    with connect(run.database) as warehouse:
        warehouse.execute("select pg_advisory_xact_lock(hashtextextended('copilot:model', 0))")
        _write_model(warehouse, run, trained, config)
        _write_performance(warehouse, trained)
        _write_held_out(warehouse, trained, config.main_horizon_days)
        _settle(warehouse)
        _forget(warehouse, config.keep_versions)


def roll_back(database: str) -> tuple[str, str | None]:
    """Take the champion out of use: (its version, the version that speaks now or None). Raises LookupError without one."""
    with connect(database) as warehouse:
        out = warehouse.execute(
            "update ml.model set is_admitted = false, status = 'retired', why = 'rolled back by hand; ' || why"
            " where status = 'champion' returning model_version"
        ).fetchone()
        if out is None:
            raise LookupError("there is no model in use")
        _settle(warehouse)
        now = warehouse.execute("select model_version from ml.model where status = 'champion'").fetchone()
    return str(out[0]), None if now is None else str(now[0])


def _records(database: str, condition: str, parameters: tuple[Any, ...]) -> list[Record]:
    query = (
        "select model_version, status, is_admitted, why, trained_as_of, n_train, n_churned, artifact_sha256 from ml.model"
        f" where {condition} order by trained_as_of desc, mlflow_version desc nulls last, model_version"
    )
    with connect(database) as warehouse:
        return [Record(*row) for row in warehouse.execute(query, parameters)]


def _write_model(warehouse: Connection, run: Run, trained: Trained, config: ChurnConfig) -> None:
    verdict, cut = trained.verdict, trained.learned.split
    report = {
        **verdict.figures,
        "rounds": {str(horizon): rounds for horizon, rounds in trained.learned.rounds.items()},
        "split": {name: [str(part["start"]), str(part["end"])] for name, part in asdict(cut).items()} if cut else None,
    }
    warehouse.execute(
        "insert into ml.model values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (model_version) do update"
        " set mlflow_version = excluded.mlflow_version, artifact_sha256 = excluded.artifact_sha256"
        " where (model.mlflow_version, model.artifact_sha256)"
        " is distinct from (excluded.mlflow_version, excluded.artifact_sha256)",
        (
            trained.model_version,
            trained.mlflow_version,
            run.as_of,
            CANDIDATE,
            # The one champion is settled below; until then a new one stands among the admitted.
            "retired" if verdict.status == "champion" else verdict.status,
            verdict.status == "champion",
            verdict.why,
            trained.n_train,
            trained.n_churned,
            Jsonb(config.model_dump()),
            Jsonb(_finite(report)),
            Jsonb(dict(trained.artifact_sha256)),
        ),
    )


def _write_performance(warehouse: Connection, trained: Trained) -> None:
    if not trained.learned.split:
        return
    window = trained.learned.split.test
    places = ", ".join(["%s"] * (5 + len(REPORT_COLUMNS)))
    columns = f"model_version, candidate, horizon_days, window_start, window_end, {', '.join(REPORT_COLUMNS)}"
    for (candidate, horizon), report in sorted(trained.learned.reports.items()):
        warehouse.execute(
            f"insert into ml.model_performance ({columns}) values ({places}) on conflict do nothing",  # noqa: S608
            (trained.model_version, candidate, horizon, window.start, window.end)
            + tuple(asdict(report)[name] for name in REPORT_COLUMNS),
        )


def _write_held_out(warehouse: Connection, trained: Trained, horizon: int) -> None:
    test = trained.learned.test
    if test is None:
        return
    warehouse.execute("delete from ml.evaluation_score where model_version = %s", (trained.model_version,))
    days, accounts = [day.date() for day in test["as_of_date"]], test["account_id"].tolist()
    outcomes = (test[f"churned_{horizon}"] == 1).tolist()
    with warehouse.cursor().copy("copy ml.evaluation_score from stdin") as copy:
        for candidate, scores in sorted(trained.learned.scores.items()):
            for day, account, p, outcome in zip(days, accounts, scores.tolist(), outcomes, strict=True):
                copy.write_row((trained.model_version, candidate, horizon, day, account, p, outcome))


def _settle(warehouse: Connection) -> None:
    """The newest admitted model is the champion, every other admitted one is retired: at no moment two, nor none."""
    order = "order by trained_as_of desc, mlflow_version desc nulls last, model_version limit 1"
    first = f"(select model_version from ml.model where is_admitted {order})"
    warehouse.execute(
        f"update ml.model set status = 'retired' where status = 'champion' and model_version is distinct from {first}"
    )
    warehouse.execute(f"update ml.model set status = 'champion' where status <> 'champion' and model_version = {first}")  # noqa: S608


def _forget(warehouse: Connection, keep: int) -> None:
    """Admitted models beyond the newest `keep` may no longer speak; held-out rows are kept for the same number of trainings."""
    order = "order by trained_as_of desc, mlflow_version desc nulls last, model_version"
    warehouse.execute(
        f"update ml.model set is_admitted = false where is_admitted and model_version not in"  # noqa: S608
        f" (select model_version from ml.model where is_admitted {order} limit %s)",
        (keep,),
    )
    warehouse.execute(
        f"delete from ml.evaluation_score where model_version not in (select model_version from ml.model {order} limit %s)"  # noqa: S608
        " and model_version not in (select model_version from ml.model where is_admitted)",
        (keep,),
    )


def _finite(value: Any) -> Any:
    """JSON has no infinity: such a bound is told as null."""
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
