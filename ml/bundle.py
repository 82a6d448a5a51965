"""A model's files: written once under a name that is its content, checked byte by byte before use.

The directory is an MLflow model (flavour xgboost, ubj, no pickle) whose extra files are the other horizons' trees and
model.json (curves, profile, features). The sha256 of each of our files is kept in ml.model, not beside the files.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from config.churn import ChurnConfig
from config.settings import var_dir
from ml.calibrate import Curve
from ml.features import FEATURES
from ml.learn import Forecaster

MAIN_TREES = "model.ubj"
FACTS = "extra_files/model.json"
# Without these MLflow asks pip in a sub-process what is installed (12 s), and what it finds is this whole project.
REQUIREMENTS = ("xgboost-cpu", "numpy", "pandas", "scikit-learn")


class BrokenModelError(RuntimeError):
    """The files do not match the record; the message says which. Nothing was loaded."""


def directory(database: str, model_version: str) -> Path:
    """Where this version's files are."""
    return var_dir() / "mlflow" / f"churn_{database}" / "models" / model_version


def write(database: str, model_version: str, forecaster: Forecaster, config: ChurnConfig) -> dict[str, str]:
    """Write the files (whole or not at all) and return file -> sha256. Writing again gives the same bytes."""
    import mlflow.xgboost

    home = directory(database, model_version)
    partial = home.with_name(f".{model_version}.partial")
    extra = home.with_name(f".{model_version}.extra")
    for leftover in (partial, extra):
        shutil.rmtree(leftover, ignore_errors=True)
    extra.mkdir(parents=True)
    for horizon, booster in forecaster.boosters.items():
        if horizon != config.main_horizon_days:
            booster.save_model(extra / trees_name(horizon))
    (extra / "model.json").write_text(_facts(forecaster, config), encoding="utf-8")
    main = forecaster.boosters[config.main_horizon_days]
    files = [str(path) for path in sorted(extra.iterdir())]
    pinned = [f"{name}=={version(name)}" for name in REQUIREMENTS]
    mlflow.xgboost.save_model(main, str(partial), model_format="ubj", pip_requirements=pinned, extra_files=files)
    shutil.rmtree(extra)
    shutil.rmtree(home, ignore_errors=True)
    partial.rename(home)
    return digests(home)


def trees_name(horizon: int) -> str:
    """The file of another horizon's trees."""
    return f"trees_{horizon}.ubj"


def digests(home: Path) -> dict[str, str]:
    """The sha256 of each of our files."""
    ours = [home / MAIN_TREES, *sorted((home / "extra_files").iterdir())]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in ours}


def check(home: Path, recorded: Mapping[str, str]) -> None:
    """Raises BrokenModelError unless every recorded file is there and has not changed by a bit."""
    for name, expected in recorded.items():
        path = home / name
        if not path.is_file():
            raise BrokenModelError(f"model file {name} is missing")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise BrokenModelError(f"model file {name} does not match its record")
    if FACTS not in recorded:
        raise BrokenModelError(f"model file {FACTS} was never recorded")


def read(home: Path, recorded: Mapping[str, str]) -> Forecaster:
    """The forecaster of checked files. Raises BrokenModelError, also when it was made for other features."""
    import xgboost

    check(home, recorded)
    facts = json.loads((home / FACTS).read_text(encoding="utf-8"))
    if facts["features"] != _features():
        raise BrokenModelError("the model was made for other features")
    boosters = {}
    for horizon in map(int, facts["curves"]):
        name = MAIN_TREES if horizon == facts["main_horizon_days"] else f"extra_files/{trees_name(horizon)}"
        boosters[horizon] = xgboost.Booster(params={"nthread": facts["threads"]}, model_file=str(home / name))
    return Forecaster(
        boosters,
        {int(horizon): Curve.of_json(table) for horizon, table in facts["curves"].items()},
        {int(horizon): rate for horizon, rate in facts["base_rates"].items()},
        facts["profile"],
    )


def _features() -> list[dict[str, object]]:
    """The list with all that it says: a model made with another floor reads other numbers."""
    return [asdict(feature) for feature in FEATURES]


def _facts(forecaster: Forecaster, config: ChurnConfig) -> str:
    facts = {
        "features": _features(),
        "main_horizon_days": config.main_horizon_days,
        "threads": config.booster.threads,
        "curves": {horizon: curve.as_json() for horizon, curve in forecaster.curves.items()},
        "base_rates": forecaster.base_rates,
        "profile": forecaster.profile,
    }
    return json.dumps(facts, sort_keys=True, indent=1)
