"""Usage facts hold what was used and when it was learned: the order in which rows were landed leaves no trace."""

import random
from datetime import timedelta

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.usage_story import COUNTED, drawn_events, land_accounts
from tests.figures import figure

START = DAY - timedelta(days=90)
FACTS = {
    "fct_usage_daily": "account_id, used_on",
    "fct_feature_usage_daily": "account_id, used_on, feature",
    "restatements": "known_on, mart, account_id, restated_on, measure",
}
MODELS = ("--select", "+usage_facts_built")


def _facts(company: Company) -> dict[str, list[tuple[object, ...]]]:
    return {mart: company.rows(f"select * from marts.{mart} order by {key}") for mart, key in FACTS.items()}


@pytest.mark.slow
def test_four_shuffled_landings_leave_the_same_facts_as_one(company: Company, other_company: Company) -> None:
    rows = [row for row in drawn_events(7, START, DAY + timedelta(days=2), per_week=60) if row.get("quantity") != 100]
    totals = [
        {"account_id": COUNTED, "used_on": START, "feature": "all", "events": n, "active_users": 2,
         "recorded_at": at(START + timedelta(days=n))}
        for n in (1, 3, 50)
    ]  # fmt: skip
    for one in (company, other_company):
        land_accounts(one, START, DAY - timedelta(days=30))
    company.land("usage_events", rows)
    company.land("usage_daily", totals)
    transform.invoke(company.run(DAY), "run", *MODELS)

    random.Random(3).shuffle(rows)  # noqa: S311
    random.Random(4).shuffle(totals)  # noqa: S311
    # The newest day comes second, so that the third step goes back, and the last brings rows of every age.
    for step, day in enumerate((DAY - timedelta(days=20), DAY, DAY - timedelta(days=3), DAY)):
        other_company.land("usage_events", rows[step::4])
        other_company.land("usage_daily", totals[step : step + 1])
        transform.invoke(other_company.run(day), "run", *MODELS)
    at_once, in_steps = _facts(company), _facts(other_company)
    touched_before = other_company.rows("select count(*) from intermediate.int_usage_days__touched")
    transform.invoke(other_company.run(DAY), "run", *MODELS)
    touched_again = other_company.rows("select count(*) from intermediate.int_usage_days__touched")

    assert all(at_once.values())
    assert in_steps == at_once
    assert touched_before > [(10,)]
    assert touched_again == [(0,)], "what nothing was learned of is not built again"
    assert _facts(other_company) == at_once
    causes = {cause: n for cause, n in company.rows("select cause, count(*) from marts.restatements group by 1")}
    assert set(causes) == {
        "late events", "late events outside the window of restatement",
        "late totals", "late totals outside the window of restatement",
    }  # fmt: skip
    outside = company.rows(
        "select count(*) from marts.restatements where cause like '%outside%' and old_value <> new_value"
    )
    assert outside == [(0,)]
    transform.invoke(company.run(DAY), "test", "--select", "usage_facts_built", "fct_usage_daily", "restatements",
                     "fct_feature_usage_daily", "--exclude", "resource_type:unit_test")  # fmt: skip


@pytest.mark.slow
def test_a_day_is_restated_within_the_window_and_named_beyond_it(company: Company) -> None:
    used_on = DAY - timedelta(days=40)
    land_accounts(company, START, DAY)
    company.land("usage_events", [
        {"event_id": f"e{lag}", "account_id": "acme", "user_id": f"u{lag}", "feature": "forms",
         "occurred_at": at(used_on), "recorded_at": at(used_on + timedelta(days=lag), 13)}
        for lag in (0, 1, 34, 35, 36)
    ])  # fmt: skip
    transform.invoke(company.run(DAY), "run", *MODELS)

    (fact,) = company.rows(
        "select active_users, events, sessions, features_used, n_late, n_too_late, arrival_lag_days"
        f" from marts.fct_usage_daily where account_id = 'acme' and used_on = date '{used_on}'"
    )
    restated = company.rows(
        "select known_on - restated_on, old_value, new_value, cause like '%outside%', n_late_rows"
        " from marts.restatements where measure = 'events' order by 1"
    )

    assert fact == (4, 4, None, 1, 3, 1, 35)
    figure("F19 events 1, 34, 35 and 36 days late that are named as restatements", f"{len(restated)} of 4", "all")
    assert restated == [(1, 1, 2, False, 1), (34, 2, 3, False, 1), (35, 3, 4, False, 1), (36, 4, 4, True, 1)]
