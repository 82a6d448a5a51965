"""The given accounts: Acme Corp, Tech Solutions Ltd and the ten-customer demo set, written row by row.

Their numbers hold on `spec.showcase_on`: usage, tickets and last logins of the two, and the demo set's 57 orders.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from copilot.sandbox import days, files, words
from copilot.sandbox.spec import CompanySpec
from copilot.sources.canonical import BY_NAME

Row = dict[str, Any]
_HOUR = 3600


@dataclass(frozen=True)
class Given:
    """One of the two accounts of the first brief: what must be true of it on the showcase day."""

    account_id: str
    name: str
    mrr: float
    active_users: int  # of the seats, within the trailing 60 days
    tickets: int  # opened within the trailing 30 days
    last_login_days: int


SEATS = 10
GIVEN = (
    Given("acme_corp", "Acme Corp", 5000.0, 1, 8, 45),
    Given("tech_solutions", "Tech Solutions Ltd", 3000.0, 4, 2, 16),
)


@dataclass(frozen=True)
class Demo:
    """One customer of the demo set: its orders are monthly or quarterly invoices of one amount."""

    account_id: str
    name: str
    tier: str
    lifecycle: str  # vip, active, at_risk or left
    orders: int
    order_amount: float
    earlier_tier: str = ""


# Revenue: 8,500 + 3 x 3,133 + 2 x 1,575 + 4,800 + 1,200 + 600 + 351 = 28,000 in 57 orders; 13 segment names in all.
DEMO = (
    Demo("demo_01", "Sarah Whitfield Interiors", "VIP_HIGH_VALUE", "vip", 5, 1700.0, "LOYAL_CUSTOMER"),
    Demo("demo_02", "Corrigan Print Works", "GROWTH_POTENTIAL", "active", 5, 626.6, "NEW_CUSTOMER"),
    Demo("demo_03", "Lindgren Optics", "STEADY_MID", "active", 5, 626.6),
    Demo("demo_04", "Okonkwo Catering", "SEASONAL_BUYER", "active", 5, 626.6),
    Demo("demo_05", "Halloran Freight", "AT_RISK_VALUE", "at_risk", 5, 315.0, "PROMISING"),
    Demo("demo_06", "Petit Atelier", "AT_RISK_LOW_USE", "at_risk", 5, 315.0),
    Demo("demo_07", "Brightside Accounting", "BUSINESS_PROF", "active", 5, 960.0),
    Demo("demo_08", "Mike Torres Workshop", "REGULAR", "active", 12, 100.0),
    Demo("demo_09", "Fennel & Rye", "BUDGET_FOCUSED", "active", 5, 120.0),
    Demo("demo_10", "Old Mill Antiques", "DORMANT", "left", 5, 70.2),
)


@dataclass
class FixtureRows:
    """Rows by canonical table, days and instants as integers."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in BY_NAME})

    def add(self, table: str, at: int, **values: Any) -> None:
        """One row, recorded at an instant (integer seconds)."""
        self.rows[table].append({**values, "recorded_at": at})

    def table(self, name: str) -> pa.Table:
        """The rows of one table in its canonical shape; empty for tables without any."""
        kinds = {"date": np.int64, "timestamptz": np.int64, "numeric": np.float64, "bigint": np.int64, "boolean": bool}
        rows, columns = self.rows[name], {}
        for column in BY_NAME[name].all_columns:
            values = [row.get(column.name) for row in rows]
            if column.name != "recorded_at" and all(value is None for value in values):
                continue
            absent = {"date": -1, "timestamptz": -1, "numeric": np.nan, "bigint": 0, "boolean": False}.get(column.type)
            filled = [absent if value is None else value for value in values]
            columns[column.name] = np.array(filled, dtype=kinds.get(column.type, object))
        return files.canonical(BY_NAME[name], columns)


def fixture_rows(spec: CompanySpec, last: int) -> FixtureRows:
    """All rows of the given accounts that were recorded up to day `last`; none when the spec leaves them out."""
    found = FixtureRows()
    if not spec.fixtures:
        return found
    start, shown = days.number(spec.start), days.number(spec.showcase_on)
    for number, given in enumerate(GIVEN):
        _write_given(found, given, f"csm_{number % spec.csms + 1:02d}", start, shown)
    for number, demo in enumerate(DEMO):
        _write_demo(found, demo, f"csm_{number % min(spec.csms, 4) + 1:02d}", start, shown)
    for rows in found.rows.values():
        rows[:] = [row for row in rows if row["recorded_at"] < (last + 1) * days.DAY_SECONDS]
    return found


def _at(day: int, hour: float = 10) -> int:
    return int(day * days.DAY_SECONDS + hour * _HOUR)


def _account(found: FixtureRows, start: int, entered: int, **values: Any) -> None:
    name, account_id = values["name"], values["account_id"]
    slug = account_id.replace("_", "-")
    created = int(days.at_most_28(np.array([start - 200]))[0])
    found.add(
        "accounts", _at(entered, 7), domain=f"{slug}.example", region="AMER", industry="software",
        created_on=created, currency="USD", **values,
    )  # fmt: skip
    if entered == start:
        _contact(found, _at(start, 7.5), account_id, name, start)


def _contact(found: FixtureRows, at: int, account_id: str, name: str, start: int, **seen: int) -> None:
    """The owner of the account, who is also its champion."""
    person = words.person(len(name), len(name) * 3)
    email = words.email(person, f"{account_id.replace('_', '-')}.example")
    found.add(
        "contacts", at, contact_id=f"con_{account_id}", account_id=account_id, full_name=person, is_champion=True,
        email=email, role="Owner", created_on=start - 200, **seen,
    )  # fmt: skip


def _subscription(found: FixtureRows, at: int, account_id: str, **values: Any) -> None:
    found.add(
        "subscriptions", at, subscription_id=f"sub_{account_id}", account_id=account_id, currency="USD",
        discount_ratio=0.0, is_trial=False, **values,
    )  # fmt: skip


def _invoice(found: FixtureRows, account_id: str, number: int, issued: int, amount: float, start: int) -> None:
    """Open, then paid three days later by one payment; older ones arrive with the first export, already paid."""
    base = {
        "invoice_id": f"inv_{account_id}_{number:02d}", "account_id": account_id, "amount": amount, "currency": "USD",
        "subscription_id": f"sub_{account_id}", "issued_on": issued, "due_on": issued + 14,
    }  # fmt: skip
    paid = issued + 3
    if issued >= start:
        found.add("invoices", _at(issued, 9), **base, status="open")
    found.add("invoices", _at(max(paid, start), 11), **base, status="paid", paid_on=paid)
    found.add(
        "payments", _at(max(paid, start), 11), payment_id=f"pay_{account_id}_{number:02d}", account_id=account_id,
        invoice_id=base["invoice_id"], attempted_at=_at(paid, 10.9), status="succeeded", amount=amount, currency="USD",
    )  # fmt: skip


def _login(found: FixtureRows, account_id: str, user: int, day: int) -> None:
    for nth, (name, feature) in enumerate((("login", None), ("report_viewed", "reports"))):
        instant = _at(day, 14 + nth / 10)
        found.add(
            "usage_events", instant + 60, event_id=f"ev_{account_id}_{user}_{day}_{nth}", account_id=account_id,
            user_id=f"usr_{account_id}_{user}", event_name=name, feature=feature, occurred_at=instant,
        )  # fmt: skip


def _write_given(found: FixtureRows, given: Given, csm_id: str, start: int, shown: int) -> None:
    _account(
        found, start, start, account_id=given.account_id, name=given.name, segment="mid_market", tier="gold",
        csm_id=csm_id,
    )  # fmt: skip
    since = int(days.at_most_28(np.array([start - 200]))[0])
    term_end = int(days.add_months(np.array([since]), 36)[0])
    _subscription(
        found, _at(start, 8), given.account_id, plan="business", status="active", started_on=since, seats=SEATS,
        term_ends_on=term_end, billing_period="monthly", mrr=given.mrr, auto_renew=True,
    )  # fmt: skip
    issues = [int(days.add_months(np.array([since]), month)[0]) for month in range(60)]
    for month, issued in enumerate(issues):
        if issued >= start:
            _invoice(found, given.account_id, month, issued, given.mrr, start)
    _write_given_usage(found, given, start, shown)
    for nth in range(given.tickets):
        _ticket(found, given.account_id, nth, shown - 27 + 3 * nth, priority=("high", "normal")[nth % 2])


def _write_given_usage(found: FixtureRows, given: Given, start: int, shown: int) -> None:
    """All ten seats in use until 61 days before the showcase day, then only as many as were given."""
    for day in range(start, shown - 60):
        for user in range(SEATS):
            if days.weekday(np.array(day)) < 5 and (day + 3 * user) % 5 == 0:
                _login(found, given.account_id, user, day)
    last = shown - given.last_login_days
    for user in range(given.active_users):
        _login(found, given.account_id, user, last - 2 * user)
    _contact(found, _at(last + 1, 5), given.account_id, given.name, start, last_seen_at=_at(last, 14))


def _ticket(found: FixtureRows, account_id: str, nth: int, opened: int, priority: str) -> None:
    base = {"ticket_id": f"tic_{account_id}_{nth}", "account_id": account_id, "priority": priority}
    first, reply = _at(opened, 9), _at(opened, 15)
    found.add("tickets", first, **base, status="new", opened_at=first, is_escalated=False)
    found.add("tickets", reply, **base, status="open", opened_at=first, first_reply_at=reply, is_escalated=False)


def _write_demo(found: FixtureRows, demo: Demo, csm_id: str, start: int, shown: int) -> None:
    base = {"account_id": demo.account_id, "name": demo.name, "segment": "smb", "csm_id": csm_id}
    _account(found, start, start, **base, tier=demo.earlier_tier or demo.tier)
    if demo.earlier_tier:
        _account(found, start, shown - 50, **base, tier=demo.tier)
    months = 1 if demo.orders == 12 else 3
    newest = int(days.at_most_28(np.array([shown - 20]))[0])
    ends = int(days.add_months(np.array([newest]), 0)[0]) - 40 if demo.lifecycle == "left" else -1
    newest = newest - 120 if demo.lifecycle == "left" else newest
    newest = int(days.at_most_28(np.array([newest]))[0])
    issues = [int(days.add_months(np.array([newest]), -months * back)[0]) for back in reversed(range(demo.orders))]
    for nth, issued in enumerate(issues):
        _invoice(found, demo.account_id, nth, issued, demo.order_amount, start)
    terms: Row = {"billing_period": "monthly" if months == 1 else "quarterly", "seats": 3, "plan": "starter"}
    terms |= {"mrr": round(demo.order_amount / months, 2), "started_on": issues[0], "auto_renew": True}
    _subscription(found, _at(max(start, issues[0]), 8), demo.account_id, status="active", **terms)
    if ends > 0:
        over = {**terms, "auto_renew": False, "notice_on": ends - 30, "ended_on": ends}
        _subscription(found, _at(ends - 30, 9), demo.account_id, status="active", **over)
        _subscription(found, _at(ends, 9), demo.account_id, status="cancelled", **over)
    _write_demo_usage(found, demo, max(start, issues[0]), shown)


def _write_demo_usage(found: FixtureRows, demo: Demo, since: int, shown: int) -> None:
    """Three users twice a week; at risk means quiet for 24 days, and who left is quiet since."""
    quiet = {"at_risk": 24, "left": 75}.get(demo.lifecycle, 0)
    for day in range(since, shown - quiet + 1):
        for user in range(3):
            if (day + user) % 7 in {1, 4}:
                _login(found, demo.account_id, user, day)
