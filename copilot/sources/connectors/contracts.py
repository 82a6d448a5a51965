"""What billing systems' subscriptions and bills have in common: the versions that their dates tell.

A subscription does not say since when it has its price and seats; each bill of it does, for its own day. So the first
reading takes its bills beside it, and from then on the vendor's changes are followed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from copilot.sources.api.connector import Row
from copilot.sources.api.history import Fact, versions
from copilot.sources.connectors import money

FREE: Row = {"mrr": Decimal(0), "discount_ratio": Decimal(0), "is_trial": True}


@dataclass(frozen=True)
class Price:
    """What a billing period of `count` `unit`s (day, week, month, year) costs, before and after recurring discounts."""

    plan: str | None
    seats: int
    gross: Decimal
    net: Decimal
    unit: str
    count: int
    currency: str

    def row(self) -> Row:
        """The columns of a subscription that it fills."""
        net = max(self.net, Decimal(0))
        return {
            "plan": self.plan,
            "seats": self.seats,
            "billing_period": money.period_name(self.unit, self.count),
            "mrr": money.a_month(net, money.months(self.unit, self.count), self.currency),
            "discount_ratio": round(1 - net / self.gross, 4) if self.gross else Decimal(0),
            "is_trial": False,
        }


@dataclass(frozen=True)
class Course:
    """The dates of a contract: when it was made, its trial ended, its end was asked for, and it ended."""

    made_at: datetime
    trial_ended_at: datetime | None
    noticed_at: datetime | None
    ended_at: datetime | None


Bills = Iterable[tuple[datetime, Row]]


def contract_versions(
    lasting: Row, course: Course, ending: Row, bills: Bills, now: Row, known_at: datetime
) -> Iterator[Row]:
    """All versions of one subscription. `ending` holds since notice, `now` is what has no date and is known since then.

    For the first reading: later ones bring what changed, and must not tell a past that is known better by then.

    What a version of the past does not know of the price is left out of it, never taken from today. A bill of the time
    of the trial names the price that will be, and costs nothing.
    """
    paid_from = course.trial_ended_at or course.made_at
    began: Row = {"status": "active"} if course.trial_ended_at is None else {"status": "trialing", **FREE}
    facts: list[Fact] = [
        (course.made_at, began),
        *((at, price) for at, price in bills if at >= paid_from),
        (course.trial_ended_at, {"status": "active", "is_trial": False}),
        (course.noticed_at, ending),
        (course.ended_at, {**ending, "status": "cancelled"}),
    ]
    yield from versions(lasting, facts, known_at, now)


def bill_versions(
    lasting: Row, issued: datetime, paid: datetime | None, void: datetime | None, known_at: datetime
) -> Iterator[Row]:
    """Open, then paid or void, as far as it had come by `known_at`; each since its own date.

    A bill may carry a date of its own choice, later than its payment: it is paid from its first day on.
    """
    paid, void = (step and max(step, issued) for step in (paid, void))
    steps: list[Fact] = [
        (issued, {"status": "open"}),
        (paid, {"status": "paid", "paid_on": paid.date() if paid else None}),
        (void, {"status": "void", "paid_on": None}),
    ]
    newest = max(at for at, _ in steps if at is not None and at <= max(known_at, issued))
    yield from versions(lasting, steps, newest, {})


def credit_versions(lasting: Row, issued: datetime, void: datetime | None, known_at: datetime) -> Iterator[Row]:
    """A credit note is a negative invoice of its own day, settled when it is issued."""
    dated = {**lasting, "issued_on": issued.date(), "due_on": issued.date()}
    yield from bill_versions(dated, issued, issued, void, known_at)
