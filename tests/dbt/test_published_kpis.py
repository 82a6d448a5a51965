"""Publish counts the accounts that it shows, dbt those of the marts; both must come to the same figures."""

import pytest

from copilot.warehouse import transform
from copilot.warehouse.publish import publish
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.story import START, days_ago, land, story
from tests.integration.marts import put_verdicts, rows

FIGURES = "segment, n_accounts, n_healthy, n_watch, n_at_risk, n_unscored, arr_usd, avg_health_score"


@pytest.mark.slow
def test_a_company_with_odd_segments_and_unknown_use_has_the_same_figures_on_every_board(company: Company) -> None:
    land(company, story())
    known = {"recorded_at": at(START, 2)}
    for account, segment in (("odd", "all"), ("lost", None)):
        company.land("accounts", [{"account_id": account, "segment": segment, "created_on": START, **known}])
        paid = {"subscription_id": account, "account_id": account, "started_on": START, "mrr": 7, "currency": "USD"}
        company.land("subscriptions", [paid | known])
    for feature, used, events, recorded in (("f1", 3, 2, 3), ("f2", 28, 2, 27), ("f0", 3, 2, 2), ("f0", 3, 0, 1)):
        total = {"account_id": "umbrella", "used_on": days_ago(used), "feature": feature, "events": events}
        company.land("usage_daily", [total | {"recorded_at": at(days_ago(recorded))}])
    use_without_seats = {"account_id": "odd", "used_on": days_ago(3), "feature": "all", "active_users": 3}
    company.land("usage_daily", [use_without_seats | {"recorded_at": at(days_ago(3))}])

    transform.invoke(company.run(DAY), "build", *transform.SCOPE)
    put_verdicts(company.database, DAY)
    publish(company.run(DAY))

    mart = company.rows(f"select {FIGURES} from marts.mart_kpi_daily where n_accounts > 0 order by 1")
    published = rows(company.database, f"select {FIGURES} from serving.kpi_day order by 1")
    assert [row[0] for row in mart] == ["all", "all (segment)", "smb", "unknown"]
    assert published == mart
    used = company.rows(
        "select feature, is_used_28d from marts.mart_whitespace where account_id = 'umbrella' order by 1"
    )
    assert used == [("f0", False), ("f1", True), ("f2", False), ("f3", False)]
    unknown = company.rows(
        "select account_id, active_users_28d, usage_score, feature_adoption_ratio from marts.fct_account_days"
        " where account_id in ('odd', 'lost') order by 1"
    )
    assert unknown == [("lost", None, None, None), ("odd", 3, None, 0)], "an unknown part or whole is not the best"
