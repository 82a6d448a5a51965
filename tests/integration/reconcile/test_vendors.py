"""Every vendor is asked what it has of a day: undisturbed, it has what we hold; what is lost is found, and where."""

import pytest

from tests.integration.reconcile.conftest import SETTINGS, Reconciled


@pytest.mark.parametrize("vendor", SETTINGS)
def test_undisturbed_every_table_agrees_to_the_row_and_to_the_cent(company: Reconciled, vendor: str) -> None:
    company.read(vendor)

    found = company.compared(vendor)

    for line in found: print(line)
    assert [line.message for line in found if line.verdict != "agrees"] == []
    assert sum(line.source_total for line in found if line.measure == "rows") > 0
