"""A small company in the files of RavenStack, with the faults that the public data set has.

No contacts, no invoices, no segments; usage that names a subscription only, most of it outside that subscription's
period; tickets from before the account signed up; usage ids twice; accounts flagged as gone that go on paying; and
departures that nothing in the data foretells.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

FIRST, LAST = date(2023, 1, 1), date(2024, 12, 31)
N_ACCOUNTS, N_SUBSCRIPTIONS, N_USES, N_TICKETS, N_DEPARTURES = 60, 300, 2500, 200, 70
TWICE = 3
Row = Mapping[str, object]


def write_ravenstack(directory: Path, seed: int = 20241231) -> None:
    """Write the five files; the same seed gives the same bytes."""
    draw = Random(seed)  # noqa: S311 - made-up data, not a secret
    accounts = [_account(draw, number) for number in range(N_ACCOUNTS)]
    subscriptions = [_subscription(draw, accounts, number) for number in range(N_SUBSCRIPTIONS)]
    uses = [_use(draw, subscriptions, number) for number in range(N_USES)]
    _write(directory, "accounts", accounts)
    _write(directory, "subscriptions", subscriptions)
    again = [{**later, "usage_id": use["usage_id"]} for use, later in zip(uses[:TWICE], uses[TWICE:], strict=False)]
    _write(directory, "feature_usage", [*uses, *again])
    _write(directory, "support_tickets", [_ticket(draw, accounts, number) for number in range(N_TICKETS)])
    _write(directory, "churn_events", [_departure(draw, accounts, number) for number in range(N_DEPARTURES)])


def _account(draw: Random, number: int) -> Row:
    return {
        "account_id": f"A-{number:06x}",
        "account_name": f"Company_{number}",
        "industry": draw.choice(["EdTech", "FinTech", "DevTools"]),
        "country": draw.choice(["US", "IN", "UK"]),
        "signup_date": _day(draw, FIRST, LAST - timedelta(days=30)),
        "plan_tier": draw.choice(["Basic", "Pro", "Enterprise"]),
        "churn_flag": draw.random() < 0.2,
    }


def _subscription(draw: Random, accounts: list[Row], number: int) -> Row:
    # Everybody has one that runs, as in the original: nobody who is said to have left has stopped paying.
    is_first = number < len(accounts)
    account = accounts[number] if is_first else draw.choice(accounts)
    started = _day(draw, date.fromisoformat(str(account["signup_date"])), LAST)
    ends = draw.random() < 0.1 and not is_first
    mrr, seats = draw.randrange(50, 5000), draw.randrange(1, 100)
    return {
        "subscription_id": f"S-{number:06x}",
        "account_id": account["account_id"],
        "start_date": started,
        "end_date": _day(draw, started, LAST) if ends else "",
        "plan_tier": account["plan_tier"],
        "seats": seats,
        "mrr_amount": mrr,
        "is_trial": False,
        "billing_frequency": draw.choice(["monthly", "annual"]),
        "auto_renew_flag": draw.random() < 0.8,
    }


def _use(draw: Random, subscriptions: list[Row], number: int) -> Row:
    return {
        "usage_id": f"U-{number:06x}",
        "subscription_id": draw.choice(subscriptions)["subscription_id"],
        "usage_date": _day(draw, FIRST, LAST),
        "feature_name": f"feature_{draw.randrange(1, 41)}",
        "usage_count": draw.randrange(1, 20),
    }


def _ticket(draw: Random, accounts: list[Row], number: int) -> Row:
    submitted = _day(draw, FIRST, LAST - timedelta(days=4))
    return {
        "ticket_id": f"T-{number:06x}",
        "account_id": draw.choice(accounts)["account_id"],
        "submitted_at": submitted,
        "closed_at": f"{submitted + timedelta(days=draw.randrange(1, 4))} 03:00:00",
        "priority": draw.choice(["low", "medium", "high", "urgent"]),
        "satisfaction_score": draw.choice(["", "3.0", "5.0"]),
        "escalation_flag": False,
    }


def _departure(draw: Random, accounts: list[Row], number: int) -> Row:
    return {
        "churn_event_id": f"C-{number:06x}",
        "account_id": draw.choice(accounts)["account_id"],
        "churn_date": _day(draw, FIRST, LAST),
        "reason_code": draw.choice(["pricing", "support", "features", "unknown"]),
        "is_reactivation": draw.random() < 0.1,
    }


def _day(draw: Random, first: date, last: date) -> date:
    return first + timedelta(days=draw.randrange((last - first).days + 1))


def _write(directory: Path, table: str, rows: Iterable[Row]) -> None:
    listed = list(rows)
    with (directory / f"ravenstack_{table}.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, listed[0])
        writer.writeheader()
        writer.writerows(listed)
