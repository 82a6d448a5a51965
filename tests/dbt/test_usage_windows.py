"""Usage windows are computed cleverly; here they are computed again from raw rows, slowly and plainly."""

from datetime import timedelta

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company
from tests.dbt.conftest import DAY
from tests.dbt.usage_story import drawn_events, land_accounts

START = DAY - timedelta(days=560)
WINDOWS = {
    "7d": (0, 7), "28d": (0, 28), "prior_28d": (28, 56), "60d": (0, 60), "84d": (0, 84),
    "28d_last_year": (364, 392), "prior_28d_last_year": (392, 420),
}  # fmt: skip
USERS = ("7d", "28d", "prior_28d", "60d", "84d", "28d_last_year")
EVENTS = ("7d", "28d", "prior_28d", "84d", "28d_last_year", "prior_28d_last_year")
DAYS = ("28d", "84d")

# Every event beside every day that knows it, under the account that its name stood for that day.
SEEN = """
    with first_deliveries as (
        select distinct on (_source, event_id)
            coalesce('account:' || account_id, 'subscription:' || subscription_id) as owner_ref,
            user_id, feature, coalesce(quantity, 1) as n_times, recorded_at,
            (occurred_at at time zone 'UTC')::date as used_on,
            (recorded_at at time zone 'UTC')::date as recorded_on
        from raw.usage_events
        order by _source, event_id, _batch_id, recorded_at
    )
    select owners.as_of_date, owners.account_id, owners.as_of_date - used_on as age, events.*
    from intermediate.int_usage_owners__as_of as owners
    inner join first_deliveries as events using (owner_ref)
    where used_on <= owners.as_of_date and recorded_on <= owners.as_of_date
"""


def _in(window: str) -> str:
    low, high = WINDOWS[window]
    return f"filter (where age >= {low} and age < {high})"


@pytest.mark.slow
def test_windows_of_every_day_equal_those_of_a_slow_query_over_raw_events(company: Company) -> None:
    land_accounts(company, START, DAY - timedelta(days=100))
    company.land("usage_events", list(drawn_events(20260331, START, DAY + timedelta(days=3))))
    transform.invoke(company.run(DAY), "run", "--select", "+int_account_usage__as_of")

    measures = {f"users_{w}": f"count(distinct user_id) {_in(w)}" for w in USERS}
    measures |= {f"events_{w}": f"coalesce(sum(n_times) {_in(w)}, 0)" for w in EVENTS}
    measures |= {f"active_days_{w}": f"count(distinct used_on) {_in(w)}" for w in DAYS}
    measures["newest_recorded_at"] = "max(recorded_at) filter (where age < 84 or age between 364 and 419)"
    names, formulas = ", ".join(measures), ", ".join(measures.values())
    in_reach = "having bool_or(age < 84 or age between 364 and 419)"
    expected = company.rows(f"select as_of_date, account_id, {formulas} from ({SEEN}) as t group by 1, 2 {in_reach}")
    found = company.rows(f"select as_of_date, account_id, {names} from intermediate.int_account_events__as_of")
    features = f"select as_of_date, account_id, count(distinct feature) from ({SEEN}) as t where age < 28 group by 1, 2"
    expected_features = company.rows(f"{features} having count(feature) > 0")
    found_features = company.rows("select * from intermediate.int_account_features__as_of")
    moved = company.rows(
        "select count(*) from intermediate.int_usage_owners__weeks where owner_ref = 'subscription:sub_acme'"
    )

    assert len({row[0] for row in expected}) > 75
    assert moved == [(2,)]
    assert sorted(found) == sorted(expected)
    assert sorted(found_features) == sorted(expected_features)
