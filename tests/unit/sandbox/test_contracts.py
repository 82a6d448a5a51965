"""What contracts live through besides starting and ending, each against what is known to have happened."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from copilot.sandbox import adjustments, billing, days, invoices, truth
from copilot.sandbox.contracts import ADD_ON, LEADING, MAIN, RETURNED, SWITCHED
from copilot.sandbox.life import DUNNING_DAYS, LIST_RISE, LIST_RISE_AFTER_DAYS, PAYMENT, STATE
from copilot.sandbox.pauses import is_paused, pauses
from copilot.sandbox.population import FAR
from copilot.sandbox.returns import come_back, odds_of_leaving_again
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.world import World, build


@pytest.fixture(scope="module")
def world() -> World:
    """2,000 accounts over eighteen months: lived, not written."""
    spec = CompanySpec(seed=5, accounts=2000, start=date(2025, 5, 18), end=date(2026, 11, 17), fixtures=False)
    return build(spec)


@pytest.fixture(scope="module")
def subscriptions(world):
    return billing.subscribe(world)


@pytest.fixture(scope="module")
def issued(world, subscriptions):
    return invoices.issue(world, subscriptions)


@pytest.fixture(scope="module")
def departures(world, subscriptions):
    return invoices.departure_rows(world, subscriptions)


def test_who_returns_was_away_and_may_leave_a_second_time(world, subscriptions, departures):
    again = world.returns
    back = np.flatnonzero(again.came <= world.end)
    started = subscriptions.lines[subscriptions.lines["kind"] == RETURNED]
    assert len(back) > 20
    assert sorted(started["account"]) == back.tolist()
    assert ((again.came - world.life.ended)[back] >= 18).all()
    assert (again.ended[back] > again.decided[back]).all()
    second = np.flatnonzero(again.ended <= world.end)
    assert len(second) > 2
    said = departures["account_id"][departures["is_reactivation"]]
    assert sorted(said) == sorted(world.billed_as[second])


def test_the_truth_knows_both_departures_of_who_left_twice(world):
    table = truth.tables(world)["departures"]
    names, times = np.unique(table["account_id"], return_counts=True)
    twice = world.population.account_id[world.returns.decided <= world.end]
    assert len(twice) > 2
    assert sorted(names[times == 2]) == sorted(twice)
    assert times.max() == 2


def test_a_second_stay_is_as_long_as_its_odds_say(world):
    n = len(world.population)
    all_left = replace(world.life, cause=np.full(n, STATE), ended=np.full(n, world.start))
    again = come_back(world.population, all_left, world.chance)
    stays = (again.decided - again.came)[again.came < FAR]
    assert len(stays) > 200
    for horizon in (90, 700):
        assert abs((stays <= horizon).mean() - odds_of_leaving_again(horizon)) < 0.07


def test_an_account_is_away_between_leaving_and_returning(world):
    back = np.flatnonzero(world.returns.came <= world.end)
    assert len(back) > 20
    assert world.is_here(back, world.life.ended[back] - 1).all()
    assert not world.is_here(back, world.life.ended[back]).any()
    assert not world.is_here(back, world.returns.came[back] - 1).any()
    assert world.is_here(back, world.returns.came[back]).all()


def test_a_pause_ends_in_an_active_contract_or_in_a_departure(world, subscriptions, issued):
    account, start, end = pauses(world)
    assert len(account) > 40
    assert (end - start >= 21).all()
    assert (end - start < 49).all()
    versions = subscriptions.versions[subscriptions.versions["kind"].isin(LEADING)]
    for one, since, until in zip(account, start, end, strict=True):
        of_it = versions[(versions["account"] == one) & (versions["day"] <= min(until, world.end))]
        assert "paused" in set(of_it.loc[of_it["day"] >= since, "status"])
        if until <= min(world.end, world.life.decided[one]):
            assert of_it["status"].iloc[-1] in ("active", "past_due")
    rests = is_paused(world, issued["account"].to_numpy(), issued["issued"].to_numpy())
    unpaid = world.life.cause[issued["account"]] == PAYMENT
    assert not (rests & ~unpaid & issued["kind"].isin(LEADING)).any()


def test_past_due_after_failed_payments_ends_in_an_involuntary_departure(world, subscriptions, issued, departures):
    unpaid = np.flatnonzero((world.life.cause == PAYMENT) & (world.life.ended <= world.end))
    assert len(unpaid) > 10
    said = dict(zip(departures["account_id"], departures["kind"], strict=True))
    versions = subscriptions.versions
    for account in unpaid:
        of_it = versions[(versions["account"] == account) & versions["kind"].isin(LEADING)]
        last = issued[(issued["account"] == account) & issued["kind"].isin(LEADING)].iloc[-1]
        assert of_it["status"].tolist()[-2:] == ["past_due", "cancelled"]
        assert (last["failed"], last["paid"]) == (4, -1)
        assert last["issued"] == world.life.ended[account] - DUNNING_DAYS
        assert said[world.billed_as[account]] == "involuntary"


def test_a_deleted_add_on_has_no_end_but_the_day_that_is_recorded(world, subscriptions):
    rows = billing.rows(world, subscriptions)
    deleted = np.flatnonzero(rows["is_deleted"])
    assert len(deleted) > 3
    assert (rows["ended_on"][deleted] == -1).all()
    lines = subscriptions.lines.set_index(["account", "kind"])["ended"]
    version = subscriptions.versions.iloc[deleted]
    assert (version["kind"] == ADD_ON).all()
    ends = lines.loc[list(zip(version["account"], version["kind"], strict=True))].to_numpy()
    assert (rows["recorded_at"][deleted] // days.DAY_SECONDS == ends).all()


def test_a_switch_closes_one_contract_and_opens_another_plan_on_the_same_day(world, subscriptions, departures):
    lines = subscriptions.lines
    opened = lines[lines["kind"] == SWITCHED]
    closed = lines[(lines["kind"] == MAIN) & lines["account"].isin(opened["account"])]
    versions = subscriptions.versions
    plans = versions.groupby(["account", "kind"])["plan"]
    assert len(opened) > 40
    assert closed["ended"].to_numpy().tolist() == opened["start"].to_numpy().tolist()
    for account in opened["account"]:
        assert plans.last()[account, MAIN] != plans.first()[account, SWITCHED]
    stayed = opened.loc[opened["ended"] == FAR, "account"].to_numpy()
    assert len(stayed) > 20
    assert not np.isin(world.billed_as[stayed], departures["account_id"][departures["kind"] != "contraction"]).any()


def test_the_list_price_rises_once_at_the_first_renewal_after_its_day(world, subscriptions):
    on = world.start + LIST_RISE_AFTER_DAYS
    versions = subscriptions.versions[subscriptions.versions["kind"] == MAIN]
    monthly = versions[world.population.term_months[versions["account"]] == 1]
    price = monthly["mrr"] / monthly["seats"]
    same = (monthly["account"] == monthly["account"].shift()) & (monthly["order"] == 1)
    for name in ("plan", "seats", "discount"):
        same &= monthly[name] == monthly[name].shift()
    # Once a year the price rises by something else as well.
    months = [
        values.astype("M8[D]").astype("M8[M]").astype(np.int64)
        for values in (monthly["day"].to_numpy(), world.population.paid_from[monthly["account"]])
    ]
    same &= (months[0] - months[1]) % 12 != 0
    ratio = (price / price.shift())[same]
    risen = np.isclose(ratio, LIST_RISE, atol=0.001)
    assert risen.sum() > 100
    assert (monthly.loc[same, "day"][risen] >= on).all()
    assert not monthly.loc[same].loc[risen, "account"].duplicated().any()


def test_a_free_month_lasts_one_month_and_has_no_invoice(world, subscriptions, issued):
    versions = subscriptions.versions[subscriptions.versions["order"] == 7]
    free = versions[versions["discount"] == 1.0]
    assert len(free) > 10
    assert (world.mood_on(free["account"].to_numpy(), free["day"].to_numpy()) < 0).all()
    assert (free["mrr"] == 0).all()
    back = days.add_months(free["day"].to_numpy(), 1)
    known = set(zip(versions["account"], versions["day"], strict=True))
    for account, day, after in zip(free["account"], free["day"], back, strict=True):
        assert after > world.end or after >= world.life.ended[account] or (account, after) in known
        assert not ((issued["account"] == account) & (issued["issued"] == day) & issued["kind"].isin(LEADING)).any()
    assert len(versions[versions["discount"] < 1]) > len(free)


def test_credit_notes_give_back_at_most_what_was_paid_and_refunds_are_part_of_them(world, issued):
    credits = adjustments.credit(world, issued)
    notes, refunds = adjustments.credit_rows(world, credits), adjustments.refund_rows(world, credits)
    assert len(credits) > 50
    assert (notes["amount"] < 0).all()
    assert (-notes["amount"] <= credits["amount"]).all()
    assert (credits["day"] > credits["paid"]).all()
    assert 0.4 < len(refunds["amount"]) / len(credits) < 0.8
    assert set(refunds["amount"]) <= set(notes["amount"])


def test_a_single_charge_has_no_period_and_every_recurring_invoice_has_one(world, issued):
    charges = adjustments.charge_rows(world, adjustments.single_charges(world))
    recurring = invoices.invoice_rows(world, issued)
    assert len(charges["amount"]) > 50
    assert (charges["period_start_on"] == -1).all()
    length = recurring["period_end_on"] - recurring["period_start_on"]
    assert set(np.unique(length)) <= {28, 29, 30, 31, 89, 90, 91, 92, 365, 366}


def test_the_company_bills_in_three_currencies(world, subscriptions):
    currency, times = np.unique(billing.rows(world, subscriptions)["currency"].astype(str), return_counts=True)
    assert currency.tolist() == ["EUR", "GBP", "USD"]
    assert times.min() > 0.05 * times.sum()
