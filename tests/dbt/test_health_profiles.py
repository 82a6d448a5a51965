"""Golden tables of the three given health profiles: config/health.yml through the real models, in PostgreSQL."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company
from tests.dbt.conftest import DAY

HEALTHY = {"usage_score": "0.6", "tickets_30d": 0, "last_login_days_ago": 0}
# Account: inputs that differ from HEALTHY, score out of 1, band. Written bounds are strict on both sides.
PENALTY = {
    "acme": ({"usage_score": "0.1", "tickets_30d": 8, "last_login_days_ago": 45}, "0", "red"),
    "tech_solutions": ({"usage_score": "0.4", "tickets_30d": 2, "last_login_days_ago": 16}, "0.6", "amber"),
    "usage_0.2999": ({"usage_score": "0.2999"}, "0.6", "amber"),
    "usage_0.3": ({"usage_score": "0.3"}, "0.8", "green"),
    "usage_0.5999": ({"usage_score": "0.5999"}, "0.8", "green"),
    "usage_0.6": ({"usage_score": "0.6"}, "1", "green"),
    "tickets_2": ({"tickets_30d": 2}, "1", "green"),
    "tickets_3": ({"tickets_30d": 3}, "0.9", "green"),
    "tickets_5": ({"tickets_30d": 5}, "0.9", "green"),
    "tickets_6": ({"tickets_30d": 6}, "0.7", "green"),
    "login_7": ({"last_login_days_ago": 7}, "1", "green"),
    "login_8": ({"last_login_days_ago": 8}, "0.8", "green"),
    "login_30": ({"last_login_days_ago": 30}, "0.8", "green"),
    "login_31": ({"last_login_days_ago": 31}, "0.6", "amber"),
    "red_below_0.3": ({"usage_score": "0.1", "last_login_days_ago": 31}, "0.2", "red"),
    "amber_at_0.3": ({"usage_score": "0.1", "tickets_30d": 6}, "0.3", "amber"),
    "usage_unknown": ({"usage_score": None}, None, None),
    "usage_nan": ({"usage_score": "NaN"}, None, None),
    "usage_infinite": ({"usage_score": "Infinity"}, None, None),
    "tickets_unknown": ({"tickets_30d": None}, None, None),
    "login_unknown": ({"last_login_days_ago": None}, None, None),
}

WHOLE = {
    "last_login_days_ago": 0, "feature_adoption_ratio": 1, "active_client_ratio": 1, "form_completion_ratio": 1,
    "journey_open_ratio": 1,
}  # fmt: skip
NOTHING = {
    "last_login_days_ago": 14, "feature_adoption_ratio": 0, "active_client_ratio": 0, "form_completion_ratio": 0,
    "journey_open_ratio": 0,
}  # fmt: skip
# Account: all five inputs, score out of 100, band.
POINTS = {
    "everything": (WHOLE, "100", "healthy"),
    "nothing": (NOTHING, "0", "critical"),
    "login_2": (NOTHING | {"last_login_days_ago": 2}, "30", "critical"),
    "login_3": (NOTHING | {"last_login_days_ago": 3}, "20", "critical"),
    "login_6": (NOTHING | {"last_login_days_ago": 6}, "20", "critical"),
    "login_7": (NOTHING | {"last_login_days_ago": 7}, "10", "critical"),
    "login_13": (NOTHING | {"last_login_days_ago": 13}, "10", "critical"),
    "login_14": (NOTHING | {"last_login_days_ago": 14}, "0", "critical"),
    "adoption_0.5": (NOTHING | {"feature_adoption_ratio": "0.5"}, "12.5", "critical"),
    "adoption_of_50_is_capped": (NOTHING | {"feature_adoption_ratio": 50}, "25", "critical"),
    "adoption_below_0_is_0": (NOTHING | {"feature_adoption_ratio": -1}, "0", "critical"),
    "clients_3_of_4": (NOTHING | {"active_client_ratio": "0.75"}, "18.75", "critical"),
    "clients_5_of_4_is_capped": (NOTHING | {"active_client_ratio": "1.25"}, "25", "critical"),
    "forms": (NOTHING | {"form_completion_ratio": "0.7"}, "7", "critical"),
    "forms_are_capped": (NOTHING | {"form_completion_ratio": 3}, "10", "critical"),
    "journeys": (NOTHING | {"journey_open_ratio": "0.3"}, "3", "critical"),
    "journeys_are_capped": (NOTHING | {"journey_open_ratio": 3}, "10", "critical"),
    "39.99": (WHOLE | {"last_login_days_ago": 14, "active_client_ratio": 0, "form_completion_ratio": "0.499",
                       "journey_open_ratio": 1}, "39.99", "critical"),
    "40": (WHOLE | {"last_login_days_ago": 14, "active_client_ratio": 0, "form_completion_ratio": "0.5"},
           "40", "at_risk"),
    "69.99": (WHOLE | {"last_login_days_ago": 14, "form_completion_ratio": "0.999"}, "69.99", "at_risk"),
    "70": (WHOLE | {"last_login_days_ago": 14}, "70", "healthy"),
    # 0 clients in all: unknown, and the 75 points that are known carry the weight of all 100.
    "no_clients_all_else_whole": (WHOLE | {"active_client_ratio": None}, "100", "healthy"),
    "no_clients_login_only": (NOTHING | {"active_client_ratio": None, "last_login_days_ago": 0}, "40", "at_risk"),
    "coverage_60": (NOTHING | {"feature_adoption_ratio": 1, "active_client_ratio": 1, "form_completion_ratio": 1,
                               "last_login_days_ago": None, "journey_open_ratio": None}, "100", "healthy"),
    "coverage_55": (WHOLE | {"feature_adoption_ratio": None, "form_completion_ratio": None,
                             "journey_open_ratio": None}, None, None),
    "coverage_0": (dict.fromkeys(WHOLE), None, None),
}  # fmt: skip


def _score(company: Company, accounts: Mapping[str, Mapping[str, Any]]) -> None:
    """Put account days where the health models read them, and build those models."""
    with psycopg.connect(dsn("transformer", company.database)) as writer:
        for account_id, inputs in accounts.items():
            row = {"as_of_date": DAY, "account_id": account_id, "lifecycle": "active", **inputs}
            columns = sql.SQL(", ").join(map(sql.Identifier, row))
            values = sql.SQL(", ").join(sql.Placeholder() * len(row))
            statement = sql.SQL("insert into intermediate.int_account_days__customers ({}) values ({})")
            writer.execute(statement.format(columns, values), list(row.values()))
    models = ("int_health__limits", "account_health_component_daily", "account_health_daily")
    transform.invoke(company.run(DAY), "run", "--select", *models)


def _scores(company: Company, profile: str) -> dict[str, tuple[Decimal | None, str | None]]:
    statement = f"select account_id, health_score, band from marts.account_health_daily where profile = '{profile}'"
    return {account: (score, band) for account, score, band in company.rows(statement)}


@pytest.mark.slow
def test_penalty_v0_and_points_v0_give_the_written_score_on_both_sides_of_every_bound(company: Company) -> None:
    penalty = {f"penalty {name}": HEALTHY | inputs for name, (inputs, _, _) in PENALTY.items()}
    points = {f"points {name}": inputs for name, (inputs, _, _) in POINTS.items()}
    _score(company, penalty | points)

    by_penalty, by_points = _scores(company, "penalty_v0"), _scores(company, "points_v0")

    assert {name: by_penalty[f"penalty {name}"] for name in PENALTY} == {
        name: (None if score is None else Decimal(score) * 100, band) for name, (_, score, band) in PENALTY.items()
    }
    assert {name: by_points[f"points {name}"] for name in POINTS} == {
        name: (None if score is None else Decimal(score), band) for name, (_, score, band) in POINTS.items()
    }


BEST = {
    "usage_score": "0.7", "events_28d_vs_prior_ratio": 1, "feature_adoption_ratio": "0.6", "last_login_days_ago": 1,
    "champion_last_seen_days_ago": 7, "last_touch_days_ago": 14, "tickets_30d": 1, "tickets_urgent_open": 0,
    "csat_90d": "4.5", "days_past_due": 0, "failed_payments_30d": 0,
}  # fmt: skip
USAGE_UNKNOWN = {"usage_score": None, "events_28d_vs_prior_ratio": None, "feature_adoption_ratio": None}
# Account: inputs that differ from BEST, score, coverage, cap.
WEIGHTED = {
    "best": ({}, "100", "1", None),
    "half_the_seats": ({"usage_score": "0.375"}, "87.5", "1", None),
    "beyond_worst_is_worst": ({"usage_score": "-3"}, "75", "1", None),
    "usage_unknown": (USAGE_UNKNOWN, None, "0.5", None),
    "csat_unknown": ({"csat_90d": None}, "100", "0.95", None),
    "csat_nan": ({"csat_90d": "NaN"}, "100", "0.95", None),
    "login_30": ({"last_login_days_ago": 30}, "85", "1", None),
    "login_31_is_capped": ({"last_login_days_ago": 31}, "39", "1", "silent_30_days"),
    "unpaid_29": ({"days_past_due": 29}, "94.2", "1", None),
    "unpaid_30_is_capped": ({"days_past_due": 30}, "59", "1", "unpaid_30_days"),
    "lowest_cap_wins": ({"days_past_due": 30, "last_login_days_ago": 31}, "39", "1", "silent_30_days"),
    "a_cap_does_not_raise": (dict.fromkeys(BEST, 99) | {"usage_score": 0, "feature_adoption_ratio": 0,
                             "events_28d_vs_prior_ratio": 0, "csat_90d": 1}, "0", "1", None),
}  # fmt: skip


@pytest.mark.slow
def test_weighted_v1_interpolates_redistributes_and_caps_and_all_points_add_up(company: Company) -> None:
    _score(company, {name: BEST | inputs for name, (inputs, _, _, _) in WEIGHTED.items()})

    found = company.rows(
        "select account_id, health_score, coverage_ratio, cap_applied from marts.account_health_daily"
        " where profile = 'weighted_v1'"
    )
    sums = company.rows(
        "select h.raw_score - sum(c.points) from marts.account_health_daily as h"
        " join marts.account_health_component_daily as c using (as_of_date, account_id, profile)"
        " where h.is_scored group by h.account_id, h.profile, h.raw_score"
    )

    assert {name: values for name, *values in found} == {
        name: [None if score is None else Decimal(score), Decimal(coverage), cap]
        for name, (_, score, coverage, cap) in WEIGHTED.items()
    }
    assert len(sums) > len(WEIGHTED)
    assert {difference for (difference,) in sums} == {Decimal(0)}
