"""A story of six accounts over ten weeks, which tests of time travel land in different orders."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

START = DAY - timedelta(days=70)
ACCOUNTS = ("acme", "globex", "initech", "hooli", "umbrella", "quiet")
Row = dict[str, Any]


def days_ago(days: int, before: date = DAY) -> date:
    return before - timedelta(days=days)


def story() -> Iterable[tuple[str, Row]]:
    """Six accounts over ten weeks: one gives notice, one leaves, one is never seen using anything."""
    yield "users", {"csm_id": "c1", "full_name": "Ada", "recorded_at": at(START, 1)}
    common = {"segment": "SMB", "csm_id": "c1", "currency": "EUR", "created_on": START, "recorded_at": at(START, 1)}
    yield from (("accounts", {"account_id": account, "name": account, **common}) for account in ACCOUNTS)
    yield from (("subscriptions", row) for row in _subscriptions())
    yield from (("usage_events", row) for row in _events())
    acme, hooli = {"account_id": "acme"}, {"account_id": "hooli"}
    nine, twelve, thirty, forty = (at(days_ago(days)) for days in (9, 12, 30, 40))
    yield "tickets", {"ticket_id": "t1", **acme, "priority": "urgent", "opened_at": nine, "recorded_at": nine}
    solved = {"ticket_id": "t2", **hooli, "opened_at": at(days_ago(20)), "solved_at": at(days_ago(18)), "csat": 4}
    yield "tickets", {**solved, "recorded_at": at(days_ago(18))}
    invoice = {"invoice_id": "i1", **acme, "issued_on": days_ago(40), "amount": 10, "due_on": days_ago(26)}
    yield "invoices", {**invoice, "recorded_at": forty}
    failed = {"payment_id": "p1", **acme, "attempted_at": at(days_ago(20)), "status": "failed"}
    yield "payments", {**failed, "recorded_at": at(days_ago(20))}
    yield "contacts", {"contact_id": "k1", **acme, "is_champion": True, "last_seen_at": twelve, "recorded_at": twelve}
    yield "interactions", {"interaction_id": "n1", **acme, "occurred_at": thirty, "recorded_at": thirty}
    answer = {"survey_id": "s1", **hooli, "kind": "nps", "score": 9, "answered_at": twelve}
    yield "surveys", {**answer, "recorded_at": twelve}
    totals = {"account_id": "umbrella", "used_on": days_ago(12), "feature": "all", "events": 7, "active_users": 2}
    yield "usage_daily", {**totals, "recorded_at": twelve}


def land(company: Company, rows: Iterable[tuple[str, Row]]) -> None:
    """One batch for each table that has rows."""
    by_table: dict[str, list[Row]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append(row)
    for table, found in by_table.items():
        company.land(table, found)


def _subscriptions() -> Iterable[Row]:
    for number, account in enumerate(ACCOUNTS):
        row = {"subscription_id": f"sub_{account}", "account_id": account, "started_on": START, "mrr": 100 + number,
               "seats": 4, "term_ends_on": DAY + timedelta(days=30), "billing_period": "monthly"}  # fmt: skip
        yield row | {"recorded_at": at(START, 2)}
        if account == "initech":
            yield row | {"notice_on": days_ago(20), "ended_on": days_ago(5), "recorded_at": at(days_ago(20))}
        if account == "globex":
            yield row | {"plan": "bigger", "mrr": 150, "recorded_at": at(days_ago(33))}


def _events() -> Iterable[Row]:
    """Two users an account, every third day; recorded at once, every seventh only five days later."""
    for number, account in enumerate(("acme", "globex", "initech", "hooli")):
        for step in range(0, 70, 3):
            used_on = START + timedelta(days=step)
            for user in range(1 + (step + number) % 2):
                late = 5 if (step + user) % 7 == 0 else 0
                owner = {"account_id": account} if number % 2 else {"subscription_id": f"sub_{account}"}
                times = {"occurred_at": at(used_on), "recorded_at": at(used_on + timedelta(days=late), 13)}
                person = f"{account}-{user}"
                yield {"event_id": f"{person}-{step}", "user_id": person, "feature": f"f{step % 4}", **times, **owner}
