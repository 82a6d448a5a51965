"""The month that docs/retention.md works by hand, through the whole transformation."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.settings import ROOT
from copilot.warehouse import transform
from tests.dbt.companies import Company, at

OPENED = date(2025, 2, 10)
AUTUMN = date(2025, 9, 15)
LAST = date(2026, 2, 28)


def _february(day: int) -> date:
    return date(2026, 2, day)


def _subscription(account: str, mrr: int, recorded: date = OPENED, **given: Any) -> dict[str, Any]:
    row = {"subscription_id": account, "account_id": account, "started_on": OPENED, "mrr": mrr, "currency": "USD"}
    return row | {"recorded_at": at(recorded)} | given


SUBSCRIPTIONS = [
    _subscription("steady", 100),
    _subscription("grows", 150),
    _subscription("grows", 200, AUTUMN),
    _subscription("grows", 260, _february(10)),
    _subscription("shrinks", 300),
    _subscription("shrinks", 240, _february(11)),
    _subscription("leaves", 150),
    _subscription("leaves", 150, _february(15), ended_on=_february(15)),
    _subscription("dips", 120),
    _subscription("dips", 80, _february(5)),
    _subscription("dips", 130, _february(20)),
    _subscription("arrives", 90, _february(12), started_on=_february(12)),
    _subscription("gone", 80),
    _subscription("gone", 80, AUTUMN, ended_on=AUTUMN),
    _subscription("free", 0),
]


def _figures() -> dict[str, Decimal]:
    table = (ROOT / "docs" / "retention.md").read_text("utf-8").split("| figure | value |")[1]
    return {name: Decimal(value) for name, value in re.findall(r"^\| (\w+) \| ([-\d.]+) \|$", table, re.MULTILINE)}


@pytest.mark.slow
def test_the_mart_gives_the_figures_of_the_page_and_a_closed_month_stays(company: Company) -> None:
    names = {row["account_id"] for row in SUBSCRIPTIONS}
    company.land("accounts", [{"account_id": name, "segment": "smb", "recorded_at": at(OPENED, 1)} for name in names])
    company.land("subscriptions", SUBSCRIPTIONS)
    expected = _figures()
    question = f"select {', '.join(expected)} from marts.mart_retention_monthly where month_on = date '2026-02-01'"

    transform.invoke(company.run(LAST), "build", *transform.SCOPE)
    found = company.rows(question)
    company.land("subscriptions", [_subscription("steady", 500, LAST - timedelta(days=9))])
    transform.invoke(company.run(date(2026, 3, 2)), "run")
    later = company.rows(question)

    assert len(expected) == 22
    assert [dict(zip(expected, row, strict=True)) for row in found] == [expected, expected]
    assert later == found
