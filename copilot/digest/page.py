"""The digest as laid out, before it is text or html: plain strings in reading order; both renderings show this."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Shown:
    """The account behind a line, and the figures that the mail states about it: kept with the send log."""

    account_id: str
    alert_id: str | None
    reason: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One account to act on today."""

    number: int
    name: str
    tag: str
    money_line: str
    band: str
    confidence: str
    risk: str
    health: str
    facts: tuple[str, ...]
    action: str
    account_url: str | None
    answer_url: str | None
    answers: tuple[tuple[str, str], ...]
    shown: Shown


@dataclass(frozen=True)
class Line:
    """One account in one line. `mark` is a word (down, left, ...) that colour only repeats, or empty."""

    number: int
    mark: str
    name: str
    text: str
    account_url: str | None
    answer_url: str | None
    shown: Shown


@dataclass(frozen=True)
class Section:
    """A titled list of lines; `summary` stands before them, `more` counts those that did not fit."""

    key: str
    title: str
    lines: tuple[Line, ...]
    more: int = 0
    summary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Headline:
    """The figures of the whole book."""

    n_accounts: int
    arr: Decimal
    arr_at_risk: Decimal
    at_risk_change: Decimal | None
    since: str
    counts: str


@dataclass(frozen=True)
class Page:
    """One digest in reading order."""

    subject: str
    title: str
    data_line: str
    banner: str
    headline: Headline
    act: tuple[Item, ...]
    n_to_act: int
    sections: tuple[Section, ...]
    unchanged: str
    ranking_line: str
    footer: tuple[str, ...]
    book_url: str | None
    unsubscribe_url: str | None

    @property
    def more_to_act(self) -> str:
        """What stands below the items to act on: how many did not fit, or that there are none; may be empty."""
        left = self.n_to_act - len(self.act)
        if left:
            return f"{left} more to act on: see the board"
        return "" if self.act else "Nothing to act on today."

    def shown(self) -> Iterator[tuple[str, int, Shown]]:
        """(section, number, what is shown) of every numbered item, in order."""
        yield from (("act_today", item.number, item.shown) for item in self.act)
        yield from ((section.key, line.number, line.shown) for section in self.sections for line in section.lines)
