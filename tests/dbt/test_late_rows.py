"""Deliveries out of order: within the window the spine is as if they had been in order; later rows are counted."""

import random
from datetime import date, timedelta

import pytest

from config.mrr import load_mrr_policy
from copilot.warehouse import transform
from copilot.warehouse.connect import connect
from expectations.late_rows import late_row_checks
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.story import START, days_ago, land, story
from tests.figures import figure

WINDOW = load_mrr_policy().restatement_days
SEEDS = (1, 2)


def _build(company: Company, day: date) -> None:
    transform.invoke(company.run(day), "run")


def _spine(company: Company) -> dict[str, list[str]]:
    """The Sundays' rows, as text."""
    sundays = "extract(isodow from as_of_date) = 7"
    return {
        mart: [row for (row,) in company.rows(f"select t::text from marts.{mart} as t where {sundays} order by 1")]
        for mart in ("churn_features", "churn_labels")
    }


def _days_to_build(company: Company) -> list[date]:
    return [day for (day,) in company.rows("select as_of_date from intermediate.int_days__to_build order by 1")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_four_deliveries_in_any_order_within_the_window_equal_one(
    company: Company, other_company: Company, seed: int
) -> None:
    """What was recorded in the last weeks arrives in three shuffled parts, after days that lack it were built."""
    rows = list(story())
    land(company, rows)
    _build(company, DAY)
    punctual = [row for row in rows if row[1]["recorded_at"] < at(days_ago(WINDOW - 4), 0)]
    late = [row for row in rows if row[1]["recorded_at"] >= at(days_ago(WINDOW - 4), 0)]
    random.Random(seed).shuffle(late)  # noqa: S311 - an order, not a secret
    land(other_company, punctual)
    _build(other_company, days_ago(28))
    for step, days in enumerate((20, 8, 0)):
        land(other_company, late[step::3])
        _build(other_company, days_ago(days))
    rebuilt = _days_to_build(other_company)

    at_once, in_steps = _spine(company), _spine(other_company)

    assert len(late) >= 30
    assert len(rebuilt) > 2, "the last part belongs to Sundays that were built before it came"
    assert len(at_once["churn_features"]) >= 8 * 4
    assert len(at_once["churn_labels"]) > 0
    n_rows = sum(map(len, at_once.values()))
    n_differing = sum(len(set(at_once[mart]) ^ set(in_steps[mart])) for mart in at_once)
    figure(f"F19 rows that differ after late deliveries in any order (seed {seed})", f"{n_differing} of {n_rows}", "0")
    assert in_steps == at_once


@pytest.mark.slow
def test_nothing_is_built_again_without_cause_nor_for_rows_later_than_the_window(company: Company) -> None:
    land(company, story())
    _build(company, DAY)
    _build(company, DAY)
    repeated = _days_to_build(company)
    before = _spine(company)
    too_late = at(days_ago(WINDOW + 10))
    event = {"event_id": "very late", "account_id": "acme", "user_id": "u", "occurred_at": too_late}
    company.land("usage_events", [{**event, "recorded_at": too_late}])
    _build(company, DAY)
    stale = [day for day in _days_to_build(company) if day != DAY]
    after = _spine(company)
    with connect("gate", company.database) as gate:
        (finding,) = late_row_checks(gate, company.run(DAY))
    (counted,) = company.rows(
        "select table_name, source_name, n_rows_before_window, taken_in_on from staging.stg_batches where taken_in > 1"
    )

    first_kept = DAY - timedelta(days=WINDOW)
    sundays = [START + timedelta(days=n) for n in range(71) if (START + timedelta(days=n)).isoweekday() == 7]
    assert repeated == [DAY]
    assert stale == [day for day in sundays if day >= first_kept]
    assert counted == ("usage_events", "test", 1, DAY)
    n_without = sum(at(sunday, 23) > too_late for sunday in sundays if sunday < first_kept)
    figure("F19 rows later than the window that are counted and named", f"{finding.n_failing} of 1", "all")
    assert (finding.check_id, finding.n_failing) == ("usage_events.test.later_than_window", 1)
    assert f"{n_without} days of churn_features" in finding.message
    old = [row for row in before["churn_features"] if row[1:11] < f"{first_kept}"]
    assert old
    assert [row for row in after["churn_features"] if row[1:11] < f"{first_kept}"] == old
