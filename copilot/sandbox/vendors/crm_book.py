"""What the company's CRM holds, whatever the vendor: its records, and what became of them when accounts were merged.

The files tell what was known when; they leave a touch with the double under which it was filed. A CRM moves whatever
belongs to the double to the account that is left, and both are changed by it.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from copilot.sandbox.vendors.shelf import Held, Shelf, Version

TABLES = ("accounts", "contacts", "users", "opportunities", "interactions", "sentiments", "milestones")


@dataclass(frozen=True)
class Merge:
    """Into which account a double went, and when."""

    into: str
    at: datetime


class CrmBook:
    """The records of all tables; `now` is the instant as of which they are shown."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.now = now
        self._shelves = {name: Shelf(directory, name) for name in TABLES}
        self.after = lru_cache(maxsize=len(TABLES))(self._after)

    @cached_property
    def merges(self) -> Mapping[str, Merge]:
        """By the key of the double."""
        found: dict[str, Merge] = {}
        for key, held in self._shelves["accounts"].records.items():
            into = next((one for one in held.versions if one["merged_into_account_id"]), None)
            if into:
                found[key] = Merge(str(into["merged_into_account_id"]), into["recorded_at"])
        return found

    def held(self, table: str, instant: datetime) -> Mapping[str, Held]:
        """What there was of a table by then."""
        return self.after(table, self.n_changes(table, instant))

    def n_changes(self, table: str, instant: datetime) -> int:
        """How often anything of a table had changed by then: until it does again, all pages are of the same state."""
        return bisect_right(self._changes[table], instant)

    def _after(self, table: str, n_changes: int) -> Mapping[str, Held]:
        """What there was of a table after so many changes."""
        if not n_changes:
            return {}
        last = self._changes[table][n_changes - 1]
        states = ((key, held.by(last)) for key, held in self._all[table].items())
        return {key: held for key, held in states if held}

    def one(self, table: str, key: Any, instant: datetime) -> Version:
        """One record as it was then; empty if it was not there."""
        held = self.held(table, instant).get(str(key))
        return held.now if held else {}

    @cached_property
    def _changes(self) -> Mapping[str, Sequence[datetime]]:
        """When anything of a table changed."""
        return {
            name: sorted({version["recorded_at"] for held in records.values() for version in held.versions})
            for name, records in self._all.items()
        }

    @cached_property
    def _all(self) -> Mapping[str, Mapping[str, Held]]:
        return {
            name: {key: self._as_merged(name, key, held) for key, held in shelf.records.items()}
            for name, shelf in self._shelves.items()
        }

    def _as_merged(self, table: str, key: str, held: Held) -> Held:
        if table == "accounts":
            merges = [one for one in self.merges.values() if one.into == key]
            return Held(_in_order([*held.versions, *(_again(held, one.at) for one in merges)]))
        return Held(self._moved(held.versions)) if "account_id" in held.now else held

    def _moved(self, versions: Sequence[Version]) -> Sequence[Version]:
        """The same record, with the account that is left since its own was merged away."""
        merge = self.merges.get(str(versions[-1]["account_id"]))
        if merge is None:
            return versions
        later = [{**one, "account_id": merge.into} if one["recorded_at"] >= merge.at else one for one in versions]
        before = [one for one in versions if one["recorded_at"] < merge.at]
        return _in_order([*later, *({**one, "account_id": merge.into, "recorded_at": merge.at} for one in before[-1:])])


def _again(held: Held, at: datetime) -> Version:
    """What it was at that instant, as a version of its own."""
    known = held.by(at)
    return {**(known.now if known else held.versions[0]), "recorded_at": at}


def _in_order(versions: Sequence[Version]) -> Sequence[Version]:
    return sorted(versions, key=lambda one: one["recorded_at"])
