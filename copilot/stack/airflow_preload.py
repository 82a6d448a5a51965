"""Copied to AIRFLOW_HOME/config/airflow_local_settings.py: the scheduler imports what its task workers will need.

LocalExecutor's workers are forks of the scheduler, so a library imported here costs each task nothing (4 s for MLflow
and XGBoost otherwise). Only imports: no thread may run before the fork.
"""

import gc
import importlib
import sys

_HEAVY = (
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "dbt.task.build",
    "pandas",
    "pyarrow",
    "sklearn.linear_model",
    "xgboost",
    "mlflow",
    "great_expectations",
    "sqlglot",
)

if "scheduler" in sys.argv:
    for _name in _HEAVY:
        importlib.import_module(_name)
    gc.collect()
    gc.freeze()
