"""A rate of nothing is a slip, never money that was lost."""

import psycopg
import pytest

from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company
from tests.dbt.conftest import DAY
from tests.figures import figure

RATES = ("--select", "fx_rates")


@pytest.mark.slow
def test_a_rate_of_nothing_stops_the_day_and_is_named(company: Company) -> None:
    checked = [one.node.name for one in transform.invoke(company.run(DAY), "test", *RATES)]
    with psycopg.connect(dsn("transformer", company.database)) as editor:
        edited = editor.execute("update staging.fx_rates set usd_per_unit = 0 where currency = 'EUR'").rowcount

    with pytest.raises(transform.DataTestFailed, match="is_between_fx_rates_usd_per_unit"):
        transform.invoke(company.run(DAY), "test", *RATES)
    assert any("is_between" in name for name in checked)
    assert edited >= 1
    figure("F26 rates of nothing that stop the day", f"{edited} of {edited}", "all")
