"""Tickets, touches and ratings as facts: whatever the order in which versions were landed, the same rows come of it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

Row = tuple[str, dict[str, Any]]
FACTS = {"fct_support_ticket": "ticket_id", "fct_interaction": "interaction_id", "csm_sentiment": "sentiment_id"}
STEPS = (60, 41, 13, 0)


def _ago(days: int) -> date:
    return DAY - timedelta(days=days)


def _rows() -> Iterable[Row]:
    """Two accounts; ticket n is opened, answered, solved and rated on four days of ten weeks, touches are corrected."""
    start = {"recorded_at": at(_ago(75), 1)}
    for account in ("acme", "globex"):
        yield "accounts", {"account_id": account, "name": account, "created_on": _ago(75), **start}
        yield "subscriptions", {"subscription_id": account, "account_id": account, "started_on": _ago(75), **start}
    for n in range(12):
        opened = _ago(70 - 5 * n)
        ticket = {"ticket_id": f"t{n}", "account_id": "acme", "priority": "urgent", "opened_at": at(opened, 8)}
        yield "tickets", {**ticket, "status": "new", "recorded_at": at(opened, 8)}
        ticket |= {"first_reply_at": at(opened, 9 + n % 2), "status": "open"}
        yield "tickets", {**ticket, "recorded_at": at(opened, 11)}
        ticket |= {"solved_at": at(opened + timedelta(days=4)), "status": "solved"}
        yield "tickets", {**ticket, "recorded_at": at(opened + timedelta(days=4))}
        yield "tickets", {**ticket, "csat": 1 + n % 5, "recorded_at": at(opened + timedelta(days=9))}
        touch = {"interaction_id": f"n{n}", "account_id": "globex", "occurred_at": at(opened)}
        yield "interactions", {**touch, "outcome": "neutral", "recorded_at": at(opened, 20)}
        yield "interactions", {**touch, "outcome": "positive", "recorded_at": at(opened + timedelta(days=40))}
        rating = {"sentiment_id": f"s{n}", "account_id": "globex", "rated_at": at(opened), "reason": "gut feeling"}
        yield "sentiments", {**rating, "rating": 1 + n % 5, "recorded_at": at(opened, 21)}
        yield "sentiments", {**rating, "rating": 5, "recorded_at": at(opened + timedelta(days=20))}


def _land(company: Company, rows: Iterable[Row]) -> None:
    by_table: dict[str, list[dict[str, Any]]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append(row)
    for table, found in by_table.items():
        company.land(table, found)


def _known(day: date) -> list[Row]:
    return [(table, row) for table, row in _rows() if row["recorded_at"] < at(day + timedelta(days=1), 0)]


def _build(company: Company, day: date, command: str = "run") -> None:
    transform.invoke(company.run(day), command, *transform.SCOPE if command == "build" else ())


def _facts(company: Company, cutoff: str = "infinity") -> dict[str, list[tuple[Any, ...]]]:
    """Every mart as it was known before the cutoff."""
    return {
        mart: company.rows(
            f"select t.*, t.known_until < '{cutoff}' from marts.{mart} as t where t.known_from < '{cutoff}'"
            f" order by t.{key}, t.known_from"
        )
        for mart, key in FACTS.items()
    }


@pytest.mark.slow
def test_facts_built_in_four_shuffled_steps_equal_those_built_at_once(company: Company, other_company: Company) -> None:
    """Every step brings a third of its versions only with the next one, late, and the days are built twice."""
    _land(company, _known(DAY))
    _build(company, DAY, "build")
    waiting: list[Row] = []
    since = at(_ago(90))
    for days in STEPS:
        run = other_company.run(_ago(days))
        new = [row for row in _known(_ago(days)) if row[1]["recorded_at"] >= since]
        late = [row for n, row in enumerate(new) if n % 3 == 2 and days and row[0] not in ("accounts", "subscriptions")]
        _land(other_company, reversed([*waiting, *(row for row in new if row not in late)]))
        waiting, since = late, run.cutoff
        _build(other_company, run.as_of)
    _build(other_company, _ago(41))

    at_once, in_steps = _facts(company), _facts(other_company)

    assert [len(rows) for rows in at_once.values()] == [48, 19, 23]
    assert in_steps == at_once


@pytest.mark.slow
def test_a_breach_is_a_reply_that_came_late_and_no_reply_is_unknown(company: Company) -> None:
    _land(company, _known(DAY))
    _build(company, DAY)

    breaches = company.rows(
        "select ticket_id, first_reply_minutes, sla_breached, resolution_hours, csat from marts.fct_support_ticket"
        " where known_until is null and ticket_id in ('t0', 't1') order by 1"
    )
    unanswered = company.rows(
        "select first_reply_minutes, sla_breached, reply_due_at - opened_at from marts.fct_support_ticket"
        " where status = 'new' and ticket_id = 't1'"
    )
    (day,) = company.rows(
        "select tickets_84d, sla_breaches_84d, first_reply_minutes_84d, csat_age_days"
        " from intermediate.int_account_service__as_of where account_id = 'acme'"
        f" and as_of_date = date '{DAY}'"
    )

    assert [row[1:4] for row in breaches] == [(60, False, 100), (120, True, 100)]
    assert unanswered == [(None, None, timedelta(hours=1))]
    assert day == (12, 6, 90, 11)
