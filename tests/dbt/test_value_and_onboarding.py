"""Value, segments and onboarding of one small company over two days, through every model from raw rows on."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.onboarding import Onboarding, load_onboarding
from copilot.sandbox.fixtures import DEMO
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

Row = dict[str, Any]
START = DAY - timedelta(days=120)
NEXT = DAY + timedelta(days=1)
NEW = DAY - timedelta(days=4)
MARTS = (
    "account_value", "mart_segment_migration", "onboarding_progress", "mart_adoption_by_tier", "mart_cohort_monthly",
)  # fmt: skip
RECONCILED = (
    "assert_every_account_has_a_value_and_its_mrr", "assert_orders_are_the_paid_invoices",
    "assert_the_newest_paid_invoice_is_the_last_order", "assert_segment_migrations_hold_every_account",
    "assert_segment_migrations_go_where_the_segments_are", "assert_adoption_counts_every_account_that_has_not_left",
    "assert_adoption_adds_up_to_that_of_the_account_days", "assert_everybody_being_onboarded_has_every_step",
    "assert_recorded_milestones_prove_their_steps", "assert_milestones_hold_what_the_crm_recorded",
    "assert_steps_and_milestones_of_one_proof_agree", "assert_cohorts_keep_the_mrr_of_the_books",
    "assert_a_completed_month_has_every_paying_account",
)  # fmt: skip


def _ago(days: int) -> date:
    return DAY - timedelta(days=days)


def _demo_rows() -> Iterable[tuple[str, Row]]:
    """The ten demo accounts with the orders, the tiers and the silence that the sandbox writes for them."""
    for demo in DEMO:
        account = {"account_id": demo.account_id, "name": demo.name, "segment": "smb", "created_on": START}
        yield "accounts", {**account, "tier": demo.earlier_tier or demo.tier, "recorded_at": at(START, 1)}
        if demo.earlier_tier:
            yield "accounts", {**account, "tier": demo.tier, "recorded_at": at(_ago(20))}
        months = 1 if demo.orders == 12 else 3
        newest = 137 if demo.lifecycle == "left" else 17
        for nth in range(demo.orders):
            paid = _ago(newest + 30 * months * nth)
            yield "invoices", {
                "invoice_id": f"{demo.account_id}-{nth}", "account_id": demo.account_id, "issued_on": paid,
                "paid_on": paid, "status": "paid", "amount": demo.order_amount, "currency": "USD",
                "recorded_at": max(at(START, 2), at(paid)),
            }  # fmt: skip
        terms = {
            "subscription_id": f"s-{demo.account_id}", "account_id": demo.account_id, "started_on": _ago(600),
            "seats": 2, "mrr": round(demo.order_amount / months, 2), "currency": "USD",
            "billing_period": "monthly" if months == 1 else "quarterly",
        }  # fmt: skip
        yield "subscriptions", {**terms, "recorded_at": at(START, 2)}
        if demo.lifecycle == "left":
            yield "subscriptions", {**terms, "ended_on": _ago(40), "recorded_at": at(_ago(70))}
        call = {"interaction_id": f"i-{demo.account_id}", "account_id": demo.account_id, "occurred_at": at(_ago(100))}
        yield "interactions", {**call, "recorded_at": at(_ago(100))}
        quiet = {"at_risk": 24, "left": 75}.get(demo.lifecycle, 0)
        yield from _uses(demo.account_id, range(quiet, 110))


def _uses(account_id: str, days: Iterable[int]) -> Iterable[tuple[str, Row]]:
    for days_ago in days:
        moment = at(_ago(days_ago))
        yield "usage_events", {
            "event_id": f"{account_id}-{days_ago}", "account_id": account_id, "user_id": "u", "event_name": "login",
            "feature": "reports", "occurred_at": moment, "recorded_at": moment,
        }  # fmt: skip


def _newcomer_rows() -> Iterable[tuple[str, Row]]:
    """On a trial since four days: it signed in, made its first form on day 2, and imported no clients."""
    yield "accounts", {"account_id": "new", "segment": "smb", "created_on": NEW, "recorded_at": at(NEW, 1)}
    trial = {"subscription_id": "s-new", "account_id": "new", "started_on": NEW, "is_trial": True}
    yield "subscriptions", {**trial, "recorded_at": at(NEW, 2)}
    yield from _uses("new", [3])
    form = {"milestone_id": "m1", "account_id": "new", "milestone": "first_form", "achieved_at": at(_ago(2))}
    yield "milestones", {**form, "recorded_at": at(DAY)}


def _land(company: Company, rows: Iterable[tuple[str, Row]]) -> None:
    by_table: dict[str, list[Row]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append(row)
    for table, found in by_table.items():
        company.land(table, found)


def _next_day() -> Iterable[tuple[str, Row]]:
    """What is learned a day later: Mike pays a thirteenth time, and the newcomer's form is dated a day earlier."""
    paid = {"issued_on": NEXT, "paid_on": NEXT, "status": "paid", "amount": 100, "currency": "USD"}
    yield "invoices", {"invoice_id": "demo_08-new", "account_id": "demo_08", **paid, "recorded_at": at(NEXT)}
    form = {"milestone_id": "m1", "account_id": "new", "milestone": "first_form", "achieved_at": at(_ago(3))}
    yield "milestones", {**form, "recorded_at": at(NEXT)}
    yield from (("usage_events", row | {"event_id": "late", "recorded_at": at(NEXT)}) for _, row in _uses("new", [4]))


def _build(company: Company, day: date) -> None:
    transform.invoke(company.run(day), "run")


def _rows_of(company: Company, day: date) -> dict[str, list[tuple[Any, ...]]]:
    return {
        mart: company.rows(f"select t::text from marts.{mart} as t where as_of_date = date '{day}' order by 1")
        for mart in MARTS
    }


def _one(company: Company, columns: str, mart: str, condition: str) -> tuple[Any, ...]:
    (row,) = company.rows(f"select {columns} from marts.{mart} where {condition}")
    return row


@pytest.mark.slow
def test_a_company_is_valued_and_onboarded_by_what_was_known_on_each_evening(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _land(company, [*_demo_rows(), *_newcomer_rows()])
    _build(company, DAY)
    first = _rows_of(company, DAY)

    today = f"as_of_date = date '{DAY}'"
    _the_demo_set_has_its_given_numbers(company, today)
    _the_newcomer_has_done_some_steps_and_missed_others(company, today)
    _the_cohort_is_followed_month_by_month(company)
    assert _one(company, "achieved_on, known_on, celebrated_on, days_to_achieve, is_first_value",
                "milestones", "account_id = 'new'") == (_ago(2), DAY, DAY, 2, True)  # fmt: skip

    _land(company, _next_day())
    _build(company, DAY)
    assert _rows_of(company, DAY) == first, "rows recorded after the day change nothing in it"

    _build(company, NEXT)
    tomorrow = f"as_of_date = date '{NEXT}'"
    mike = _one(
        company, "n_orders, orders_usd, last_order_on", "account_value", f"account_id = 'demo_08' and {tomorrow}"
    )
    assert mike == (13, 1300, NEXT)
    login = _one(company, "done_on, status", "onboarding_progress",
                 f"account_id = 'new' and step = 'first_login' and {tomorrow}")  # fmt: skip
    assert login == (_ago(4), "done"), "a use that was recorded late proves the step on its own day"
    corrected = _one(company, "achieved_on, known_on, celebrated_on", "milestones", "account_id = 'new'")
    assert corrected == (_ago(3), DAY, DAY), "a correction moves the day of the win, and it is not celebrated again"
    for day in (DAY, NEXT):
        _build(company, day)
        transform.invoke(company.run(day), "test", "--select", *RECONCILED)

    monkeypatch.setattr(transform, "load_onboarding", _asking_for_logins_too)
    _build(company, NEXT)
    asked_later = _one(company, "done_on, status", "onboarding_progress",
                       f"account_id = 'new' and step = 'invite_sent' and {tomorrow}")  # fmt: skip
    assert asked_later == (_ago(4), "done"), "what a step asks for from now on is looked for in what was landed before"


def _asking_for_logins_too() -> Onboarding:
    shipped = load_onboarding()
    steps = tuple(
        step.model_copy(update={"proven_by": (*step.proven_by, "event:login")}) if step.step == "invite_sent" else step
        for step in shipped.steps
    )
    return shipped.model_copy(update={"steps": steps})


def _the_demo_set_has_its_given_numbers(company: Company, today: str) -> None:
    shown = company.rows(
        "select account_id, segment, lifecycle_group, n_orders, orders_usd, prev_segment from marts.account_value"
        f" where account_id like 'demo%' and {today} order by 1"
    )
    assert [(row[0], row[1], row[3]) for row in shown] == [(d.account_id, d.tier, d.orders) for d in DEMO]
    assert [row[5] for row in shown] == [demo.earlier_tier or demo.tier for demo in DEMO]
    assert (sum(row[3] for row in shown), sum(row[4] for row in shown)) == (57, 28_000)
    spent = {row[0]: row[4] for row in shown}
    assert (spent["demo_01"], spent["demo_07"]) == (8500, 4800)
    assert {spent[f"demo_0{n}"] for n in (2, 3, 4)} == {Decimal(3133)}
    assert {spent[f"demo_0{n}"] for n in (5, 6)} == {Decimal(1575)}
    groups = {group: sorted(row[0][-2:] for row in shown if row[2] == group) for group in {row[2] for row in shown}}
    assert groups == {
        "vip": ["01"], "active": ["02", "03", "04", "07", "08", "09"], "at_risk": ["05", "06"], "churned": ["10"],
    }  # fmt: skip
    mike = _one(company, "rfm_orders_code, n_orders, orders_usd, avg_order_usd", "account_value",
                f"account_id = 'demo_08' and {today}")  # fmt: skip
    assert mike == ("222", 12, 1200, 100)
    moved = company.rows(
        f"select from_segment, to_segment, n_accounts from marts.mart_segment_migration where {today}"
        " and from_segment <> to_segment order by 1"
    )
    assert moved == [
        ("LOYAL_CUSTOMER", "VIP_HIGH_VALUE", 1), ("NEW_CUSTOMER", "GROWTH_POTENTIAL", 1),
        ("PROMISING", "AT_RISK_VALUE", 1),
    ]  # fmt: skip


def _the_newcomer_has_done_some_steps_and_missed_others(company: Company, today: str) -> None:
    steps = company.rows(
        "select step, status, days_late, intervention from marts.onboarding_progress"
        f" where {today} order by due_day, step"
    )
    assert steps == [
        ("account_created", "done", 0, None),
        ("vendor_type_selected", "missed", 4, None),
        ("first_login", "done", 0, None),
        ("import_clients_started", "missed", 3, "send_getting_started_video"),
        ("first_form_created", "done", 0, None),
        ("invite_sent", "missed", 1, "offer_form_creation_help"),
        ("journey_started", "open", None, None),
        ("multiple_clients_active", "open", None, None),
        ("fully_activated", "open", None, None),
    ]


def _the_cohort_is_followed_month_by_month(company: Company) -> None:
    """Ten began together; the one that ended forty days before the end of March was there in January, not later."""
    kept = company.rows(
        "select as_of_date, n_accounts, n_kept, avg_health_score is not null from marts.mart_cohort_monthly order by 1"
    )
    assert kept[-3:] == [
        (date(2026, 1, 31), 10, 10, False), (date(2026, 2, 28), 10, 9, False), (DAY, 10, 9, True),
    ]  # fmt: skip
