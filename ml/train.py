"""Train: the rows known on a day become a model that is used, or a sentence why it is not.

A version is the fingerprint of its rows and choices: training again on the same rows changes nothing.
"""

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from config.churn import ChurnConfig, churn_config
from config.kill_point import kill_point
from config.run import Run
from ml import bundle, recording, registry, tracking
from ml.admit import CANDIDATE, INCUMBENT, HeldOut, Verdict, against_incumbent
from ml.features import FEATURES, NAMES, label_name, read_training
from ml.learn import Learned, learn, n_churned_accounts
from ml.resample import Resamples

if TYPE_CHECKING:
    import pandas as pd

# Raised by hand when learn.py or what it calls would make another model of the same rows and choices.
CODE_REVISION = 1


def train(run: Run) -> dict[str, Any]:
    """Train for run.as_of; returns model_version, status, why, n_train, n_churned (accounts), changed.

    Too little history, too few departures, no signal: a recorded status with its sentence, never an error.
    """
    config = churn_config()
    with registry.only_trainer(run.database):
        return _train(run, config)


def train_if_never(run: Run) -> dict[str, Any]:
    """Train when nothing was ever trained by run.as_of (a new company, a backfill of old days); else say what is."""
    known = registry.newest(run)
    if known is None:
        return train(run)
    return {"model_version": known.model_version, "status": known.status, "trained_as_of": str(known.trained_as_of)}


def fingerprint(frame: "pd.DataFrame", config: ChurnConfig) -> str:
    """Twelve hex digits over the rows (values, days, accounts, labels), the choices and what turns them into trees."""
    digest = hashlib.sha256()
    made_by = [version("xgboost-cpu"), version("scikit-learn"), version("numpy"), str(CODE_REVISION), repr(FEATURES)]
    digest.update("\n".join([config.model_dump_json(), *made_by]).encode())
    labels = [label_name(horizon) for horizon in config.horizons_days]
    digest.update(np.ascontiguousarray(frame[[*NAMES, *labels]].to_numpy(np.float64)).data)
    digest.update(frame["as_of_date"].to_numpy("datetime64[D]").astype(np.int64).data)
    for name in ("account_id", "segment"):
        digest.update("\n".join(map(str, frame[name].tolist())).encode())
    return digest.hexdigest()[:12]


def _train(run: Run, config: ChurnConfig) -> dict[str, Any]:
    frame = read_training(run, config.horizons_days)
    model_version = fingerprint(frame, config)
    known = registry.find(run.database, model_version)
    is_new = known is None or not _intact(run, known)
    if is_new:
        _learn_and_record(run, model_version, frame, config)
    else:
        registry.known_earlier(run, model_version)
    if any(registry.admitted(run.database)):
        tracking.mirror(run.database)
    record = registry.find(run.database, model_version)
    assert record is not None  # noqa: S101 (written above, and nobody deletes records)
    return {
        "model_version": model_version,
        "status": record.status,
        "why": record.why,
        "n_train": record.n_train,
        "n_churned": record.n_churned,
        "changed": is_new,
    }


def _learn_and_record(run: Run, model_version: str, frame: "pd.DataFrame", config: ChurnConfig) -> None:
    """Files first, MLflow second, the record last: after a kill there is no record, and the next training repeats."""
    learned = learn(frame, config)
    verdict = _verdict(run, model_version, learned, config)
    files = bundle.write(run.database, model_version, learned.forecaster, config) if learned.forecaster else {}
    number = tracking.log(run.database, model_version, learned, verdict, config)
    n_churned = n_churned_accounts(frame, label_name(config.main_horizon_days))
    trained = recording.Trained(model_version, learned, verdict, len(frame), n_churned, files, number)
    kill_point("train.before_record")
    recording.record(run, trained, config)


def _intact(run: Run, known: registry.Record) -> bool:
    """Whether nothing needs repair: a model that may not speak needs no files."""
    return not known.is_admitted or _speaks(run, known)


def _speaks(run: Run, known: registry.Record) -> bool:
    """Whether the record's files are there, unchanged and made for today's features."""
    try:
        bundle.read(bundle.directory(run.database, known.model_version), known.artifact_sha256)
    except bundle.BrokenModelError:
        return False
    return True


def _verdict(run: Run, model_version: str, learned: Learned, config: ChurnConfig) -> Verdict:
    """What learn() said and, for a model that passed, how it stands against the champion in use."""
    incumbent = registry.champion_record(run)
    if learned.verdict.status != "champion" or learned.test is None or incumbent is None:
        return learned.verdict
    if incumbent.model_version == model_version or not _speaks(run, incumbent):
        return learned.verdict
    test, label = learned.test, label_name(config.main_horizon_days)
    theirs = registry.held_out_scores(run.database, incumbent.model_version, config.main_horizon_days)
    keys = [(day.date(), account) for day, account in zip(test["as_of_date"], test["account_id"], strict=True)]
    common = np.array([key in theirs for key in keys])
    shared = test[common]
    n_churned = n_churned_accounts(shared, label)
    if n_churned < config.gate.min_overlap_churned:
        nothing = HeldOut({}, np.zeros(0), Resamples.everyone(0))
        return against_incumbent(nothing, n_churned, config.gate, learned.verdict)
    scores = {
        CANDIDATE: learned.scores[CANDIDATE][common],
        INCUMBENT: np.array([theirs[key] for key, kept in zip(keys, common, strict=True) if kept]),
    }
    drawn = Resamples.of_accounts(shared["account_id"].to_numpy(object), config.gate.resamples, config.seed)
    held_out = HeldOut(scores, shared[label].to_numpy(np.float64), drawn)
    return against_incumbent(held_out, n_churned, config.gate, learned.verdict)
