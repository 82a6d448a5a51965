from datetime import date

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from copilot.sandbox import billing, crm, days, invoices, support, truth, usage
from copilot.sandbox.life import SHOCK, STATE
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.world import World, build

MONTH = 30.44


@pytest.fixture(scope="module")
def world() -> World:
    """1,500 accounts over eighteen months: lived, not written."""
    spec = CompanySpec(seed=11, accounts=1500, start=date(2025, 5, 18), end=date(2026, 11, 17), fixtures=False)
    return build(spec)


@pytest.fixture(scope="module")
def hazard(world):
    """The hazard table with the position of each account and what came true within 90 days."""
    table = truth.tables(world)["hazard"]
    place = {name: position for position, name in enumerate(world.population.account_id)}
    account = np.array([place[name] for name in table["account_id"]])
    on = table["week_on"]
    seen = on + 90 <= world.end
    departures = (world.life.decided[account], world.returns.decided[account])
    left = np.any([(decided > on) & (decided <= on + 90) for decided in departures], axis=0)
    table = {**table, "account": account, "left": left}
    return {name: values[seen] for name, values in table.items()}


def monthly_rate(world: World, day_of_departure: np.ndarray) -> float:
    start, end = world.start, world.end
    paying = np.clip(np.minimum(world.life.ended, end + 1) - np.maximum(world.population.paid_from, start), 0, None)
    return float((day_of_departure <= end).sum() / (paying.sum() / MONTH))


def test_one_to_two_percent_of_accounts_leave_a_month(world):
    assert 0.01 < monthly_rate(world, world.life.decided) < 0.02
    assert 0.01 < monthly_rate(world, world.life.ended) < 0.02


def test_about_a_quarter_of_departures_are_shocks(world):
    left = world.life.cause[world.life.cause > 0]
    assert len(left) > 200
    assert 0.15 < (left == SHOCK).mean() < 0.33


def test_low_satisfaction_comes_before_most_departures_but_not_before_shocks(world):
    life = world.life
    usual = np.median(life.state[~np.isnan(life.hazard)])
    for cause, least, most in ((STATE, 0.9, 1.0), (SHOCK, 0.3, 0.75)):
        left = np.flatnonzero((life.cause == cause) & (life.drawn >= 5))
        assert len(left) > 40
        before = life.state[life.drawn[left] - 4, left]
        assert least <= (before < usual).mean() <= most


def test_many_accounts_sink_and_recover_without_leaving(world):
    stays = world.life.state[:, world.life.cause == 0]
    sunk = (stays < -1.5).any(axis=0)
    assert sunk.sum() > 100
    lowest = stays.argmin(axis=0)
    after = stays[-1]
    recovered = sunk & (lowest < len(stays) - 10) & (after > -0.5)
    assert recovered.sum() > 30


def test_most_accounts_leave_at_the_end_of_a_term(world):
    life = world.life
    left = np.flatnonzero((life.cause > 0) & (life.ended <= world.end))
    row = np.maximum(life.drawn[left], 0)
    assert len(left) > 200
    assert (life.term_end[row, left] == life.ended[left]).mean() > 0.6


def test_nobody_who_gave_notice_is_billed_beyond_the_term(world):
    life = world.life
    left = np.flatnonzero(life.notice >= 0)
    assert len(left) > 200
    assert (life.notice[left] < life.ended[left]).all()
    assert (life.ended[left] <= life.term_end[life.drawn[left], left]).all()


def test_versions_of_a_subscription_are_recorded_in_the_order_of_their_facts(world):
    versions = billing.subscribe(world).versions
    steps = versions.groupby(["account", "kind"])["recorded"].diff().dropna()
    late = versions["recorded"] // days.DAY_SECONDS - versions["day"]
    assert len(steps) > 5_000
    assert (steps > 0).all()
    assert late.min() == 0
    assert 0.002 < (late > 0).mean() < 0.1


def test_the_true_odds_rank_those_who_leave(hazard):
    assert hazard["left"].sum() > 300
    assert roc_auc_score(hazard["left"], hazard["p_true_90"]) > 0.83


def test_the_true_odds_come_true_as_often_as_they_say(hazard):
    assert abs(hazard["p_true_90"].mean() - hazard["left"].mean()) < 0.006
    top = hazard["p_true_90"] > np.quantile(hazard["p_true_90"], 0.9)
    assert abs(hazard["p_true_90"][top].mean() - hazard["left"][top].mean()) < 0.05


def test_longer_horizons_are_never_less_likely(hazard):
    assert len(hazard["p_true_90"]) > 50_000
    assert (hazard["p_true_30"] <= hazard["p_true_60"]).all()
    assert (hazard["p_true_60"] <= hazard["p_true_90"]).all()
    assert hazard["p_true_90"].max() <= 1
    assert hazard["hazard_daily"].min() >= 0


def test_the_low_use_less_ask_more_pay_worse_and_answer_less(world):
    """The state shows in every channel, and in none of them perfectly."""
    mood = np.where(world.present, world.mood, 0).sum(axis=0) / np.maximum(world.present.sum(axis=0), 1)
    low, high = (np.isin(np.arange(len(mood)), np.argsort(mood)[part]) for part in (np.s_[:300], np.s_[-300:]))
    rates = usage.rates(world).active.mean(axis=0)
    asked = np.bincount(support.ask(world)["account"], minlength=len(mood))
    weeks = world.present.sum(axis=0)
    issued = invoices.issue(world, billing.subscribe(world))
    failed = np.bincount(issued["account"], issued["failed"] > 0, minlength=len(mood))
    billed = np.bincount(issued["account"], minlength=len(mood))
    assert rates[low].mean() < 0.7 * rates[high].mean()
    assert asked[low].sum() / weeks[low].sum() > 1.2 * asked[high].sum() / weeks[high].sum()
    assert failed[low].sum() / billed[low].sum() > 1.5 * failed[high].sum() / billed[high].sum()


def test_owners_stay_within_their_region_and_among_the_csms(world):
    owner = crm.owners(world)
    assert owner.min() == 0
    assert owner.max() == world.spec.csms - 1
    assert (owner % 3 == world.population.region[None, :]).all()
    assert (owner[0] != owner[-1]).mean() > 0.03


def test_use_has_a_yearly_season_with_a_quiet_turn_of_the_year():
    day = np.arange(days.number(date(2026, 1, 1)), days.number(date(2027, 1, 1)))
    factor = usage.season(day)
    assert factor[-5:].max() < 0.7 * np.median(factor)
    assert factor[215:235].max() < np.median(factor)
