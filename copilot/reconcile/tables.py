"""By which day the records of each canonical table are counted, and which of its columns is money."""

from datetime import date, timedelta

# The day itself; the day before it, which every late delivery of a night has reached; a week and five weeks back, where
# what was lost or deleted meanwhile shows, the last one at the end of the window in which facts are still mended.
DAYS_BACK = (0, 1, 7, 35)
DATED_BY = {
    "accounts": "created_on",
    "contacts": "created_on",
    "users": "created_on",
    "opportunities": "created_at",
    "interactions": "occurred_at",
    "sentiments": "rated_at",
    "milestones": "achieved_at",
    "customers": "created_on",
    "subscriptions": "started_on",
    "invoices": "issued_on",
    "payments": "attempted_at",
    "churn_events": "churned_on",
    "usage_events": "occurred_at",
    "usage_daily": "used_on",
    "tickets": "opened_at",
    "surveys": "answered_at",
}
# Amounts that nobody edits once they are issued. What an opportunity or a contract is worth changes all day.
MONEY = {"invoices": "amount", "payments": "amount"}


def days_of(as_of: date) -> list[date]:
    """The days of whose records a run asks."""
    return [as_of - timedelta(days=back) for back in DAYS_BACK]
