"""What differs between what should stand in the CRM and what stands there. Pure: only changed rows are sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from copilot.write_back.values import same

Values = Mapping[str, Any]
One = TypeVar("One")


@dataclass(frozen=True)
class Standing:
    """What the CRM holds for one account, in which record; values as the vendor gives them."""

    record_id: str
    values: Values


@dataclass(frozen=True)
class Answer:
    """What the CRM says of the accounts that it was asked for: the one record of each, or why there is none."""

    standing: Mapping[str, Standing] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What one record held when it was read, and what it shall hold, by field; both as the vendor writes them."""

    account_id: str
    record_id: str
    old: Values
    new: Values


@dataclass(frozen=True)
class Diff:
    """`n_compared` accounts have a record, `changes` are what some of them lack, `missing` why others have none."""

    n_compared: int
    changes: tuple[Change, ...]
    missing: Mapping[str, str]

    @property
    def share(self) -> float:
        """Of the accounts that were compared, how many would change (0-1)."""
        return len(self.changes) / self.n_compared if self.n_compared else 0.0


def diff(wanted: Mapping[str, Values], answer: Answer, stamps: frozenset[str]) -> Diff:
    """The changes by account. `wanted` as the vendor writes it; a change of nothing but `stamps` is none."""
    changes = [
        change
        for account, values in sorted(wanted.items())
        if account in answer.standing and (change := _change(account, values, answer.standing[account], stamps))
    ]
    return Diff(len(answer.standing), tuple(changes), dict(sorted(answer.missing.items())))


def _change(account: str, values: Values, standing: Standing, stamps: frozenset[str]) -> Change | None:
    new = {name: value for name, value in values.items() if not same(value, standing.values[name])}
    if not set(new) - stamps:
        return None
    return Change(account, standing.record_id, {name: standing.values[name] for name in new}, new)


def untouched(changes: Sequence[Change], answer: Answer) -> tuple[list[Change], list[Change]]:
    """The changes whose record still holds what it held, and those that somebody overtook meanwhile."""
    still: list[Change] = []
    overtaken: list[Change] = []
    for change in changes:
        now = answer.standing.get(change.account_id)
        is_still = now is not None and now.record_id == change.record_id and _holds(now.values, change.old)
        (still if is_still else overtaken).append(change)
    return still, overtaken


def _holds(values: Values, expected: Values) -> bool:
    return all(same(values[name], value) for name, value in expected.items())


def batches(given: Iterable[One], most: int) -> Iterator[list[One]]:
    """What is given, in its order, at most so many at a time."""
    left = iter(given)
    while batch := list(islice(left, most)):
        yield batch
