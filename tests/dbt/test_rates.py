"""F26: a rate of nothing is a slip, never money that was lost; and no two currencies are ever added up as they are."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest

from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.figures import figure

RATES = ("--select", "fx_rates")
SINCE = date(2026, 2, 1)
# Of each account what its contracts cost a month, in which currencies.
CONTRACTS = {
    "one": [("EUR", "100"), ("EUR", "50")],
    "two": [("USD", "100"), ("EUR", "100")],
    "unknown": [("USD", "100"), ("XTS", "100")],
}
# (in dollars, as it is, in which currency): a euro was 1.17 dollars then. What cannot be added up is not known.
HELD = {
    "one": (Decimal("175.50"), Decimal(150), "EUR"),
    "two": (Decimal(217), None, None),
    "unknown": (None, None, None),
}


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


@pytest.mark.slow
def test_contracts_of_several_currencies_are_added_up_in_dollars_of_the_day_or_not_at_all(company: Company) -> None:
    company.land("accounts", [{"account_id": one, "name": one, "recorded_at": at(SINCE, 1)} for one in CONTRACTS])
    company.land(
        "subscriptions",
        [
            {"subscription_id": f"{one}/{n}", "account_id": one, "started_on": SINCE, "mrr": mrr, "currency": currency,
             "recorded_at": at(SINCE)}
            for one, costs in CONTRACTS.items()
            for n, (currency, mrr) in enumerate(costs)
        ],
    )  # fmt: skip
    transform.invoke(company.run(DAY), "run", "--select", "+mrr_daily")
    found = company.rows(
        f"select account_id, mrr_usd, mrr, currency from marts.mrr_daily where as_of_date >= '{SINCE}'"
    )

    mixed = [row for row in found if row[1:] != HELD[row[0]]]
    figure("F26 sums that mix currencies", f"{len(mixed)} of {len(found)} account days", "0")
    assert len(found) == len(CONTRACTS) * ((DAY - SINCE).days + 1)
    assert mixed == []
