"""Time scoring against bare `Booster.predict` on the same matrix, as ratios in one run; and training.

`python -m benchmarks.model [--as-of D] [--accounts N]` needs a day with features and a model in use; the day's rows
are repeated to N accounts. Budget: scoring at least 50 % of bare predict; reasons are a second figure.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from config.churn import churn_config
from config.run import DEFAULT_SOURCES, Run
from ml import bundle, registry
from ml.candidates import matrix
from ml.features import NAMES, newest_day, read_day, read_training, values_of
from ml.learn import Forecaster, learn
from ml.score import probabilities, score_rows

ROUNDS = 7


def best(task: Callable[[], object]) -> float:
    """The shortest of several timings in seconds: what the work takes when nothing disturbs it."""
    task()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def bare(model: Forecaster, values: np.ndarray) -> Callable[[], object]:
    """XGBoost alone: the same matrix built and every horizon predicted."""
    import xgboost

    def predict() -> None:
        for booster in model.boosters.values():
            booster.predict(xgboost.DMatrix(values, feature_names=list(NAMES), nthread=1))

    return predict


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--sources", type=Path, default=DEFAULT_SOURCES)
    given = parser.parse_args()
    day = given.as_of or newest_day(Run(date.max, given.sources).database)
    if day is None:
        raise SystemExit("there are no features yet: run a day first")
    run, config = Run(day, given.sources), churn_config()
    record = registry.champion_record(run)
    if record is None:
        raise SystemExit("no model is in use: there is nothing to measure")
    model = bundle.read(bundle.directory(run.database, record.model_version), record.artifact_sha256)
    frame = read_day(run, day)
    rows = pd.concat([frame] * -(-given.accounts // len(frame)), ignore_index=True).head(given.accounts)
    values = values_of(rows)
    alone = best(bare(model, values))
    chances = best(lambda: probabilities(model, matrix(rows)))
    whole = best(lambda: score_rows(model, rows, frame, record.model_version, config))
    print(f"{len(rows):,} accounts, three horizons, {booster_sizes(model)} trees")
    print(f"bare Booster.predict       {alone:8.3f} s")
    print(f"chances with bands         {chances:8.3f} s  {alone / chances:5.0%} of bare predict")
    print(f"rows with reasons in words {whole:8.3f} s  {alone / whole:5.0%} of bare predict")
    training = read_training(run, config.horizons_days)
    start = time.perf_counter()
    learn(training, config)
    print(f"training and evaluation    {time.perf_counter() - start:8.1f} s for {len(training):,} account-weeks")


def booster_sizes(model: Forecaster) -> str:
    """Trees by horizon."""
    return " + ".join(str(booster.num_boosted_rounds()) for booster in model.boosters.values())


if __name__ == "__main__":
    main()
