"""F21: six ways in which records change their form, and what becomes of them by the word of their table."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from copilot.sandbox.vendors.edits import records
from copilot.sandbox.vendors.faults import Fault
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import DriftWord
from expectations.gate import Held, check_raw
from tests.faults.estate import KINDS, Estate, Read
from tests.figures import figure

Record = dict[str, Any]
Rows = dict[str, list[tuple[Any, ...]]]
WORDS: tuple[DriftWord, ...] = get_args(DriftWord)
# By drift and word: every row as before; the value left empty in its row; the record set aside; nothing taken.
FATES: Mapping[str, Mapping[DriftWord, str]] = {
    "a new field": dict.fromkeys(WORDS, "as before"),
    "a field is gone": {"evolve": "empty", "drop_value": "empty", "drop_row": "aside", "freeze": "stopped"},
    "a number became a text": {
        "evolve": "as before", "drop_value": "empty", "drop_row": "aside", "freeze": "stopped",
    },
    "a value that there was not": {"evolve": "empty", "drop_value": "empty", "drop_row": "aside", "freeze": "stopped"},
    "nested where it was flat": {"evolve": "empty", "drop_value": "empty", "drop_row": "aside", "freeze": "stopped"},
    "a field has another name": {"evolve": "empty", "drop_value": "empty", "drop_row": "aside", "freeze": "stopped"},
}  # fmt: skip


@dataclass(frozen=True)
class Where:
    """The fields of a stream that change: one that must be there, a number, one of few values; paths by dots.

    `question` tells the stream's own calls from others to the same path.
    """

    stream: str
    table: str
    needed: str
    number: str = ""
    word: str = ""
    question: str = ""


WHERE: Mapping[str, Where] = {
    "intercom": Where("conversations", "tickets", "state", "statistics.first_admin_reply_at", "state"),
    "zendesk": Where("tickets", "tickets", "status", "id"),
    "freshdesk": Where("tickets", "tickets", "status", "id"),
    "stripe": Where("charges", "payments", "currency", "amount"),
    "chargebee": Where("transactions", "payments", "transaction.currency_code", "transaction.amount"),
    "mixpanel": Where("events", "usage_events", "properties.$insert_id", "properties.time"),
    "amplitude": Where("events", "usage_events", "uuid"),
    "salesforce": Where("accounts", "accounts", "Name"),
    "hubspot": Where("accounts", "accounts", "createdAt", question="propertiesWithHistory"),
}


def drifts(where: Where) -> Iterator[tuple[str, Callable[[Record], bool]]]:
    """By name, the changes that the stream has fields for; each says whether the record had what was to change."""
    yield "a new field", _at(where.needed, lambda place, _: place.update(brand_new=[1]))
    yield "a field is gone", _at(where.needed, lambda place, name: place.pop(name))
    if where.number:
        yield "a number became a text", _at(where.number, lambda place, name: place.update({name: str(place[name])}))
    if where.word:
        yield "a value that there was not", _at(where.word, lambda place, name: place.update({name: "brand_new"}))
    yield "nested where it was flat", _at(where.needed, lambda place, name: place.update({name: {"is": place[name]}}))
    yield "a field has another name", _at(where.needed, lambda place, name: place.update(renamed=place.pop(name)))


def _at(path: str, change: Callable[[Record, str], object]) -> Callable[[Record], bool]:
    *parents, name = path.split(".")

    def changed(record: Record) -> bool:
        place: Any = record
        for parent in parents:
            place = place.get(parent) or {}
        if place.get(name) is None:
            return False
        change(place, name)
        return True

    return changed


def planted(change: Callable[[Record], bool], where: Where, vendor: str) -> tuple[list[int], Fault]:
    """A fault that changes every other record of the first page that has the field, and how many there were."""
    n: list[int] = []

    def edit(page: list[Record]) -> list[Record]:
        changed = deepcopy(page)
        if not any(n):
            n.append(sum(change(record) for record in changed[::2]))
        return changed

    return n, edited(edit, where, vendor)


def planted_everywhere(change: Callable[[Record], bool], where: Where, vendor: str) -> tuple[list[int], Fault]:
    """A fault that changes every record that has the field, and how many there were on each page."""
    n: list[int] = []

    def edit(page: list[Record]) -> list[Record]:
        changed = deepcopy(page)
        n.append(sum(change(record) for record in changed))
        return changed

    return n, edited(edit, where, vendor)


def edited(edit: Callable[[list[Record]], list[Record]], where: Where, vendor: str) -> Fault:
    """Every page of the stream, edited."""
    path, query = KINDS[vendor].streams[where.stream]
    return Fault("changed", path, times=99, query=where.question or query, change=records(edit))


def fate(found: Read, rows: Rows, usual: Rows, table: str, n_changed: int) -> str:
    """What became of the changed records, or what speaks against each of the four."""
    now, before = _tagged(rows), _tagged(usual)
    if now == before and not found.problems:
        return "as before"
    if now == _tagged({**usual, table: []}) and any("frozen" in problem for problem in found.problems):
        return "stopped"
    ids, ids_before = _ids(now), _ids(before)
    if ids == ids_before and 0 < len(_ids(before - now)) <= n_changed and not found.problems:
        return "empty"
    if now < before and found.outcome["rejected"] == n_changed and len(ids_before - ids) <= n_changed:
        return "aside"
    return f"{len(now)} of {len(before)} rows, {found.outcome['rejected']} of {n_changed} set aside, {found.problems}"


def _tagged(rows: Rows) -> set[tuple[str, tuple[Any, ...]]]:
    return {(table, row) for table, found in rows.items() for row in found}


def _ids(rows: set[tuple[str, tuple[Any, ...]]]) -> set[tuple[Any, ...]]:
    places = {
        table: [[c.name for c in BY_NAME[table].columns].index(k) for k in BY_NAME[table].key] for table, _ in rows
    }
    return {(table, *(row[place] for place in places[table])) for table, row in rows}


def tried(vendors: Estate, vendor: str, words: tuple[DriftWord, ...]) -> dict[tuple[str, str, DriftWord], str]:
    """The fate of each drift under each word."""
    where, usual, found = WHERE[vendor], vendors.rows(vendors.undisturbed(vendor)), {}
    for name, change in drifts(where):
        for word in words:
            n, fault = planted(change, where, vendor)
            read = vendors.read(vendor, fault, drift={where.table: word})
            assert sum(n) > 0
            found[vendor, name, word] = fate(read, vendors.rows(read), usual, where.table, sum(n))
    return found


def test_each_drift_has_under_each_word_the_fate_that_is_declared(vendors: Estate) -> None:
    found = tried(vendors, "intercom", WORDS)
    for vendor in WHERE.keys() - {"intercom"}:
        found |= tried(vendors, vendor, ("drop_row",))

    odd = {each: became for each, became in found.items() if became != FATES[each[1]][each[2]]}
    figure(
        "F21 drifts with the fate that is declared: each word at one vendor, the usual one at the others",
        f"{len(found) - len(odd)} of {len(found)}",
        "all",
    )
    assert {(drift, word) for vendor, drift, word in found if vendor == "intercom"} == {
        (drift, word) for drift in FATES for word in WORDS
    }
    assert len(found) >= 24 + 8 * 4
    assert odd == {}, odd


@pytest.mark.parametrize("vendor", ["zendesk", "mixpanel"])
def test_a_record_whose_id_was_left_empty_is_set_aside_and_never_called_none(vendors: Estate, vendor: str) -> None:
    where = {"zendesk": "id", "mixpanel": "properties.$insert_id"}[vendor]
    n, fault = planted(_at(where, lambda place, name: place.update({name: {"is": 1}})), WHERE[vendor], vendor)
    read = vendors.read(vendor, fault, drift={WHERE[vendor].table: "drop_value"})
    table = WHERE[vendor].table

    assert sum(n) > 0
    assert read.outcome["rejected"] == sum(n), read
    assert set(vendors.rows(read)[table]) < set(vendors.rows(vendors.undisturbed(vendor))[table])


@pytest.mark.parametrize("drift", ["a field is gone", "nested where it was flat"])
def test_a_needed_field_that_is_gone_or_of_another_form_in_every_record_holds_the_day(vendors: Estate, drift: str):
    usual = {vendor: vendors.undisturbed(vendor) for vendor in WHERE}
    broken = {}
    for vendor, where in WHERE.items():
        n, fault = planted_everywhere(dict(drifts(where))[drift], where, vendor)
        broken[vendor] = vendors.read(vendor, fault, drift={where.table: "drop_row"})
        assert broken[vendor].outcome["rejected"] == sum(n) > 0, vendor

    held = held_for(vendors)

    found = {vendor for vendor, read in broken.items() if f"{read.source}.{WHERE[vendor].table}" in held}
    figure(f"F21 vendors at which gate 1 holds the day: {drift}", f"{len(found)} of {len(WHERE)}", "all")
    assert found == WHERE.keys(), held
    assert not {f"{read.source}.{WHERE[vendor].table}" for vendor, read in usual.items()} & held


def held_for(vendors: Estate) -> set[str]:
    """The tables of sources that hold the day at gate 1 because of what was set aside."""
    run = vendors.vendors.run()
    with pytest.raises(Held):
        check_raw(run)
    rows = vendors.vendors.rows(
        "select subject from ops.dq_run_verdict where gate = 'raw' and check_id like 'source.%.readable'"
        " and severity = 'fail' and not passed"
    )
    return {subject for (subject,) in rows}
