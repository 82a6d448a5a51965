"""Airflow parses the DAGs without a database, without servers, in a home of its own."""

import os
from pathlib import Path
from typing import Any

import pytest

from config.settings import ROOT


@pytest.fixture(scope="session")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every DAG of the project, parsed as the dag processor parses them."""
    home: Path = tmp_path_factory.mktemp("airflow")
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://nobody:nobody@127.0.0.1:1/none",
            "AIRFLOW__OPENLINEAGE__DISABLED": "True",
        }
    )
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))
