"""Gate 1's suite: what the columns of the raw tables must look like. Values only; `columns.evaluate` runs them."""

from collections.abc import Mapping

from config.gates import Gates
from expectations.columns import ColumnRule, between, in_order, one_of, present, unique
from expectations.session import Slice

# Where two sources give the same table, their rows must not share a key. People and customers may be in several systems
# under one name: raw_checks looks whether it stands for the same.
KEYS = {
    "accounts": "account_id",
    "contacts": "contact_id",
    "sentiments": "sentiment_id",
    "subscriptions": "subscription_id",
    "invoices": "invoice_id",
    "tickets": "ticket_id",
}
CHOICES = {
    ("subscriptions", "status"): ("trialing", "active", "past_due", "paused", "cancelled"),
    ("subscriptions", "billing_period"): ("weekly", "monthly", "quarterly", "annual"),
    ("invoices", "status"): ("draft", "open", "paid", "past_due", "void"),
    ("payments", "status"): ("succeeded", "failed", "refunded"),
    ("churn_events", "kind"): ("voluntary", "involuntary", "contraction"),
    ("tickets", "priority"): ("low", "normal", "high", "urgent"),
    ("tickets", "status"): ("new", "open", "pending", "solved", "closed"),
    ("surveys", "kind"): ("nps", "csat"),
    ("opportunities", "kind"): ("new", "renewal", "expansion"),
}
# No amount of this product is a trillion; an infinite or not-a-number amount is above every bound.
LARGEST_AMOUNT = 1e12
RANGES: dict[tuple[str, str], tuple[float | None, float | None]] = {
    ("users", "send_hour"): (0, 24),
    ("subscriptions", "mrr"): (0, LARGEST_AMOUNT),
    ("subscriptions", "amount"): (0, LARGEST_AMOUNT),
    ("subscriptions", "seats"): (0, 1e7),
    ("subscriptions", "discount_ratio"): (0, 1),
    ("invoices", "amount"): (-LARGEST_AMOUNT, LARGEST_AMOUNT),
    ("payments", "amount"): (-LARGEST_AMOUNT, LARGEST_AMOUNT),
    ("opportunities", "amount"): (0, LARGEST_AMOUNT),
    ("usage_events", "quantity"): (0, 1e9),
    ("usage_daily", "active_users"): (0, 1e7),
    ("usage_daily", "events"): (0, 1e9),
    ("tickets", "csat"): (1, 5),
    ("surveys", "score"): (0, 10),
    ("sentiments", "rating"): (1, 5),
}
CURRENCY_TABLES = ("accounts", "subscriptions", "invoices", "payments", "opportunities")
# Facts cannot be recorded before they happened. Starts and ends of contracts can, and are not listed.
HAPPENED = {
    "usage_events": "occurred_at",
    "usage_daily": "used_on",
    "tickets": "opened_at",
    "interactions": "occurred_at",
    "payments": "attempted_at",
    "surveys": "answered_at",
    "milestones": "achieved_at",
    "sentiments": "rated_at",
}


def raw_rules(gates: Gates, slices: Mapping[str, Slice]) -> list[ColumnRule]:
    """The rules for the tables that have rows, in a fixed order."""
    rules = [present(n.table, n.column, n.limit, n.needed) for n in gates.nulls]
    out_of_range = gates.limits["out_of_range"]
    rules += [between(table, column, bounds, out_of_range) for (table, column), bounds in RANGES.items()]
    rules += [one_of(table, column, values, out_of_range) for (table, column), values in CHOICES.items()]
    rules += [one_of(table, "currency", gates.currencies, gates.limits["currency"]) for table in CURRENCY_TABLES]
    shared = gates.limits["shared_by_sources"]
    rules += [unique(table, (key,), f"with a {key} that two sources give", shared) for table, key in KEYS.items()]
    rules += _order_rules(gates)
    return [rule for rule in rules if slices[rule.table].n_rows]


def _order_rules(gates: Gates) -> list[ColumnRule]:
    too_early = gates.limits["dated_after_recorded"]
    rules = [
        in_order(table, (column, "recorded_at"), f"with {column} after the moment they were recorded", too_early)
        for table, column in HAPPENED.items()
    ]
    what = "that end before they start"
    return [*rules, in_order("subscriptions", ("started_on", "ended_on"), what, gates.limits["reversed_period"])]
