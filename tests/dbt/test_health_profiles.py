"""Golden tables of the three given health profiles: config/health.yml through the real models, in PostgreSQL."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import sql

from config.health import load_health
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
            row = {"as_of_date": DAY, "is_run_day": True, "account_id": account_id, "lifecycle": "active", **inputs}
            columns = sql.SQL(", ").join(map(sql.Identifier, row))
            values = sql.SQL(", ").join(sql.Placeholder() * len(row))
            statement = sql.SQL("insert into intermediate.int_account_days__joined ({}) values ({})")
            writer.execute(statement.format(columns, values), list(row.values()))
    models = ("int_health__scores", "account_health_component_daily", "account_health_daily")
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
    "usage_vs_peer_ratio": 2, "usage_score": "0.9", "events_28d_vs_season_ratio": 1, "feature_adoption_ratio": "0.8",
    "champion_last_seen_days_ago": 12, "last_login_days_ago": 2, "last_touch_days_ago": 14, "tickets_84d": 0,
    "tickets_urgent_open": 0, "csat_90d": 5, "csat_age_days": 0, "failed_payments_84d": 0, "days_past_due": 0,
}  # fmt: skip
WORST = {
    "usage_vs_peer_ratio": 0, "usage_score": "0.3", "events_28d_vs_season_ratio": "0.3",
    "feature_adoption_ratio": "0.1", "champion_last_seen_days_ago": 30, "last_login_days_ago": 21,
    "last_touch_days_ago": 90, "tickets_84d": 4,
    "tickets_urgent_open": 2, "csat_90d": "2.5", "csat_age_days": 0, "failed_payments_84d": 2, "days_past_due": 30,
}  # fmt: skip
UNKNOWN = dict.fromkeys(BEST)
# Known weights 0.25 + 0.05 + 0.1 + 0.1 + 0.08 + 0.02 = 0.6: just enough.
SIXTY = UNKNOWN | {name: BEST[name] for name in (
    "usage_vs_peer_ratio", "usage_score", "events_28d_vs_season_ratio", "feature_adoption_ratio", "tickets_84d",
    "tickets_urgent_open")}  # fmt: skip
# 58 points are gone; the last two depend on csat.
SIXTY_GONE = {"usage_vs_peer_ratio": 0, "champion_last_seen_days_ago": 30, "feature_adoption_ratio": "0.1",
              "usage_score": "0.3", "last_touch_days_ago": 90}  # fmt: skip
# Account: inputs that differ from BEST, score, band, coverage, cap.
WEIGHTED = {
    "best": ({}, "100", "healthy", "1", None),
    "worst": (WORST, "0", "critical", "1", None),
    "beyond_best_is_best": ({"usage_vs_peer_ratio": 9, "champion_last_seen_days_ago": 0}, "100", "healthy", "1", None),
    "beyond_worst_is_worst": ({"usage_vs_peer_ratio": -3}, "75", "healthy", "1", None),
    "half_of_the_peers": ({"usage_vs_peer_ratio": 1}, "87.5", "healthy", "1", None),
    "seats_half_way": ({"usage_score": "0.6"}, "97.5", "healthy", "1", None),
    "features_half_way": ({"feature_adoption_ratio": "0.45"}, "95", "healthy", "1", None),
    "champion_half_way": ({"champion_last_seen_days_ago": 21}, "92.5", "healthy", "1", None),
    "touch_half_way": ({"last_touch_days_ago": 52}, "98.5", "healthy", "1", None),
    "tickets_half_way": ({"tickets_84d": 2}, "96", "healthy", "1", None),
    "one_failed_payment": ({"failed_payments_84d": 1}, "97", "healthy", "1", None),
    "nothing_known": (UNKNOWN, None, None, "0", None),
    "coverage_60": (SIXTY, "100", "healthy", "0.6", None),
    "coverage_58": (SIXTY | {"tickets_urgent_open": None}, None, None, "0.58", None),
    "csat_unknown": ({"csat_90d": None}, "100", "healthy", "0.92", None),
    "csat_nan": ({"csat_90d": "NaN"}, "100", "healthy", "0.92", None),
    "csat_of_unknown_age": ({"csat_age_days": None}, "100", "healthy", "0.92", None),
    # Worst csat, new: its 8 points are missing. One half-life old: 4 of 96 known. Two: 2 of 94.
    "bad_csat_today": ({"csat_90d": "2.5"}, "92", "healthy", "1", None),
    "bad_csat_60_days_ago": ({"csat_90d": "2.5", "csat_age_days": 60}, "95.83", "healthy", "0.96", None),
    "bad_csat_120_days_ago": ({"csat_90d": "2.5", "csat_age_days": 120}, "97.87", "healthy", "0.94", None),
    "login_30": ({"last_login_days_ago": 30}, "95", "healthy", "1", None),
    "login_31_is_capped": ({"last_login_days_ago": 31}, "39", "critical", "1", "silent_30_days"),
    "unpaid_29": ({"days_past_due": 29}, "97.1", "healthy", "1", None),
    "unpaid_30_is_capped": ({"days_past_due": 30}, "59", "at_risk", "1", "unpaid_30_days"),
    "one_urgent": ({"tickets_urgent_open": 1}, "99", "healthy", "1", None),
    "two_urgent_are_capped": ({"tickets_urgent_open": 2}, "65", "at_risk", "1", "two_urgent_tickets"),
    "season_0.55": ({"events_28d_vs_season_ratio": "0.55"}, "93.57", "healthy", "1", None),
    "season_0.5499_is_capped": ({"events_28d_vs_season_ratio": "0.5499"}, "69", "at_risk", "1", "fell_out_of_season"),
    "lowest_cap_wins": ({"days_past_due": 30, "last_login_days_ago": 31}, "39", "critical", "1", "silent_30_days"),
    "a_cap_does_not_raise": (WORST | {"last_login_days_ago": 99}, "0", "critical", "1", None),
    "39.99": (SIXTY_GONE | {"csat_90d": "4.371875"}, "39.99", "critical", "1", None),
    "40": (SIXTY_GONE | {"csat_90d": "4.375"}, "40", "at_risk", "1", None),
    "69.99": ({"usage_vs_peer_ratio": 0, "usage_score": "0.3", "csat_90d": "4.996875"}, "69.99", "at_risk", "1", None),
    "70": ({"usage_vs_peer_ratio": 0, "usage_score": "0.3"}, "70", "healthy", "1", None),
}  # fmt: skip


@pytest.mark.slow
def test_weighted_v1_interpolates_decays_redistributes_and_caps_and_all_points_add_up(company: Company) -> None:
    _score(company, {name: BEST | inputs for name, (inputs, *_) in WEIGHTED.items()})

    found = company.rows(
        "select account_id, health_score, band, coverage_ratio, cap_applied from marts.account_health_daily"
        " where profile = 'weighted_v1'"
    )
    sums = company.rows(
        "select h.raw_score - sum(c.points) from marts.account_health_daily as h"
        " join marts.account_health_component_daily as c using (as_of_date, account_id, profile)"
        " where h.is_scored group by h.account_id, h.profile, h.raw_score"
    )

    assert {name: values for name, *values in found} == {
        name: [None if score is None else Decimal(score), band, Decimal(coverage), cap]
        for name, (_, score, band, coverage, cap) in WEIGHTED.items()
    }
    assert len(sums) > len(WEIGHTED)
    assert {difference for (difference,) in sums} == {Decimal(0)}


@pytest.mark.slow
def test_sql_and_python_choose_the_same_profile_for_every_kind_of_account(company: Company) -> None:
    kinds = {
        f"{lifecycle} {segment}": {"lifecycle": lifecycle, "segment": segment, "tier": "gold", "region": None}
        for lifecycle, segment in product(
            ("trial", "onboarding", "active", "churn_pending"), ("enterprise", "smb", "mid_market", None)
        )
    }
    _score(company, kinds)

    shown = dict(company.rows("select account_id, profile from marts.account_health_daily where is_shown"))

    selection = load_health().selection
    assert shown == {name: selection.profile_of(account) for name, account in kinds.items()}
    assert set(shown.values()) == {"onboarding_v1", "enterprise_v1", "weighted_v1"}
