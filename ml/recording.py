"""Write down a training: the model, its figures and its held-out scores, and who is champion now, all or nothing."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from config.churn import ChurnConfig
from config.run import Run
from ml.admit import CANDIDATE, Verdict
from ml.learn import Learned
from ml.registry import Connection, connect, forget, settle

REPORT_COLUMNS = (
    *("n", "n_churned", "base_rate", "pr_auc", "roc_auc"),
    *("lift_top_decile", "lift_top_decile_worst", "lift_top_decile_best", "precision_top_decile", "recall_top_decile"),
    *("brier", "log_loss", "calibration_error"),
)
# A training repeated because its files were damaged brings the same files back, and nothing else.
_REPAIR = sql.SQL(
    "on conflict (model_version) do update"
    " set mlflow_version = excluded.mlflow_version, artifact_sha256 = excluded.artifact_sha256"
    " where (model.mlflow_version, model.artifact_sha256)"
    " is distinct from (excluded.mlflow_version, excluded.artifact_sha256)"
)


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


def record(run: Run, trained: Trained, config: ChurnConfig) -> None:
    """Write a training and everything measured, and settle who is champion, in one transaction. Repeatable."""
    with connect(run.database) as warehouse:
        warehouse.execute("select pg_advisory_xact_lock(hashtextextended('copilot:model', 0))")
        _write_model(warehouse, run, trained, config)
        _write_performance(warehouse, trained)
        _write_held_out(warehouse, trained, config.main_horizon_days)
        settle(warehouse)
        forget(warehouse, config.keep_versions)


def _write_model(warehouse: Connection, run: Run, trained: Trained, config: ChurnConfig) -> None:
    verdict = trained.verdict
    row = {
        "model_version": trained.model_version,
        "mlflow_version": trained.mlflow_version,
        "trained_as_of": run.as_of,
        "algorithm": CANDIDATE,
        # The one champion is settled later in the transaction; until then a new one stands among the admitted.
        "status": "retired" if verdict.status == "champion" else verdict.status,
        "is_admitted": verdict.status == "champion",
        "why": verdict.why,
        "n_train": trained.n_train,
        "n_churned": trained.n_churned,
        "parameters": Jsonb(config.model_dump()),
        "gate_report": Jsonb(_finite(_gate_report(trained))),
        "artifact_sha256": Jsonb(dict(trained.artifact_sha256)),
    }
    insert = sql.SQL("insert into ml.model ({}) values ({}) {}").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row)), _REPAIR
    )
    warehouse.execute(insert, row)


def _gate_report(trained: Trained) -> dict[str, Any]:
    cut = trained.learned.split
    parts = {name: [str(part["start"]), str(part["end"])] for name, part in asdict(cut).items()} if cut else None
    rounds = {str(horizon): rounds for horizon, rounds in trained.learned.rounds.items()}
    return {**trained.verdict.figures, "rounds": rounds, "split": parts}


def _write_performance(warehouse: Connection, trained: Trained) -> None:
    if not trained.learned.split:
        return
    window = trained.learned.split.test
    columns = ("model_version", "candidate", "horizon_days", "window_start", "window_end", *REPORT_COLUMNS)
    insert = sql.SQL("insert into ml.model_performance ({}) values ({}) on conflict do nothing").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    )
    for (candidate, horizon), report in sorted(trained.learned.reports.items()):
        figures = asdict(report)
        key = (trained.model_version, candidate, horizon, window.start, window.end)
        warehouse.execute(insert, (*key, *(figures[name] for name in REPORT_COLUMNS)))


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


def _finite(value: Any) -> Any:
    """JSON has no infinity: such a bound is told as null."""
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
