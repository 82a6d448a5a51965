"""Six ways in which a vendor's records change their form, and what each of the four words does with them."""

from typing import Any

import pytest

from copilot.sources.api.connector import Gives
from copilot.sources.api.drift import DriftedRecord, SchemaDrift, adapted, with_known_values
from copilot.sources.api.rows import batches
from copilot.sources.config import DriftWord

FIELDS = {"id": "number", "status": "text", "opened": "number", "metrics": "object?", "metrics.solved": "text?"}
USUAL = {"id": 7, "status": "open", "opened": 1_780_000_000, "metrics": {"solved": "2026-03-02"}, "note": "other"}
DRIFTS: dict[str, dict[str, Any]] = {
    "a field is gone": {"id": 7, "status": "open", "metrics": None},
    "a number became a text": {**USUAL, "opened": "1780000000"},
    "a text became an object": {**USUAL, "status": {"name": "open"}},
    "nested where it was flat": {**USUAL, "metrics": {"solved": {"at": "2026-03-02"}}},
    "renamed": {**{name: value for name, value in USUAL.items() if name != "status"}, "state": "open"},
}


def test_a_record_as_it_always_was_is_left_alone_whatever_the_word() -> None:
    words: tuple[DriftWord, ...] = ("evolve", "drop_value", "drop_row", "freeze")

    assert all(adapted(USUAL, FIELDS, word) is USUAL for word in words)


def test_a_new_field_is_no_drift() -> None:
    assert adapted({**USUAL, "brand_new": [1]}, FIELDS, "freeze")["id"] == 7


def test_what_may_be_absent_may_be_absent() -> None:
    less = {"id": 7, "status": "open", "opened": 1_780_000_000}

    assert adapted(less, FIELDS, "freeze") is less


@pytest.mark.parametrize("record", DRIFTS.values(), ids=DRIFTS.keys())
def test_drop_row_refuses_the_record(record: dict[str, Any]) -> None:
    with pytest.raises(DriftedRecord, match=r"is gone|and was"):
        adapted(record, FIELDS, "drop_row")


@pytest.mark.parametrize("record", DRIFTS.values(), ids=DRIFTS.keys())
def test_freeze_refuses_the_stream_and_says_what_to_do(record: dict[str, Any]) -> None:
    with pytest.raises(SchemaDrift, match="choose another word under drift:"):
        adapted(record, FIELDS, "freeze")


@pytest.mark.parametrize(
    ("drift", "path", "value"),
    [
        ("a field is gone", "opened", None),
        ("a number became a text", "opened", None),
        ("a text became an object", "status", None),
        ("renamed", "status", None),
    ],
)
def test_drop_value_leaves_the_field_empty_and_the_others_as_they_are(drift: str, path: str, value: Any) -> None:
    changed = adapted(DRIFTS[drift], FIELDS, "drop_value")

    assert changed[path] is value
    assert changed["id"] == 7


@pytest.mark.parametrize(
    ("drift", "path", "value"),
    [
        ("a number became a text", "opened", 1_780_000_000),
        ("a text became an object", "status", None),
        ("a field is gone", "opened", None),
    ],
)
def test_evolve_keeps_what_says_the_same(drift: str, path: str, value: Any) -> None:
    assert adapted(DRIFTS[drift], FIELDS, "evolve")[path] == value


@pytest.mark.parametrize(
    ("given", "form", "kept"),
    [
        (7, "text", "7"),
        ("x7", "number", None),
        ("TRUE", "flag", True),
        ("perhaps", "flag", None),
        (True, "text", None),
    ],
)
def test_evolve_converts_only_what_cannot_be_misread(given: Any, form: str, kept: Any) -> None:
    assert adapted({"it": given}, {"it": form}, "evolve") == {"it": kept}


def test_the_record_that_came_is_never_changed() -> None:
    record = {**USUAL, "metrics": {"solved": 3}}
    adapted(record, FIELDS, "drop_value")

    assert record["metrics"] == {"solved": 3}


def tickets(record: dict[str, Any]) -> Any:
    yield {"ticket_id": str(record["id"]), "account_id": "a", "status": record["status"], "opened_at": "2026-03-02"}


GIVES = Gives("tickets", tickets, fields=lambda _: {"id": "number", "status": "text"})


@pytest.mark.parametrize(
    ("word", "statuses", "n_broken"),
    [
        ("evolve", ["open", None, None], 0),
        ("drop_value", ["open", None, None], 0),
        ("drop_row", ["open", "awaiting"], 1),
    ],
)
def test_good_records_go_on_and_no_record_is_lost(word: DriftWord, statuses: list[Any], n_broken: int) -> None:
    records = [{"id": 1, "status": "open"}, {"id": 2, "status": "awaiting"}, {"id": 3, "status": 4.5}]
    if word == "evolve":
        records[2] = {"id": 3, "status": ["open"]}
    (batch,) = batches(GIVES, records, word)

    assert batch.columns["status"].to_pylist() == statuses
    assert [reject.code for reject in batch.broken] == ["schema_drift"] * n_broken
    assert len(batch.row_numbers) + len(batch.broken) == 3


def test_a_new_value_stops_a_frozen_stream() -> None:
    with pytest.raises(SchemaDrift, match="status has a value that there was not"):
        with_known_values({"status": "awaiting"}, GIVES, "freeze")
