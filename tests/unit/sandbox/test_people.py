"""What the CRM lives through: doubles that are merged, a CSM who leaves, ratings that follow what shows."""

from datetime import date

import numpy as np
import pytest

from copilot.sandbox import billing, crm, customers, duplicates, sentiments, support, touches, truth
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.world import World, build


@pytest.fixture(scope="module")
def world() -> World:
    """2,000 accounts over eighteen months: lived, not written."""
    spec = CompanySpec(seed=5, accounts=2000, start=date(2025, 5, 18), end=date(2026, 11, 17), fixtures=False)
    return build(spec)


@pytest.fixture(scope="module")
def owner(world):
    return crm.owners(world)


def test_a_double_takes_tickets_and_touches_until_it_is_merged_into_its_account(world, owner):
    rows = duplicates.account_rows(world, owner)
    merged = {
        double: into for double, into in zip(rows["account_id"], rows["merged_into_account_id"], strict=True) if into
    }
    true = truth.tables(world)["identities"]
    stands_for = dict(zip(true["account_ref"], true["account_id"], strict=True))
    assert 5 < len(merged) < 60
    assert all(stands_for[double] == into for double, into in merged.items())
    last = {
        double: at
        for double, into, at in zip(
            *(rows[n] for n in ("account_id", "merged_into_account_id", "recorded_at")), strict=True
        )
        if into
    }
    for table, column in (
        (touches.interaction_rows(world, owner), "occurred_at"),
        (support.ticket_rows(world, support.ask(world)), "opened_at"),
    ):
        taken = np.char.startswith(table["account_id"].astype(str), "dup_")
        assert taken.sum() > 5
        assert all(
            at < last.get(double, 2**60)
            for double, at in zip(table["account_id"][taken], table[column][taken], strict=True)
        )


def test_every_ticket_keeps_its_account_in_all_versions(world):
    rows = support.ticket_rows(world, support.ask(world))
    pairs = set(zip(rows["ticket_id"], rows["account_id"], strict=True))
    assert len(pairs) > 5_000
    assert len(pairs) == len(set(rows["ticket_id"]))


def test_billing_speaks_of_some_accounts_by_its_own_name_alone(world):
    names = billing.rows(world, billing.subscribe(world))["account_id"].astype(str)
    own = np.char.startswith(names, "cus_")
    true = truth.tables(world)["identities"]
    assert 0.2 < own.mean() < 0.3
    assert set(names[own]) <= set(true["account_ref"])
    assert not set(names[~own]) & set(world.population.account_id[world.has_own_customer])


def test_customers_without_the_crm_id_can_be_found_by_domain_or_name(world):
    rows = customers.customer_rows(world)
    has_id, has_domain = (np.array([value is not None for value in rows[n]]) for n in ("account_id", "domain"))
    assert 0.2 < len(has_id) / len(world.population) < 0.3
    assert 0.5 < has_id.mean() < 0.7
    assert (~has_id & has_domain).sum() > 50
    assert (~has_id & ~has_domain).sum() > 10
    assert (rows["name"] != None).all()  # noqa: E711 - an array of objects


def test_one_csm_leaves_and_the_accounts_go_to_others_of_the_region(world, owner):
    rows = crm.csm_rows(world)
    (gone,) = rows["csm_id"][~rows["is_active"]]
    leaver, monday = crm.leaving_csm(world)
    before, after = world.life.mondays < monday, world.life.mondays >= monday
    assert gone == crm.csm_id(np.array([leaver]))[0]
    assert (owner[before] == leaver).any()
    assert not (owner[after] == leaver).any()
    assert (owner % 3 == world.population.region[None, :]).all()


def test_a_small_team_keeps_all_its_csms():
    spec = CompanySpec(seed=5, accounts=50, start=date(2025, 5, 18), end=date(2026, 11, 17), csms=6, fixtures=False)
    assert crm.csm_rows(build(spec))["is_active"].all()


def test_ratings_follow_what_shows_with_noise_and_some_are_corrected(world, owner):
    rows = sentiments.sentiment_rows(world, owner)
    place = {name: position for position, name in enumerate(world.population.account_id)}
    account = np.array([place[name] for name in rows["account_id"]])
    mood = world.mood_on(account, rows["rated_at"] // 86_400)
    assert len(rows["rating"]) > 5_000
    assert set(np.unique(rows["rating"])) == {1, 2, 3, 4, 5}
    assert 0.5 < np.corrcoef(mood, rows["rating"])[0, 1] < 0.85
    corrected = len(rows["sentiment_id"]) - len(set(rows["sentiment_id"]))
    assert 0.01 < corrected / len(rows["sentiment_id"]) < 0.05
    assert 0.3 < (rows["expires_on"] > 0).mean() < 0.7
