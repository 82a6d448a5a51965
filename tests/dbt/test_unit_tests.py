"""dbt's own unit tests run here, once per commit, and not in every night."""

import pytest

from config.run import Run
from copilot.warehouse import transform


@pytest.mark.slow
def test_every_unit_test_of_the_dbt_project_passes(empty_built: Run) -> None:
    results = list(transform.invoke(empty_built, "test", "--select", "test_type:unit"))

    assert len(results) >= 10
    assert {str(result.status) for result in results} == {"pass"}
