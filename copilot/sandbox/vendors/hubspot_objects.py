"""The company's CRM records as HubSpot objects, with the history of their properties, and with what merging left."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from copilot.sandbox.vendors.crm_book import CrmBook
from copilot.sandbox.vendors.hubspot_kinds import KINDS, Kind, Shown, instant, record_id
from copilot.sandbox.vendors.shelf import Held
from copilot.sandbox.vendors.written import Written

MERGED = "hs_merged_object_ids"
Entry = tuple[datetime, str | None]


class Objects:
    """The objects as they are at an instant."""

    def __init__(self, book: CrmBook, written: Written) -> None:
        self.book, self.written = book, written
        self._cached = lru_cache(maxsize=len(KINDS))(self._held)

    def held(self, kind: Kind, now: datetime) -> Mapping[str, tuple[str, Held]]:
        """The records of a kind by HubSpot's number; doubles that were merged away are none any more."""
        return self._cached(KINDS.index(kind), self.book.n_changes(kind.table, now))

    def _held(self, which: int, n_changes: int) -> Mapping[str, tuple[str, Held]]:
        kind = KINDS[which]
        found = self.book.after(kind.table, n_changes)
        return {
            record_id(kind.table, key): (key, one)
            for key, one in found.items()
            if kind.holds(one.now) and not one.now.get("merged_into_account_id")
        }

    def numbers(self, kind: Kind, by: str, now: datetime) -> Mapping[str | None, str]:
        """HubSpot's number of each record, by what a unique property of it says. Raises KeyError for no property."""
        return {kind.properties[by](one.now): number for number, (_, one) in self.held(kind, now).items()}

    def current(self, kind: Kind, number: str, now: datetime) -> str:
        """The number under which that record is found: a merged one leads to what it was merged into."""
        if kind.table != "accounts":
            return number
        merged = {record_id("accounts", key): one.into for key, one in self.book.merges.items() if one.at <= now}
        return record_id("accounts", merged[number]) if number in merged else number

    def shown(
        self, kind: Kind, number: str, now: datetime, properties: Iterable[str], historic: Iterable[str] = ()
    ) -> dict[str, Any]:
        """One object with those of the properties that there are, and with the history of some."""
        key, held = self.held(kind, now)[number]
        times = {"createdAt": instant(held.created_at), "updatedAt": instant(held.changed_at)}
        own = {"hs_object_id": number, kind.modified: times["updatedAt"], MERGED: self._merged(kind, key, now)}
        own |= {name: shown(held.now) for name, shown in kind.properties.items()}
        own |= self.written.of(number) if kind.table == "accounts" else {}
        # What is asked for and is no property of theirs is left out without a word.
        chosen = {name: own[name] for name in properties if name in own}
        found = {"id": number, "properties": chosen, **times, "archived": False}
        told = {name: self._history(kind, name, key, held, now) for name in historic}
        return {**found, "propertiesWithHistory": told} if told else found

    def _merges(self, kind: Kind, key: str, now: datetime) -> list[tuple[datetime, str]]:
        """When which doubles were merged into the account."""
        merges = self.book.merges.items() if kind.table == "accounts" else ()
        return sorted((one.at, double) for double, one in merges if one.into == key and one.at <= now)

    def _merged(self, kind: Kind, key: str, now: datetime) -> str | None:
        return ";".join(record_id("accounts", double) for _, double in self._merges(kind, key, now)) or None

    def _history(self, kind: Kind, name: str, key: str, held: Held, now: datetime) -> list[dict[str, Any]]:
        """Newest first. Of a merged record the values of all, and since the merge the one that is left."""
        merges = self._merges(kind, key, now)
        if name == MERGED:
            entries: list[Entry] = [(at, self._merged(kind, key, at)) for at, _ in merges]
        elif name in kind.properties:
            entries = _entries(held, kind.properties[name])
            for at, double in merges:
                other = self.book.held(kind.table, now)[double].by(at)
                entries += [one for one in _entries(other, kind.properties[name]) if one[0] < at] if other else []
                as_merged = held.by(at)
                entries.append((at, kind.properties[name]((as_merged or held).now)))
        else:
            entries = []
        newest = sorted(entries, key=lambda one: one[0])[-kind.kept :]
        return [_entry(at, value) for at, value in reversed(newest)]


def _entries(held: Held, shown: Shown) -> list[Entry]:
    """When the property got which value; one that never had any has no history."""
    entries: list[Entry] = []
    for version in held.versions:
        value = shown(version)
        if value != (entries[-1][1] if entries else None):
            entries.append((version["recorded_at"], value))
    return entries


def _entry(at: datetime, value: str | None) -> dict[str, Any]:
    return {"value": value or "", "timestamp": instant(at), "sourceType": "INTEGRATION", "sourceId": "4711"}
