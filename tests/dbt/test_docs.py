"""dbt's own documentation of the project can be made at any time, and holds every column that the database has."""

import pytest

from config.run import Run
from copilot.warehouse import transform


@pytest.mark.slow
def test_the_documentation_builds_and_knows_the_relations_of_the_database(empty_built: Run) -> None:
    catalog = transform.invoke(empty_built, "docs", "generate")

    assert set(catalog.nodes["model.copilot.mart_account_today"].columns) >= {"arr_usd", "health_standing"}
    assert "source.copilot.raw_crm.accounts" in catalog.sources
    assert not catalog.errors
