"""Records as they are counted: each with its day and its money, and what they come to by day and currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Dated:
    """One record: what it is called in the canonical table, its day, and its money, if it is any and can be read."""

    key: str
    day: date
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Figure:
    """How many records of a day there are, and their money by currency."""

    rows: int
    money: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass
class Sums:
    """Records counted and added up by day and currency, each once: a list may shift while it is read."""

    days: Sequence[date]
    _seen: set[tuple[date, str]] = field(default_factory=set)
    _money: dict[date, dict[str, Decimal]] = field(default_factory=dict)

    def add(self, one: Dated) -> None:
        """Count a record, unless it is of another day or was counted before. One without a key is always another."""
        if one.day not in self.days or (one.day, one.key) in self._seen:
            return
        self._seen.add((one.day, one.key or f"\0{len(self._seen)}"))
        if one.amount is not None:
            money = self._money.setdefault(one.day, {})
            money[one.currency] = money.get(one.currency, Decimal(0)) + one.amount

    def figures(self) -> dict[date, Figure]:
        """What was found of each day."""
        counts = dict.fromkeys(self.days, 0)
        for day, _ in self._seen:
            counts[day] += 1
        return {day: Figure(n, self._money.get(day, {})) for day, n in counts.items()}
