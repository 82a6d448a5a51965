"""One account's words in the digest: the full item under "Act today", the one-liners everywhere else. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from config.digest import DigestConfig
from copilot.digest import facts, wording
from copilot.digest.book import AT_RISK, RISK_RANK, Account, Alert, Book, Told
from copilot.digest.choose import Judged, describe
from copilot.digest.links import Linker
from copilot.digest.page import Item, Line, Shown

# Sections in reading order, each with the limit that holds for it.
ORDER = (
    ("changed", "changed"),
    ("renewals", "renewals"),
    ("onboarding", "onboarding"),
    ("wins", "wins"),
    ("overdue", "overdue"),
    ("corrected", "corrected"),
)
TITLES = {
    "changed": "Changed",
    "renewals": "Renewals",
    "onboarding": "Onboarding stalled",
    "wins": "Wins",
    "overdue": "Overdue, not acknowledged",
    "corrected": "Corrected",
}
RENEWAL_WINDOWS = ((0, 30), (31, 60), (61, 90))
# An account that is being set up and that nobody touched for a week does not become a habit.
STALLED_DAYS = 7
MARKS = {"new": "new risk", "worse": "down", "notice": "notice", "left": "left", "better": "up"}


@dataclass(frozen=True)
class Maker:
    """Words for the accounts of one digest."""

    book: Book
    config: DigestConfig
    linker: Linker

    def item(self, number: int, one: Judged) -> Item:
        """One account to act on today."""
        account = one.account
        alert_id = self._alert_id(one)
        action = facts.action(account)
        return Item(
            number=number,
            name=wording.account_name(account.name, account.account_id),
            tag=self._tag(one),
            money_line=f"{wording.money(account.arr_usd)} ARR{self._renewal(account)}",
            band="NOT RATED" if account.risk_band == "unknown" else f"{account.risk_band.upper()} RISK",
            confidence=facts.confidence(account, self.config.confidence),
            risk=self._risk(one),
            health=self._health(one),
            facts=facts.facts(account, self.config.limits.reasons),
            action=f"{action} (effect not yet measured)" if action else "",
            account_url=self.linker.account(account.account_id),
            answer_url=self.linker.answer("any", account.account_id, alert_id or "", number),
            answers=self.linker.answers(account.account_id, alert_id or "", number),
            shown=self._shown(one, alert_id),
        )

    def line(self, key: str, number: int, one: Judged) -> Line:
        """One account in one line of a section."""
        account = one.account
        alert_id = self._alert_id(one)
        mark, text = getattr(self, f"_{key}_line")(one)
        # Without an alert an answer would be about nothing that anybody tracks.
        answer = self.linker.answer("any", account.account_id, alert_id, number) if alert_id else None
        return Line(
            number=number,
            mark=mark,
            name=wording.account_name(account.name, account.account_id),
            text=text,
            # Boards show customers only: of one that left they would show nothing.
            account_url=None if account.lifecycle == "churned" else self.linker.account(account.account_id),
            answer_url=answer,
            shown=self._shown(one, alert_id),
        )

    def belongs(self, key: str, one: Judged) -> bool:
        """Whether an account that is not under "Act today" has something to say in that section."""
        if key == "changed":
            return one.change in MARKS
        if key == "renewals":
            return one.crossed_step is not None
        if key == "onboarding":
            return self._has_stalled(one.account)
        if key == "wins":
            return one.change == "renewed"
        return bool(one.late_alerts) if key == "overdue" else one.was_restated is not None

    def renewal_summary(self) -> tuple[str, ...]:
        """`31-60 days: 3 accounts, $140k (1 at risk)` per window in which something renews, over the whole book."""
        summary = []
        for first, last in RENEWAL_WINDOWS:
            due = [account for account in self.book.accounts if _renews_within(account, first, last)]
            if due:
                red = sum(1 for account in due if account.is_at_risk)
                at_risk = f" ({red} at risk)" if red else ""
                total = wording.money(sum((account.arr_usd for account in due), Decimal(0)))
                summary.append(f"{first}-{last} days: {wording.plural(len(due), 'account')}, {total}{at_risk}")
        return tuple(summary)

    def _changed_line(self, one: Judged) -> tuple[str, str]:
        account, told = one.account, one.told
        if one.change == "left":
            lost = told.arr_usd if told else account.arr_usd
            return "left", f"no longer a customer, was {wording.money(lost)} ARR"
        if one.change == "notice":
            return "notice", f"{wording.money(account.arr_usd)} ARR, gave notice{self._renewal(account)}"
        was_at_risk = told is not None and RISK_RANK[told.risk_band] >= AT_RISK
        recovered = one.change == "better" and was_at_risk and not account.is_at_risk
        mark = "recovered" if recovered else MARKS[one.change]
        why = next(iter(facts.facts(account, 1)), "") if one.change in ("new", "worse") else ""
        parts = (f"{wording.money(account.arr_usd)} ARR", *self._moves(one))
        return mark, ", ".join(parts) + (f" ({why})" if why else "")

    def _renewals_line(self, one: Judged) -> tuple[str, str]:
        account = one.account
        risk = "" if account.churn_probability is None else f", churn {wording.percent(account.churn_probability)}"
        parts = f"{wording.money(account.arr_usd)} ARR{self._renewal(account)}"
        return "", f"{parts}, health {wording.health(account.health_score)}{risk}"

    def _onboarding_line(self, one: Judged) -> tuple[str, str]:
        account = one.account
        age = f", day {account.tenure_days}" if account.tenure_days is not None else ""
        return "", f"nobody signed in for {account.last_login_days_ago} days{age}"

    def _wins_line(self, one: Judged) -> tuple[str, str]:
        account, end = one.account, one.account.contract_end_on
        until = "" if end is None else f" until {wording.short_day(end, self.book.published.as_of)}"
        return "renewed", f"{wording.money(account.arr_usd)} ARR{until}"

    def _overdue_line(self, one: Judged) -> tuple[str, str]:
        alert = facts.by_severity(one.late_alerts)[0]
        late = (self.book.published.as_of - alert.due_on).days
        return alert.severity, f"{facts.alert_words(alert, one.account)}; due {wording.plural(late, 'day')} ago"

    def _corrected_line(self, one: Judged) -> tuple[str, str]:
        said, now = one.told, one.was_restated
        if said is None or now is None:
            raise AssertionError("only what was told and restated is corrected")
        changes = "; ".join(f"{what} was {old}, is {new}" for what, old, new in _differences(said, now))
        return "", f"on {wording.short_day(said.as_of, self.book.published.as_of)}: {changes}"

    def _has_stalled(self, account: Account) -> bool:
        """Whether the quiet week was completed after the last digest: said once, not every morning."""
        quiet, last = account.last_login_days_ago, self.book.last_sent
        if account.lifecycle != "onboarding" or quiet is None or quiet < STALLED_DAYS:
            return False
        return last is None or quiet - STALLED_DAYS < (self.book.published.as_of - last.as_of).days

    def _alert_id(self, one: Judged) -> str | None:
        alerts: list[Alert] = facts.by_severity(one.late_alerts or one.account.alerts)
        return alerts[0].alert_id if alerts else None

    def _tag(self, one: Judged) -> str:
        """Why it is here today; what a person answers for comes first."""
        if one.change == "notice":
            return "NOTICE GIVEN"
        if one.change in ("new", "worse"):
            return one.change.upper()
        return f"RENEWAL IN {one.account.days_to_renewal} D" if one.crossed_step is not None else "OVERDUE"

    def _renewal(self, account: Account) -> str:
        if account.contract_end_on is None or account.days_to_renewal is None:
            return ""
        on = wording.short_day(account.contract_end_on, self.book.published.as_of)
        if account.days_to_renewal < 0:
            return f", contract ended {on}"
        verb = "ends" if account.lifecycle == "churn_pending" else "renews"
        return f", {verb} in {wording.plural(account.days_to_renewal, 'day')} ({on})"

    def _risk(self, one: Judged) -> str:
        account = one.account
        if account.churn_probability is None:
            return ""
        before = one.told.probability if one.told else account.churn_probability_before
        ends = wording.interval(account.churn_probability_low, account.churn_probability_high)
        now = wording.percent(account.churn_probability)
        return f"{now}{ends}{_was(now, None if before is None else wording.percent(before))}"

    def _health(self, one: Judged) -> str:
        before = self._health_before(one)
        now = wording.health(one.account.health_score)
        return f"{now}{_was(now, None if before is None else wording.health(before))}"

    def _health_before(self, one: Judged) -> Decimal | None:
        if one.told:
            return one.told.health
        now, delta = one.account.health_score, one.account.health_delta_1d
        return None if now is None or delta is None else now - delta

    def _moves(self, one: Judged) -> list[str]:
        """`risk low to medium`, `health 71 to 64`, `churn 4% to 14%`; a figure that stayed is said once."""
        account, told = one.account, one.told
        moves = []
        if told is not None and told.risk_band != account.risk_band:
            moves.append(f"risk {told.risk_band} to {account.risk_band}")
        if account.health_score is not None:
            before = None if told is None or told.health is None else wording.health(told.health)
            moves.append(f"health {_from_to(before, wording.health(account.health_score))}")
        if account.churn_probability is not None:
            before = None if told is None or told.probability is None else wording.percent(told.probability)
            moves.append(f"churn {_from_to(before, wording.percent(account.churn_probability))}")
        return moves

    def _shown(self, one: Judged, alert_id: str | None) -> Shown:
        account = one.account
        told = describe(account, self.book, self.config.renewal_steps).to_json()
        figures: dict[str, Any] = {**told, "change": one.change, "run_id": self.book.published.run_id}
        reasons = {alert.alert_id: alert.reason_key for alert in account.alerts}
        return Shown(account.account_id, alert_id, reasons.get(alert_id or "", one.change), figures)


def _from_to(before: str | None, now: str) -> str:
    return now if before is None or before == now else f"{before} to {now}"


def _was(now: str, before: str | None) -> str:
    if before is None:
        return ""
    return ", unchanged" if before == now else f", was {before}"


def _renews_within(account: Account, first: int, last: int) -> bool:
    days = account.days_to_renewal
    return account.lifecycle != "churned" and days is not None and first <= days <= last


def _differences(said: Told, now: Told) -> list[tuple[str, str, str]]:
    """(what, as told, as it is now) for every figure whose shown form differs."""
    pairs = [
        ("ARR", wording.exact_money(said.arr_usd), wording.exact_money(now.arr_usd)),
        ("health", wording.health(said.health), wording.health(now.health)),
        ("churn", _chance(said.probability), _chance(now.probability)),
        ("risk", said.risk_band, now.risk_band),
    ]
    return [(what, old, new) for what, old, new in pairs if old != new]


def _chance(probability: float | None) -> str:
    return "unknown" if probability is None else wording.percent(probability)
