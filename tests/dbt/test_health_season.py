"""Known slow months are normal: a made-up company of wedding venues, whose guests are gone in November."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from config.health import HEALTH_FILE, Health
from copilot.warehouse import transform
from tests.dbt.companies import Company, at

# A Saturday: its 28 days are November's, the 28 before are the end of the season.
DAY = date(2026, 11, 28)
START = date(2024, 11, 1)
OFF_SEASON = (11, 12, 1, 2, 3, 4)
VENUE, DEEPER, OFFICES = "normal_venue", "failing_venue", ("office_1", "office_2", "office_3")
Row = dict[str, Any]


def _events(account: str, day: date) -> int:
    """Offices do the same all year, venues twice as much in the season; one fails in its third November."""
    if account in OFFICES:
        return 50
    if account == DEEPER and day >= date(2026, 11, 1):
        return 25
    return 50 if day.month in OFF_SEASON else 100


def _story() -> Iterable[tuple[str, Row]]:
    for account in (VENUE, DEEPER, *OFFICES):
        known = {"account_id": account, "recorded_at": at(START, 1)}
        yield "accounts", {**known, "name": account, "segment": "smb", "currency": "USD", "created_on": START}
        yield "subscriptions", {**known, "subscription_id": f"s_{account}", "started_on": START, "mrr": 100, "seats": 5,
                                "billing_period": "monthly"}  # fmt: skip
        seen = {"account_id": account, "is_champion": True, "last_seen_at": at(DAY), "recorded_at": at(DAY)}
        yield "contacts", {**seen, "contact_id": f"k_{account}"}
        for number in range((DAY - START).days + 1):
            day = START + timedelta(days=number)
            use = {"account_id": account, "used_on": day, "feature": "all", "active_users": 5}
            yield "usage_daily", {**use, "events": _events(account, day), "recorded_at": at(day, 20)}
    # Streams that exist, so that nobody's lack of tickets and failures is known.
    office = {"account_id": OFFICES[0], "recorded_at": at(START)}
    yield "tickets", {**office, "ticket_id": "t", "opened_at": at(START), "solved_at": at(START, 13)}
    yield "invoices", {**office, "invoice_id": "i", "issued_on": START, "due_on": START, "paid_on": START, "amount": 1}
    yield "payments", {**office, "payment_id": "p", "attempted_at": at(START), "status": "succeeded"}


def _without_season() -> Health:
    """The shipped profiles, reading the plain trend."""
    text = HEALTH_FILE.read_text("utf-8").replace("events_28d_vs_season_ratio", "events_28d_vs_prior_ratio")
    assert text != HEALTH_FILE.read_text("utf-8")
    return Health.model_validate(yaml.safe_load(text))


def _bands(company: Company) -> dict[str, str]:
    rows = company.rows(f"select account_id, health_band from marts.fct_account_days where as_of_date = date '{DAY}'")
    return dict(rows)


@pytest.mark.slow
def test_a_normal_november_is_not_at_risk_and_a_fall_twice_as_deep_is(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_table: dict[str, list[Row]] = {}
    for table, row in _story():
        by_table.setdefault(table, []).append(row)
    for table, rows in by_table.items():
        company.land(table, rows)
    transform.invoke(company.run(DAY), "run")

    seasons = company.rows(
        "select account_id, round(season_ratio, 2), round(events_28d_vs_season_ratio, 2) from marts.fct_account_days"
        f" where account_id ~ 'venue' and as_of_date = date '{DAY}' order by account_id"
    )
    assert seasons == [(DEEPER, Decimal("0.51"), Decimal("0.49")), (VENUE, Decimal("0.51"), Decimal("0.98"))]
    assert _bands(company) == {VENUE: "healthy", DEEPER: "at_risk"} | dict.fromkeys(OFFICES, "healthy")

    monkeypatch.setattr(transform, "load_health", _without_season)
    transform.invoke(company.run(DAY), "run", "--select", "int_account_days__profiled+")

    assert _bands(company) == {VENUE: "at_risk", DEEPER: "at_risk"} | dict.fromkeys(OFFICES, "healthy")
