"""Usage drawn by chance: late events, repeated deliveries, several users, a name that changes hands."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.dbt.companies import Company, at

Row = dict[str, Any]
ACCOUNTS = ("acme", "globex", "initech", "hooli", "umbrella")
# Its source counts for itself and gives no events.
COUNTED = "stark"
FEATURES = (None, "forms", "reports", "search", "exports")
# By how many days events come late; most come at once.
LAGS = (0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 20, 34, 35, 36, 60)


def land_accounts(company: Company, start: date, moved: date) -> None:
    """Six accounts, five with a subscription; on `moved` that of acme goes over to globex."""
    common = {"segment": "smb", "created_on": start, "recorded_at": at(start, 1)}
    company.land("accounts", [{"account_id": account, "name": account, **common} for account in (*ACCOUNTS, COUNTED)])
    rows = [
        {"subscription_id": f"sub_{account}", "account_id": account, "started_on": start, "mrr": 10, "seats": 4,
         "recorded_at": at(start, 2)}
        for account in ACCOUNTS
    ]  # fmt: skip
    company.land("subscriptions", [*rows, rows[0] | {"account_id": "globex", "recorded_at": at(moved)}])


def drawn_events(seed: int, start: date, end: date, per_week: int = 30) -> Iterator[Row]:
    """Events of the days [start, end), in no order that a reader could lean on."""
    chance = random.Random(seed)  # noqa: S311
    for number in range((end - start).days * per_week // 7):
        used_on = start + timedelta(days=chance.randrange((end - start).days))
        # Some accounts pause for months, so that windows run empty.
        account = ACCOUNTS[chance.randrange(len(ACCOUNTS) if (used_on.toordinal() // 90) % 2 else 3)]
        owner = {"account_id": account} if chance.random() < 0.5 else {"subscription_id": f"sub_{account}"}
        recorded = at(used_on + timedelta(days=chance.choice(LAGS)), chance.randrange(13, 24))
        row = {"event_id": f"e{number}", "user_id": chance.choice((None, "u1", "u2", "u3", f"u{number % 50}")),
               "event_name": chance.choice(("login", "used")), "feature": chance.choice(FEATURES),
               "occurred_at": at(used_on), "quantity": chance.choice((None, 0, 1, 5)),
               "recorded_at": recorded}  # fmt: skip
        yield {**row, **owner}
        if chance.random() < 0.03:
            yield {**row, **owner, "quantity": 100, "recorded_at": recorded + timedelta(days=chance.randrange(1, 9))}
