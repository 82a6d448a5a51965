"""Rules and sightings with valid defaults; a test names what matters."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from config.alerts import Measure, Rule
from copilot.decide.alert import Fact, Sighting

START = date(2026, 11, 2)


def day(number: int) -> date:
    """The number-th day of a test, from 0."""
    return START + timedelta(days=number)


def a_rule(**changes: Any) -> Rule:
    """No login for more than 14 days; ends after two clear days; cooldown 10 days."""
    settings: dict[str, Any] = {
        "id": "idle",
        "version": "1",
        "reason_key": "engagement_risk",
        "severity": "medium",
        "condition": "last_login_days_ago > 14",
        "clear_condition": "last_login_days_ago <= 7",
        "clear_after_days": 2,
        "cooldown_days": 10,
        "due_in_days": 7,
        "measure": Measure(column="last_login_days_ago", worse="higher", step=Decimal(5)),
        "message": "idle",
        "suggested_actions": ("check_in_email",),
        "evidence": ("last_login_days_ago",),
    }
    return Rule(**{**settings, **changes})


def seen(value: int | None, **changes: Any) -> Sighting:
    """What a day shows of an account whose last login was `value` days ago; None is unknown."""
    known: dict[str, Any] = {
        "account_id": "a1",
        "is_firing": None if value is None else value > 14,
        "is_clear": None if value is None else value <= 7,
        "value": None if value is None else Decimal(value),
        "message": None if value is None else f"no login for {value} days",
        "evidence": () if value is None else (Fact("last_login_days_ago", value, f"Last login {value} days ago"),),
        "owner_csm_id": "csm-1",
        "arr_usd": Decimal(1000),
    }
    return Sighting(**{**known, **changes})
