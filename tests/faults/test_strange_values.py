"""F21 to F23: whatever form, text or number a vendor puts into its records, each is taken as it is or set aside."""

import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

from copilot.sandbox.vendors.edits import Records, records
from copilot.sources.canonical import TABLES
from tests.faults.estate import KINDS, Estate, Read
from tests.figures import figure

# Texts as they are found in names: a NUL, half a surrogate pair, a megabyte, marks that turn or hide what is read, a
# family of five code points, the same name composed and decomposed, what looks like code, and nothing but a blank.
TEXTS = (
    "Nul\x00", "half \ud800 pair", "long " * 200_000, "\u202eevil\u202c", "in\u200bvisible\ufeff",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "Zo\u00eb", "Zoe\u0308", "'; drop schema serving; --",
    "<script>alert(1)</script>", " ", "\\N", "a\tb\r\nc",
)  # fmt: skip
NUMBERS = (
    math.nan, math.inf, -math.inf, -0.0, 1e308, -1e308, 10**30, -1, 2**63, 0.1 + 0.2, "NaN", "1e999", "1,234", "",
)  # fmt: skip
FORMS = ([1], {"a": 1}, "text", 7, True, None)
Change = Callable[[Any], Any]
_SAME = object()


def disturbed(vendors: Estate, vendor: str, change: Change) -> Read:
    """A reading in which every record of every page has gone through the change."""
    edit: Callable[[Records], Records] = lambda page: [change(one) for one in page]  # noqa: E731
    faults = KINDS[vendor].faults("changed", times=99, change=records(edit))
    read = vendors.read(vendor, *faults)
    assert vendors.happened() >= len(faults) - 1
    return read


def chosen(seed: str, values: tuple[Any, ...], share: float) -> Iterator[Any]:
    """Now and then a value of these; else what stands for no change."""
    dice = random.Random(seed)  # noqa: S311 - a choice, not a secret
    while True:
        yield dice.choice(values) if dice.random() < share else _SAME


def sometimes(seed: str, values: tuple[Any, ...], is_meant: Callable[[Any], bool], share: float) -> Change:
    """A change of some values of a record."""
    dice = chosen(seed, values, share)

    def change(said: Any) -> Any:
        if isinstance(said, dict):
            return {name: change(value) for name, value in said.items()}
        if isinstance(said, list):
            return [change(value) for value in said]
        other = next(dice) if is_meant(said) else _SAME
        return said if other is _SAME else other

    return change


def is_number(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool)


def is_text(said: Any) -> bool:
    """A name or a word, and no time, id, address or place in a list."""
    return isinstance(said, str) and said[:1].isalpha() and not any(mark in said for mark in "@:/.=_-0123456789")


def every_number(vendors: Estate, source: str) -> tuple[int, int]:
    """(how many numbers a source has landed, how many of them are none)."""
    n, n_strange = 0, 0
    for table in TABLES:
        for column in (one.name for one in table.columns if one.type == "numeric"):
            strange = f"count(*) filter (where {column} in ('NaN', 'Infinity', '-Infinity'))"
            query = f"select count({column}), {strange} from raw.{table.name} where _source = '{source}'"
            found = vendors.vendors.rows(query)[0]
            n, n_strange = n + found[0], n_strange + found[1]
    return n, n_strange


def test_no_strange_number_becomes_a_figure(vendors: Estate) -> None:
    n_usual, n_figures, n_strange, n_rejected, failed = 0, 0, 0, 0, {}
    for vendor in KINDS:
        n_usual += every_number(vendors, vendors.undisturbed(vendor).source)[0]
        read = disturbed(vendors, vendor, sometimes(f"numbers {vendor}", NUMBERS, is_number, 0.05))
        n, strange = every_number(vendors, read.source)
        n_figures, n_strange = n_figures + n, n_strange + strange
        n_rejected += read.outcome["rejected"]
        if unexpected(read):
            failed[vendor] = unexpected(read)

    figure("F23 numbers that are none, of all that landed", f"{n_strange} of {n_figures:,}", "0")
    figure("F23 records set aside for a strange number", f"{n_rejected:,}", "> 0")
    assert n_usual > n_figures > 500
    assert n_rejected > 100
    assert n_strange == 0
    assert failed == {}


def unexpected(read: Read) -> list[str]:
    """Problems of a reading that are no clear word on what the vendor said."""
    known = ("in quarantine", "another form", "has not the form", "hold no row", "the vendor g", "refuses", "outage")
    return [problem for problem in read.problems if not any(word in problem for word in known)]


def test_no_strange_text_fails_a_batch_and_each_is_kept_as_it_is_or_set_aside(vendors: Estate) -> None:
    n_kept, n_aside, failed = 0, 0, {}
    for vendor in KINDS:
        read = disturbed(vendors, vendor, sometimes(f"texts {vendor}", TEXTS, is_text, 0.1))
        landed = json.dumps([list(map(str, row)) for rows in vendors.rows(read).values() for row in rows])
        n_kept += sum(landed.count(json.dumps(text)[1:-1]) for text in TEXTS[3:8])
        n_aside += read.outcome["rejected"]
        if unexpected(read) or read.outcome["landed"] == 0:
            failed[vendor] = read.problems

    figure("F22 batches that failed for a strange text", f"{len(failed)} of {len(KINDS)} vendors", "0")
    figure("F22 strange texts kept as they are, records set aside", f"{n_kept:,}, {n_aside:,}", "> 0, > 0")
    assert failed == {}
    assert n_kept > 50
    assert n_aside > 10


def test_no_other_form_fails_a_batch_and_the_other_records_land(vendors: Estate) -> None:
    n_landed, n_rejected, failed = 0, 0, {}
    for vendor in KINDS:
        read = disturbed(vendors, vendor, sometimes(f"forms {vendor}", FORMS, lambda _: True, 0.003))
        n_landed += read.outcome["landed"]
        n_rejected += read.outcome["rejected"]
        if unexpected(read):
            failed[vendor] = read.problems

    figure("F21 readings that failed for another form without a word", f"{len(failed)} of {len(KINDS)}", "0")
    figure(
        "F21 records landed, and set aside, beside fields of another form", f"{n_landed:,}, {n_rejected:,}", "> 0, > 0"
    )
    assert failed == {}
    assert n_landed > 500
    assert n_rejected > 20
