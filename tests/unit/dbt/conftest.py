"""The parsed project, once a session."""

from typing import Any

import pytest

from tests.unit.dbt.project import NO_DATABASE, parse


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What dbt knows of the project."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_DATABASE.items():
            patch.setenv(name, value)
        return parse(tmp_path_factory.mktemp("dbt"))
