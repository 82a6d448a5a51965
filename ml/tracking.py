"""MLflow's view: one run per training, one version per model with files, the aliases champion and challenger.

The store is reached directly (no server). Everything here can be repeated: runs and versions are found by their tag.
"""

import os
import shutil
from typing import TYPE_CHECKING, Any

from config.churn import ChurnConfig
from config.settings import mlflow_uri, var_dir
from ml import bundle
from ml.admit import CANDIDATE, Verdict
from ml.learn import Learned
from ml.registry import admitted, challenger

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

TAG = "model_version"


def client() -> "MlflowClient":
    """A client of the store at config.settings.mlflow_uri()."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    uri = mlflow_uri()
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def registered_name(database: str) -> str:
    """The model's name in the registry."""
    return f"churn_{database}"


def log(database: str, model_version: str, learned: Learned, verdict: Verdict, config: ChurnConfig) -> int | None:
    """Log the training; with files, register them too. Returns MLflow's version, or None for a refused model."""
    store = client()
    tags = {TAG: model_version, "status": verdict.status, "why": verdict.why}
    run_id = _run(store, _experiment(store, database), tags, learned, config)
    if learned.forecaster is None:
        return None
    return _version(store, database, model_version, run_id)


def mirror(database: str) -> None:
    """Point the aliases where ml.model points, and drop the files of versions that may not speak for any day."""
    store, name = client(), registered_name(database)
    speaking, waiting = admitted(database), challenger(database)
    versions = {version.tags[TAG]: version for version in store.search_model_versions(f"name = '{name}'")}
    wanted = {"champion": speaking[0] if speaking else None, "challenger": waiting}
    for alias, record in wanted.items():
        _point(store, name, alias, versions[record.model_version].version if record else None)
    kept = {record.model_version for record in speaking}
    kept |= {waiting.model_version} if waiting else set()
    for model_version in sorted(set(versions) - kept):
        store.delete_model_version(name, versions[model_version].version)
        shutil.rmtree(bundle.directory(database, model_version), ignore_errors=True)


def _point(store: "MlflowClient", name: str, alias: str, version: str | None) -> None:
    registered = store.search_registered_models(f"name = '{name}'")
    now = dict(registered[0].aliases).get(alias) if registered else None
    if version is not None and str(now) != str(version):
        store.set_registered_model_alias(name, alias, version)
    if version is None and now is not None:
        store.delete_registered_model_alias(name, alias)


def _experiment(store: "MlflowClient", database: str) -> str:
    name = registered_name(database)
    known = store.get_experiment_by_name(name)
    if known:
        return str(known.experiment_id)
    location = var_dir() / "mlflow" / name / "runs"
    return str(store.create_experiment(name, artifact_location=location.as_uri()))


def _run(store: "MlflowClient", experiment: str, tags: dict[str, str], learned: Learned, config: ChurnConfig) -> str:
    known = store.search_runs([experiment], f"tags.{TAG} = '{tags[TAG]}' and attributes.status = 'FINISHED'")
    if known:
        return str(known[0].info.run_id)
    run_id = str(store.create_run(experiment, tags=tags, run_name=tags[TAG]).info.run_id)
    for name, value in _flat(config.model_dump()).items():
        store.log_param(run_id, name, value)
    for (candidate, horizon), report in sorted(learned.reports.items()):
        for figure, value in report.rounded().items():
            if candidate == CANDIDATE or figure == "pr_auc":
                store.log_metric(run_id, f"{candidate}.{horizon}.{figure}", value)
    store.set_terminated(run_id)
    return run_id


def _version(store: "MlflowClient", database: str, model_version: str, run_id: str) -> int:
    name = registered_name(database)
    if not store.search_registered_models(f"name = '{name}'"):
        store.create_registered_model(name)
    for known in store.search_model_versions(f"name = '{name}'"):
        if known.tags.get(TAG) == model_version:
            return int(known.version)
    source = bundle.directory(database, model_version).as_uri()
    return int(store.create_model_version(name, source, run_id, tags={TAG: model_version}).version)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat
