"""A setting that somebody edits keeps its old value, dated by the business day that first saw the new one."""

from datetime import datetime, timedelta

import psycopg
import pytest

from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company
from tests.dbt.conftest import DAY

KEY = "seed_assumption/preventable_churn_low_ratio/2020-01-01"
HISTORY = f"""
    select (setting::jsonb ->> 'value')::float8, dbt_valid_from, dbt_valid_to
    from staging.settings_history where setting_key = '{KEY}' order by dbt_valid_from"""


def _end_of(days_later: int) -> datetime:
    """The cutoff of that day, as snapshots write it: UTC without a zone."""
    return datetime.combine(DAY + timedelta(days=days_later + 1), datetime.min.time())


def _edit(company: Company, statement: str) -> None:
    with psycopg.connect(dsn("transformer", company.database)) as editor:
        editor.execute(statement.encode())


@pytest.mark.slow
def test_an_edited_value_keeps_its_old_row_and_an_older_day_changes_nothing(company: Company) -> None:
    """The empty company's first build, on DAY, began the history."""
    assert company.rows(HISTORY) == [(0.05, _end_of(0), None)]

    _edit(company, "update staging.seed_assumption set value = 0.06 where name = 'preventable_churn_low_ratio'")
    transform.invoke(company.run(DAY + timedelta(days=3)), "snapshot")
    edited = [(0.05, _end_of(0), _end_of(3)), (0.06, _end_of(3), None)]
    assert company.rows(HISTORY) == edited

    _edit(company, "update staging.seed_assumption set value = 0.09 where name = 'preventable_churn_low_ratio'")
    transform.invoke(company.run(DAY + timedelta(days=1)), "snapshot")
    assert company.rows(HISTORY) == edited, "a day that is built again knows nothing of what holds today"

    _edit(company, "delete from staging.seed_assumption where name = 'preventable_churn_low_ratio'")
    transform.invoke(company.run(DAY + timedelta(days=4)), "snapshot")
    assert company.rows(HISTORY) == [edited[0], (0.06, _end_of(3), _end_of(4))]
