"""Any day, built from scratch later and in any order, equals what was published on it: twenty days of a company."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.run import Run
from copilot.sandbox.spec import CompanySpec
from tests.dbt.companies import Company
from tests.dbt.sandbox import build, land_until, sources_of

SEED = 20261121
END = date(2026, 11, 17)
N_DAYS, AMONG_DAYS = 20, 45
SPEC = CompanySpec(seed=7, accounts=40, start=END - timedelta(days=240), end=END, csms=2, fixtures=False)
# Made anew by every build, for the day of that build only.
RUN_DAY_ONLY = ("dim_account",)
# These hold a day against earlier ones, so out of order they are whole once those are built: read at the end.
LOOKING_BACK = ("account_health_change_daily", "account_health_waterfall_daily", "fct_account_days")
# The day whose evening a row tells of, where that is not as_of_date.
TOLD_ON = {"churn_labels": "closes_on"}
# Relations that are no account of a day, each with why they may differ.
NO_DAYS_ROWS = {
    "churn_days_built": "says with which deliveries a day was built, and the two warehouses had other deliveries",
    "mrr_days_built": "says with which deliveries a day's books were kept",
    "restatements": "says what was corrected and when: only who published a day can correct it",
}
Rows = dict[str, list[str]]


def _marts(company: Company, condition: str) -> list[str]:
    """Tables of marts, from the catalogue, so that a new one is looked at without being named here."""
    found = company.rows(
        f"""select tables.table_name from information_schema.tables as tables
        where tables.table_schema = 'marts' and {condition} (
            select 1 from information_schema.columns as columns
            where columns.table_schema = 'marts' and columns.table_name = tables.table_name
                and columns.column_name = 'as_of_date'
        ) order by 1"""
    )
    return [name for (name,) in found if name not in NO_DAYS_ROWS]


def _rows(company: Company, mart: str, where: str = "true") -> list[str]:
    """Whole rows as text, but for the number of the delivery: two warehouses had other deliveries."""
    return [
        row
        for (row,) in company.rows(
            f"select (to_jsonb(t) - 'batch_id')::text from marts.{mart} as t where {where} order by 1"
        )
    ]


def _published(company: Company, day: date) -> Rows:
    """The day's rows of every daily mart, as they stand right after it was built."""
    daily = {
        mart: _rows(company, mart, f"{TOLD_ON.get(mart, 'as_of_date')} = '{day}'") for mart in _marts(company, "exists")
    }
    return {**daily, **{mart: _rows(company, mart) for mart in RUN_DAY_ONLY}}


def _different(some: Rows, others: Rows) -> dict[str, list[str]]:
    """By mart, what only one of the two has (the first few rows)."""
    names = sorted(set(some) | set(others))
    odd = {name: sorted(set(some.get(name, [])) ^ set(others.get(name, [])))[:4] for name in names}
    return {name: rows for name, rows in odd.items() if rows}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED])
def test_twenty_days_built_later_in_any_order_equal_those_published_one_by_one(
    company: Company, other_company: Company, tmp_path: Path, seed: int
) -> None:
    drawn = random.Random(seed)  # noqa: S311 - a choice of days, not a secret
    days = sorted(END - timedelta(days=back) for back in drawn.sample(range(AMONG_DAYS), N_DAYS))
    shuffled = drawn.sample(days, N_DAYS)
    nightly, later = (sources_of(each.database, tmp_path / each.database) for each in (company, other_company))

    published, rebuilt = {}, {}
    for day in days:
        land_until(SPEC, tmp_path / company.database, Run(day, nightly))
        build(nightly, day)
        published[day] = _published(company, day)
    land_until(SPEC, tmp_path / other_company.database, Run(days[-1], later))
    for day in shuffled:
        build(later, day)
        rebuilt[day] = _published(other_company, day)
    build(later, days[-1])
    for day in days:
        rebuilt[day] |= {mart: _rows(other_company, mart, f"as_of_date = '{day}'") for mart in LOOKING_BACK}

    assert min(len(published[day]["churn_features"]) for day in days) > 20
    assert sum(len(published[day]["churn_labels"]) for day in days) > 20
    assert {day: odd for day in days if (odd := _different(published[day], rebuilt[day]))} == {}
    for kind in ("exists", "not exists"):
        at_the_end = [{mart: _rows(each, mart) for mart in _marts(each, kind)} for each in (company, other_company)]
        assert _different(*at_the_end) == {}
