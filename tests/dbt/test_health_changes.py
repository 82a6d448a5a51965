"""How a score moved: changes and trends from the rows of other days, overrides, and the waterfall that adds up."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from config import health_overrides
from config.health_overrides import Overrides
from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company
from tests.dbt.conftest import DAY

# DAY is a Tuesday.
YESTERDAY = DAY - timedelta(days=1)
SUNDAY = DAY - timedelta(days=2)
GOOD = {
    "usage_vs_peer_ratio": 2, "usage_score": "0.9", "events_28d_vs_season_ratio": 1, "feature_adoption_ratio": "0.8",
    "champion_last_seen_days_ago": 12, "last_login_days_ago": 2, "last_touch_days_ago": 14, "tickets_84d": 0,
    "tickets_30d": 0, "tickets_urgent_open": 0, "csat_90d": 5, "csat_age_days": 0, "failed_payments_84d": 0,
    "days_past_due": 0,
}  # fmt: skip
# Account: what differs from GOOD yesterday, and today.
MOVES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "still": ({}, {}),
    "worse": ({}, {"usage_vs_peer_ratio": 1, "tickets_84d": 1}),
    "unknown": ({"csat_90d": "2.5"}, {"csat_90d": None}),
    "older": ({"csat_90d": "2.5"}, {"csat_90d": "2.5", "csat_age_days": 7}),
    "capped": ({}, {"days_past_due": 30}),
    "settled": ({"lifecycle": "onboarding", "last_touch_days_ago": 30}, {"last_touch_days_ago": 31}),
    "not_scored": ({}, dict.fromkeys(GOOD)),
    "capped_by_hand": ({}, {"usage_vs_peer_ratio": 1}),
    "raised_by_hand": ({}, {"usage_vs_peer_ratio": 0, "last_login_days_ago": 40}),
    "named_by_hand": ({}, {}),
    "told_bad": ({}, {"sentiment_rating": 2, "sentiment_age_days": 90}),
    "told_bad_long_ago": ({}, {"sentiment_rating": 1, "sentiment_age_days": 91}),
    "told_fair": ({}, {"sentiment_rating": 3, "sentiment_age_days": 1}),
    "told_good": ({}, {"sentiment_rating": 4, "sentiment_age_days": 1, "last_login_days_ago": 31}),
}
BY_HAND = [
    {"account_id": "capped_by_hand", "cap": 50, "set_on": DAY, "expires_on": DAY + timedelta(days=1)},
    {"account_id": "raised_by_hand", "floor": 80, "set_on": DAY, "expires_on": DAY + timedelta(days=9)},
    {"account_id": "named_by_hand", "band": "critical", "set_on": YESTERDAY, "expires_on": DAY},
    {"account_id": "not_scored", "floor": 80, "set_on": DAY, "expires_on": DAY + timedelta(days=9)},
]
MODELS = ("int_account_days__customers", "int_health__overrides", "int_health__scores",
          "account_health_component_daily", "account_health_daily", "account_health_weekly",
          "account_health_change_daily", "account_health_waterfall_daily", "fct_account_days")  # fmt: skip


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four overrides, two of which are in force on DAY for an account that is scored."""
    words = {"reason": "The sponsor's leaving", "author": "dana"}
    overrides = Overrides.model_validate({"overrides": [override | words for override in BY_HAND]})
    monkeypatch.setattr(health_overrides, "load_overrides", lambda: overrides)


def _put(company: Company, day: date, accounts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Replace the intermediate account days by those of one day."""
    with psycopg.connect(dsn("transformer", company.database)) as writer:
        writer.execute("truncate intermediate.int_account_days__joined")
        for account_id, inputs in accounts:
            row = {"as_of_date": day, "is_run_day": True, "account_id": account_id, "lifecycle": "active", **GOOD}
            row |= inputs
            columns, values = (
                sql.SQL(", ").join(made) for made in (map(sql.Identifier, row), sql.Placeholder() * len(row))
            )
            statement = sql.SQL("insert into intermediate.int_account_days__joined ({}) values ({})")
            writer.execute(statement.format(columns, values), list(row.values()))


def _build(company: Company, day: date) -> None:
    """One day, in which every account does what MOVES says; before yesterday all are well."""
    place = {YESTERDAY: 0, DAY: 1}
    _put(company, day, ((name, move[place[day]] if day in place else {}) for name, move in MOVES.items()))
    transform.invoke(company.run(day), "run", "--select", *MODELS)


@pytest.mark.slow
@pytest.mark.usefixtures("by_hand")
def test_days_in_any_order_end_in_the_same_rows_and_every_change_is_explained(
    company: Company, other_company: Company
) -> None:
    for day in (SUNDAY, YESTERDAY, DAY):
        _build(company, day)
    for day in (DAY, SUNDAY, YESTERDAY):
        _build(other_company, day)

    every_day = "select * from marts.fct_account_days order by as_of_date, account_id"
    assert len(company.rows(every_day)) == 3 * len(MOVES)
    assert other_company.rows(every_day) == company.rows(every_day)
    found = company.rows(
        f"""select account_id, delta_1d, coalesce(sum(points), 0)
        from marts.account_health_change_daily
        left join marts.account_health_waterfall_daily using (as_of_date, account_id)
        where as_of_date = date '{DAY}' group by account_id, delta_1d"""
    )
    changes = {account: delta for account, delta, _ in found}
    assert changes == {account: explained if delta is not None else None for account, delta, explained in found}
    assert changes["still"] == 0
    assert changes["not_scored"] is None
    assert _lines(company) == {
        "worse": {"use_vs_peers": Decimal("-12.5"), "tickets": Decimal(-2)},
        "unknown": {"reweighting": Decimal("8.000001"), "rounding": Decimal("-0.000001")},
        "older": {"reweighting": Decimal("0.575332"), "rounding": Decimal("0.004668")},
        "capped": {"past_due": Decimal(-3), "cap": Decimal(-38)},
        "settled": {"profile": Decimal("10.91"), "last_touch": Decimal("-0.039474"), "rounding": Decimal("-0.000526")},
        "capped_by_hand": {"use_vs_peers": Decimal("-12.5"), "override": Decimal("-37.5")},
        "raised_by_hand": {"use_vs_peers": Decimal(-25), "last_login": Decimal(-5), "cap": Decimal(-31),
                           "override": Decimal(41)},
        "told_good": {"last_login": Decimal(-5), "cap": Decimal(-56)},
    }  # fmt: skip
    assert _shown(company) == {
        "capped_by_hand": (50, "at_risk", "cap", "The sponsor's leaving", None),
        "raised_by_hand": (80, "healthy", "floor", "The sponsor's leaving", None),
        "named_by_hand": (100, "healthy", None, None, None),
        "told_bad": (100, "healthy", None, None, "csm_more_negative"),
        "told_bad_long_ago": (100, "healthy", None, None, None),
        "told_fair": (100, "healthy", None, None, None),
        "told_good": (39, "critical", None, None, "csm_more_positive"),
        "not_scored": (None, None, None, None, None),
    }
    (named,) = company.rows(
        "select health_score, health_band, weighted_v1 from marts.fct_account_days"
        f" where account_id = 'named_by_hand' and as_of_date = date '{YESTERDAY}'"
    )
    assert named == (100, "critical", 100), "until it expires, the band is the CSM's and the score the formula's"


def _lines(company: Company) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for account, line, points in company.rows(
        f"select account_id, line, points from marts.account_health_waterfall_daily where as_of_date = date '{DAY}'"
    ):
        found.setdefault(account, {})[line] = points
    return found


def _shown(company: Company) -> dict[str, tuple[Any, ...]]:
    rows = company.rows(
        "select account_id, health_score, health_band, health_override, health_override_reason, health_divergence"
        f" from marts.fct_account_days where as_of_date = date '{DAY}' and account_id ~ 'hand|told|not'"
    )
    return {account: tuple(values) for account, *values in rows}


SCORES = (
    "insert into marts.account_health_{} (as_of_date, account_id, profile, health_score{}) values (%s, 'a', 'p', %s{})"
)


def _history(company: Company, weekly: dict[int, Decimal | int], daily: dict[int, int]) -> tuple[Any, ...]:
    """What the view says of DAY, given scores by days ago; weekly ones must be Sundays."""
    with psycopg.connect(dsn("transformer", company.database)) as writer:
        for ago, score in weekly.items():
            assert (DAY - timedelta(days=ago)).isoweekday() == 7
            writer.execute(SCORES.format("weekly", "", "").encode(), (DAY - timedelta(days=ago), score))
        for ago, score in daily.items():
            statement = SCORES.format("daily", ", is_shown", ", true")
            writer.execute(statement.encode(), (DAY - timedelta(days=ago), score))
    (row,) = company.rows(
        "select delta_7d, delta_30d, delta_90d, compared_7d_on, compared_30d_on, noise_points, trend_7d, trend_30d"
        f" from marts.account_health_change_daily where as_of_date = date '{DAY}'"
    )
    return row


def test_a_day_that_was_never_run_is_stood_in_for_by_the_nearest_sunday(company: Company) -> None:
    # 7 days ago was a Tuesday, its Sunday two days before; 30 days ago was a Sunday; 90 days ago a Wednesday.
    row = _history(company, weekly={9: 70, 30: 60, 86: 50, 93: 10}, daily={0: 80})

    assert row[:5] == (10, 20, 30 if (DAY - timedelta(days=90)).isoweekday() > 3 else 70, *(
        DAY - timedelta(days=ago) for ago in (9, 30)))  # fmt: skip


def test_a_day_that_was_run_comes_before_its_sunday(company: Company) -> None:
    row = _history(company, weekly={9: 70}, daily={0: 80, 7: 75})

    assert row[0] == 5
    assert row[3] == DAY - timedelta(days=7)


def test_a_trend_is_a_change_beyond_the_accounts_own_noise(company: Company) -> None:
    """Weekly changes of +4 and -4 in turn: quartiles 8 apart, so two deviations are 11.86."""
    restless = {2 + 7 * week: 70 + 4 * (week % 2) for week in range(13)}

    row = _history(company, weekly=restless, daily={0: 60, 7: 71, 30: 74})

    assert row[5:] == (Decimal("11.86"), "flat", "down")


def test_a_steady_slide_has_no_noise_and_too_few_sundays_no_trend(company: Company, other_company: Company) -> None:
    sliding = {2 + 7 * week: 40 + 3 * week for week in range(13)}

    assert _history(company, weekly=sliding, daily={0: 38, 7: 43, 30: 52})[5:] == (5, "flat", "down")
    few = dict(list(sliding.items())[:6])
    assert _history(other_company, weekly=few, daily={0: 38, 7: 43, 30: 52})[5:] == (None, None, None)
