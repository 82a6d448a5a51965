"""Why and what to do, in words: at most a few facts about an account, one action, one word of confidence. Pure.

The facts are the published reasons (model first, then rules); where they are too few, the published numbers speak.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config.digest import Confidence
from copilot.digest.book import SEVERITY_RANK, Account, Alert
from copilot.digest.wording import clean, plural

# The item states these figures already: they are facts only for want of anything better to say.
RESULT = "result"
# Two facts about the same thing are one fact: the first of these words that occurs names the thing.
_TOPICS = {
    "champion": "champion", "sign-in": "login", "signed in": "login", "login": "login", "active user": "users",
    "urgent ticket": "urgent tickets", "ticket": "tickets", "payment": "payment", "overdue": "payment",
    "past due": "payment", "invoice": "payment", "seats": "seats", "renew": "renewal",
    "churn": RESULT, "health": RESULT, "when last scored": RESULT,
}  # fmt: skip
# Evidence that is there because the rule looked at it, though none of it is good news: no reason to worry.
_NONE_IS_GOOD = frozenset(
    {"tickets_30d", "tickets_open", "tickets_urgent_open", "failed_payments_30d", "days_past_due", "overdue_usd"}
)
# From which value on a published number is worth a sentence.
QUIET_LOGIN_DAYS = 14
QUIET_CHAMPION_DAYS = 21
USERS_FALL_RATIO = 0.8


def facts(account: Account, limit: int) -> tuple[str, ...]:
    """At most `limit` one-line facts: the published reasons first, then published numbers, then the alerts' words."""
    chosen: dict[str, str] = {}
    for sentence in _all_facts(account):
        line = clean(sentence).rstrip(".")
        if line:
            chosen.setdefault(_topic(line), line)
    if len(chosen) > 1:
        chosen.pop(RESULT, None)
    return tuple(chosen.values())[:limit]


def _all_facts(account: Account) -> Iterator[str]:
    yield from sentences(account.reasons)
    yield from _measured(account)
    for alert in by_severity(account.alerts):
        yield alert_words(alert, account)


def alert_words(alert: Alert, account: Account) -> str:
    """The alert's message without the account's name, which stands above it already."""
    words = alert.message.removeprefix(f"{account.name}: ")
    return clean(words[:1].upper() + words[1:]).rstrip(".")


def _topic(line: str) -> str:
    low = line.lower()
    return next((topic for word, topic in _TOPICS.items() if word in low), low)


def sentences(value: Any) -> Iterator[str]:
    """The sentences of a JSON value: a text, an object with `text`, or a list of these. Anything else says nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        if value.get("value") != 0 or value.get("column") not in _NONE_IS_GOOD:
            yield from sentences(value.get("text"))
    elif isinstance(value, list):
        for entry in value:
            yield from sentences(entry)


def by_severity(alerts: Iterable[Alert]) -> list[Alert]:
    """The worst first; ties by due day, then id."""
    return sorted(alerts, key=lambda alert: (-SEVERITY_RANK[alert.severity], alert.due_on, alert.alert_id))


def _measured(account: Account) -> Iterator[str]:
    now, before = account.active_users_28d, account.active_users_prior_28d
    if now is not None and before and now < before * USERS_FALL_RATIO:
        yield f"Active users fell from {before} to {now} in 28 days"
    if account.tickets_urgent_open:
        yield f"{plural(account.tickets_urgent_open, 'urgent ticket')} open"
    if account.days_past_due:
        yield f"Invoice {plural(account.days_past_due, 'day')} past due"
    if account.failed_payments_30d:
        yield f"{plural(account.failed_payments_30d, 'failed payment')} in 30 days"
    if _at_least(account.last_login_days_ago, QUIET_LOGIN_DAYS):
        yield f"Last login {account.last_login_days_ago} days ago"
    if _at_least(account.champion_last_seen_days_ago, QUIET_CHAMPION_DAYS):
        yield f"Champion last seen {account.champion_last_seen_days_ago} days ago"


def _at_least(value: int | None, floor: int) -> bool:
    return value is not None and value >= floor


def action(account: Account) -> str:
    """The published next step, where something asks for one: an alert, or a notice that was given. May be empty."""
    if not account.alerts and account.lifecycle != "churn_pending":
        return ""
    return clean(account.next_step).rstrip(".")


def confidence(account: Account, words: Confidence) -> str:
    """How sure the probability is, as a word; says so when no model spoke, or without an interval."""
    low, high = account.churn_probability_low, account.churn_probability_high
    if account.lifecycle == "churn_pending":
        return "no forecast"
    if account.churn_probability is None:
        return "from rules only"
    if low is None or high is None:
        return "no interval"
    width = round(high - low, 9)
    if width <= words.confident:
        return "confident"
    return "fairly sure" if width <= words.fairly_sure else "uncertain"
