"""Records that have not the form for which a connector was written, and what becomes of them: one word a table."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from copilot.sources.api.connector import Gives, Record, Row
from copilot.sources.api.faults import SourceFault
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import DriftWord

# `evolve`: what can be read as before is converted, the rest becomes empty. `drop_value`: what has another form becomes
# empty. `drop_row`: the record goes to quarantine. `freeze`: nothing of the stream is taken until somebody has looked.
DEFAULT: DriftWord = "drop_row"
_FORMS = {str: "text", bool: "flag", int: "number", float: "number", dict: "object", list: "list"}
_MISSING = object()


class DriftedRecord(ValueError):  # noqa: N818 - named for what it is
    """A record that goes to quarantine."""


class SchemaDrift(SourceFault):
    """A record of a frozen stream has another form: the connector has to be looked at, or another word chosen."""


def adapted(record: Record, fields: Mapping[str, str], word: DriftWord) -> Record:
    """The record in the form that the connector reads: itself where nothing has changed.

    `fields` are paths and their forms: `text`, `number`, `flag`, `object`, `list`, `empty`, or several with `|` between
    them; with `?` at the end a field may be absent or empty. Raises DriftedRecord and SchemaDrift.
    """
    found = list(_drifts(record, fields))
    if not found:
        return record
    said = "; ".join(f"{path} {what}" for path, what in found)
    if word == "drop_row":
        raise DriftedRecord(said)
    if word == "freeze":
        raise SchemaDrift(f"{said}: the stream is frozen: look at what changed, then choose another word under drift:")
    changed = deepcopy(record)
    for path, _ in found:
        _put(changed, path, _converted(_at(record, path), fields[path]) if word == "evolve" else None)
    return changed


def with_known_values(row: Row, gives: Gives, word: DriftWord) -> Row:
    """The row without values that its column does not know, unless the gate is to judge them. Raises SchemaDrift."""
    if word == "drop_row":
        return row
    table = BY_NAME[gives.table]
    unknown = [
        column.name
        for column in table.columns
        if column.choices and row.get(column.name) is not None and str(row[column.name]).lower() not in column.choices
    ]
    if not unknown:
        return row
    if word == "freeze":
        raise SchemaDrift(
            f"{gives.table}: {unknown[0]} has a value that there was not: the stream is frozen:"
            " look at what changed, then choose another word under drift:"
        )
    return {**row, **dict.fromkeys(unknown)}


def _drifts(record: Record, fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path, forms in fields.items():
        value = _at(record, path)
        if value is _MISSING or value is None:
            if not forms.endswith("?") and not (value is None and "empty" in _allowed(forms)):
                yield path, "is gone"
        elif (form := _FORMS.get(type(value), "object")) not in _allowed(forms):
            yield path, f"is {form} and was {forms.rstrip('?')}"


# Taking these apart takes longer than what is done with the parts, and every record is asked for the same ones.
@cache
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


@cache
def _allowed(forms: str) -> frozenset[str]:
    return frozenset(forms.rstrip("?").split("|"))


def _at(record: Record, path: str) -> Any:
    value: Any = record
    for part in _parts(path):
        if value is None:
            return None
        if not isinstance(value, dict) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _put(record: Record, path: str, value: Any) -> None:
    *parents, name = path.split(".")
    place = record
    for parent in parents:
        if not isinstance(place.get(parent), dict):
            place[parent] = {}
        place = place[parent]
    place[name] = value


def _converted(value: Any, forms: str) -> Any:
    """The value in one of the forms, if it says the same; else nothing."""
    wanted = forms.rstrip("?").split("|")
    if "text" in wanted and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if "number" in wanted and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    if "flag" in wanted and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return None
