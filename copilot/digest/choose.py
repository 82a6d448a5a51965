"""What is news for one CSM: each account against what was last told about it, and whether to write.

Pure. `told` moves on only when an account was news, so that a slow slide adds up until it is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from config.digest import DigestConfig, Noise
from copilot.digest.book import AT_RISK, RISK_RANK, SEVERITY_RANK, Account, Alert, Book, Told

Change = Literal["new", "worse", "notice", "left", "better", "renewed", "same"]
NEEDS_ACTION: frozenset[Change] = frozenset({"new", "worse", "notice"})
NEWS: frozenset[Change] = frozenset({"new", "worse", "notice", "left", "renewed"})
# A contract that runs from month to month moves its end every month: that is neither a win nor news.
RENEWED_DAYS = 180
WORTH_TELLING = SEVERITY_RANK["medium"]
WORTH_ACTING = SEVERITY_RANK["high"]


@dataclass(frozen=True)
class Judged:
    """One account and why it is, or is not, in today's digest."""

    account: Account
    told: Told | None
    change: Change
    crossed_step: int | None
    late_alerts: tuple[Alert, ...]
    is_newly_late: bool
    was_restated: Told | None

    @property
    def is_news(self) -> bool:
        """Whether this alone is a reason to write."""
        return self.change in NEWS or self.crossed_step is not None or bool(self.late_alerts) or bool(self.was_restated)

    @property
    def needs_action(self) -> bool:
        """Whether it belongs under "Act today": something is new or late, and it is serious."""
        severe = any(SEVERITY_RANK[alert.severity] >= WORTH_ACTING for alert in awake(self.account))
        serious = self.account.is_at_risk or self.change == "notice" or severe
        pressing = self.change in NEEDS_ACTION or self.crossed_step is not None or self.is_newly_late
        return serious and pressing and self.account.lifecycle != "churned"


def awake(account: Account) -> tuple[Alert, ...]:
    """The account's alerts that nobody put to sleep."""
    return tuple(alert for alert in account.alerts if alert.state in ("open", "acknowledged"))


def renewal_step(account: Account, steps: Iterable[int]) -> int | None:
    """The nearest announced step (days) that the renewal has reached; None when it is further away, past or unknown."""
    days = account.days_to_renewal
    if days is None or days < 0:
        return None
    return min((step for step in steps if days <= step), default=None)


def judge(book: Book, config: DigestConfig) -> tuple[Judged, ...]:
    """Every account of the book, most pressing first, in the boards' order of priority; ties by larger ARR, then id.

    The published priority is expected loss x time pressure x actionability (config/risk.yml).
    """
    ranked = sorted(book.accounts, key=lambda one: (-one.priority_usd, -one.arr_usd, one.account_id))
    return tuple(_judge(account, book, config) for account in ranked)


def decide(judged: Sequence[Judged], book: Book) -> tuple[Literal["mail", "silent"], str]:
    """The silence rule: (mail or silent, why)."""
    if book.last_sent is None:
        return "mail", "first digest"
    news = sum(1 for one in judged if one.is_news)
    if news:
        return "mail", f"{news} with news"
    return "silent", f"nothing new since the digest of {book.last_sent.local_date.isoformat()}"


def _judge(account: Account, book: Book, config: DigestConfig) -> Judged:
    told = None if book.last_sent is None else book.last_sent.told.get(account.account_id)
    step = renewal_step(account, config.renewal_steps)
    crossed = step if told is not None and _is_nearer(step, told.renewal_step) else None
    late = tuple(alert for alert in account.alerts if alert.is_unanswered_late)
    return Judged(
        account=account,
        told=told,
        change=_change(account, told, config.noise),
        crossed_step=crossed,
        late_alerts=late,
        is_newly_late=any(book.last_sent is None or alert.due_on >= book.last_sent.as_of for alert in late),
        was_restated=_restated(told, book.restated.get(account.account_id), config.noise),
    )


def _is_nearer(step: int | None, told_step: int | None) -> bool:
    return step is not None and (told_step is None or step < told_step)


def _change(account: Account, told: Told | None, noise: Noise) -> Change:
    if told is None:
        return _first_change(account)
    moved = _lifecycle_change(account, told)
    if moved is not None:
        return moved
    rose = RISK_RANK[account.risk_band] - RISK_RANK[told.risk_band]
    if account.is_at_risk and RISK_RANK[told.risk_band] < AT_RISK:
        return "new"
    if rose > 0 or _has_new_alert(account, told) or (account.is_at_risk and _slid(account, told, noise, 1)):
        return "worse"
    was_at_risk = RISK_RANK[told.risk_band] >= AT_RISK
    if rose < 0 or (was_at_risk and _slid(account, told, noise, -1)):
        return "better"
    return "same"


def _first_change(account: Account) -> Change:
    """Of an account of which nothing was told: whoever gave notice long ago is no new risk, but must be said."""
    if not _concerns(account):
        return "same"
    return "notice" if account.lifecycle == "churn_pending" else "new"


def _lifecycle_change(account: Account, told: Told) -> Change | None:
    if account.lifecycle == "churned":
        return "same" if told.lifecycle == "churned" else "left"
    if account.lifecycle == "churn_pending" and told.lifecycle != "churn_pending":
        return "notice"
    end, was = account.contract_end_on, told.renewal_on
    if end is None or was is None or account.arr_usd == 0 or told.renewal_step is None:
        return None
    return "renewed" if (end - was).days >= RENEWED_DAYS else None


def _concerns(account: Account) -> bool:
    return account.is_at_risk or any(SEVERITY_RANK[alert.severity] >= WORTH_TELLING for alert in awake(account))


def _has_new_alert(account: Account, told: Told) -> bool:
    return any(
        SEVERITY_RANK[alert.severity] >= WORTH_TELLING
        and SEVERITY_RANK[alert.severity] > SEVERITY_RANK.get(told.alerts.get(alert.alert_id, ""), -1)
        for alert in awake(account)
    )


def _slid(account: Account, told: Told, noise: Noise, sign: int) -> bool:
    """Whether probability or health got worse (sign 1) or better (sign -1) by at least the noise."""
    return (
        _difference(account.churn_probability, told.probability) * sign >= noise.probability
        or _difference(told.health, account.health_score) * sign >= noise.health
    )


def _difference(now: float | Decimal | None, before: float | Decimal | None) -> float:
    """`now - before`, 0 when either is unknown; rounded, so that 0.35 - 0.30 reaches a noise of 0.05."""
    return 0.0 if now is None or before is None else round(float(now) - float(before), 9)


def _restated(told: Told | None, says_now: Told | None, noise: Noise) -> Told | None:
    """What the day we told about says now, when that differs by more than noise from what we said."""
    if told is None or says_now is None or told.as_of != says_now.as_of:
        return None
    differs = (
        told.arr_usd.quantize(Decimal(1)) != says_now.arr_usd.quantize(Decimal(1))
        or told.risk_band != says_now.risk_band
        or abs(_difference(says_now.probability, told.probability)) >= noise.probability
        or abs(_difference(says_now.health, told.health)) >= noise.health
    )
    return says_now if differs else None


def tell(judged: Iterable[Judged], book: Book, config: DigestConfig) -> dict[str, Told]:
    """What the CSM knows after this digest: today's state where it was news or first seen, the old one elsewhere."""
    after = {}
    for one in judged:
        seen_before = one.told is not None and one.change == "same" and not one.is_news
        account = one.account
        after[account.account_id] = (
            one.told if seen_before and one.told is not None else describe(account, book, config.renewal_steps)
        )
    return after


def describe(account: Account, book: Book, steps: Iterable[int]) -> Told:
    """One account's state of the published day, in the words of `Told`."""
    return Told(
        as_of=book.published.as_of,
        arr_usd=account.arr_usd,
        risk_band=account.risk_band,
        lifecycle=account.lifecycle,
        probability=account.churn_probability,
        health=account.health_score,
        renewal_on=account.contract_end_on,
        renewal_step=renewal_step(account, steps),
        alerts={alert.alert_id: alert.severity for alert in account.alerts},
    )
