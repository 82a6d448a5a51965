"""Billing with ids of its own: who a customer is is found, mergers are followed, and past days stay as they were."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from config.identity import Identity, Override, load_identity
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.figures import figure

START = DAY - timedelta(days=40)
# beta is merged into acme on the run's own day.
BEFORE = DAY - timedelta(days=1)
MRR = {"cus_acme": 100, "cus_beta": 200, "cus_gamma": 400, "cus_stray": 50, "cus_twin": 7}
TESTED = (
    "bridge_account_identity", "dim_account", "dim_account_history", "dim_contact", "int_account_identity",
)  # fmt: skip


def _land_story(company: Company) -> None:
    known = {"recorded_at": at(START, 1)}
    company.land("accounts", [{**account, "created_on": START, **known} for account in _accounts()])
    company.land("customers", [{**customer, **known} for customer in _customers()])
    company.land("subscriptions", [
        {"subscription_id": f"sub_{ref}", "account_id": ref, "started_on": START, "mrr": mrr, "seats": 1, **known}
        for ref, mrr in MRR.items()
    ])  # fmt: skip
    company.land("usage_events", list(_events()))
    company.land("tickets", [
        {"ticket_id": f"t_{ref}", "account_id": ref, "opened_at": at(BEFORE, 2), "recorded_at": at(BEFORE, 2)}
        for ref in ("acme", "cus_beta", "cus_gamma")
    ])  # fmt: skip
    person = {"contact_id": "k1", "account_id": "beta", "email": " Bo@Beta.io ", "is_champion": True}
    company.land("contacts", [{**person, "last_seen_at": at(BEFORE), "recorded_at": at(BEFORE)}])


def _accounts() -> Iterable[dict[str, Any]]:
    yield {"account_id": "acme", "name": "Acme, Inc.", "domain": "acme.com"}
    yield {"account_id": "beta", "name": "Beta", "domain": "www.Beta.io"}
    yield {"account_id": "gamma", "name": "Gamma Works LLC", "parent_account_id": "beta"}
    yield {"account_id": "twin_1", "name": "Twin", "domain": "twin.com"}
    yield {"account_id": "twin_2", "name": "Twin", "domain": "twin.com"}


def _customers() -> Iterable[dict[str, Any]]:
    yield {"customer_id": "cus_acme", "account_id": "acme"}
    yield {"customer_id": "cus_beta", "domain": "beta.io", "name": "Somebody else"}
    yield {"customer_id": "cus_gamma", "domain": "gmail.com", "name": "GAMMA-Works"}
    yield {"customer_id": "cus_stray", "name": "Unheard of"}
    yield {"customer_id": "cus_twin", "domain": "twin.com", "name": "Twin Ltd."}


def _events() -> Iterable[dict[str, Any]]:
    for ref in ("cus_acme", "cus_beta", "cus_gamma"):
        for day in (BEFORE - timedelta(days=2), BEFORE):
            moment = {"occurred_at": at(day, 3), "recorded_at": at(day, 3)}
            yield {"event_id": f"{ref}{day}", "account_id": ref, "user_id": f"user of {ref}", **moment}


def _merge_and_override(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """On DAY: the CRM merges beta into acme, and somebody decides who the stray customer is."""
    merged = {"account_id": "beta", "name": "Beta", "domain": "www.Beta.io", "merged_into_account_id": "acme"}
    company.land("accounts", [{**merged, "created_on": START, "recorded_at": at(DAY, 9)}])
    decided = Override(account_ref="cus_stray", account_id="beta", reason="asked", author="ada", set_on=DAY)
    settings: Identity = load_identity().model_copy(update={"overrides": (decided,)})
    monkeypatch.setattr(transform, "load_identity", lambda: settings)


def _days(company: Company, day: date) -> list[tuple[Any, ...]]:
    return company.rows(
        "select account_id, mrr_usd::int, events_28d::int, tickets_open::int from marts.fct_account_days"
        f" where as_of_date = '{day}' order by 1"
    )


@pytest.mark.slow
def test_a_merger_moves_money_use_and_tickets_from_its_day_on_and_leaves_the_days_before(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _land_story(company)
    transform.invoke(company.run(BEFORE), "run")
    before = _days(company, BEFORE)

    _merge_and_override(company, monkeypatch)
    transform.invoke(company.run(DAY), "build", "--exclude", "resource_type:unit_test")
    after = _days(company, DAY)

    n_orphans = len({row[0] for row in after} - {"acme", "gamma"})
    figure("F20 accounts left over beside the one that they were merged into", f"{n_orphans} of {len(after)}", "0")
    assert before == [("acme", 100, 2, 1), ("beta", 200, 2, 1), ("gamma", 400, 2, 1)]
    assert after == [("acme", 350, 4, 2), ("gamma", 400, 2, 1)], (
        "the stray 50 come by the override, through beta to acme"
    )
    assert _bridge(company) == [
        ("acme", "acme", "crm_id", None, None),
        ("beta", "acme", "crm_id", None, "acme"),
        ("beta", "beta", "crm_id", None, None),
        ("cus_acme", "acme", "carried_id", None, None),
        ("cus_beta", "acme", "domain", None, None),
        ("cus_beta", "beta", "domain", None, None),
        ("cus_gamma", "gamma", "name", None, None),
        ("cus_stray", "acme", "override", None, None),
        ("cus_stray", "beta", "override", None, None),
        ("cus_stray", None, None, "nobody", None),
        ("cus_twin", None, None, "ambiguous_domain", None),
        ("gamma", "gamma", "crm_id", None, None),
    ]
    assert company.rows(
        "select account_id, parent_account_id, ultimate_parent_account_id, n_family_accounts, family_mrr_usd::int"
        " from marts.dim_account where account_id in ('acme', 'beta', 'gamma') order by 1"
    ) == [("acme", None, "acme", 2, 750), ("gamma", "acme", "acme", 2, 750)]
    assert company.rows(
        "select status, valid_to is null from marts.dim_account_history where account_id = 'beta' order by valid_from"
    ) == [("open", False), ("merged", True)]
    assert company.rows(
        "select account_id, email_hash = encode(sha256('bo@beta.io'), 'hex') from marts.dim_contact"
    ) == [("acme", True)]

    transform.invoke(company.run(BEFORE), "run")

    assert _days(company, BEFORE) == before
    assert company.rows("select account_id from marts.dim_contact") == [("beta",)]


def _bridge(company: Company) -> list[tuple[Any, ...]]:
    return company.rows(
        "select source_id, account_id, method, unmatched_reason, merged_into from marts.bridge_account_identity"
        " where source_id not like 'twin%' and source <> 'override' order by 1, 2"
    )
