"""As much SOQL as connectors need: fields and relations, one subquery, one condition, an order.

Anything else is answered as Salesforce answers what it does not understand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_QUESTION = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<sobject>\w+)"
    r"(?: WHERE (?P<left>[\w.]+) (?P<how>>=|=|IN) (?P<right>\((?:'(?:[^'\\]|\\.)*'(?:, )?)+\)|\S+))?"
    r"(?: ORDER BY (?P<order>\w+(?:, \w+)*))?"
)
_COUNT = re.compile(r"SELECT COUNT\(\) FROM (?P<sobject>\w+) WHERE (?P<conditions>.+)")
_CONDITION = re.compile(r"(?P<left>\w+) (?P<how>>=|<|=|!=) (?P<right>\S+)")
_SUBQUERY = re.compile(r",? ?\((SELECT [^()]+)\)")
_FIELD = re.compile(r"\w+(?:\.\w+)*")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")
_ESCAPED = re.compile(r"\\(.)")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class SoqlError(ValueError):
    """What Salesforce refuses, by its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Count:
    """How many records meet all conditions: of a field, how it compares, and with what."""

    sobject: str
    conditions: tuple[tuple[str, str, str], ...]

    @classmethod
    def read(cls, said: str) -> "Count | None":
        """None for a question that asks for records. Raises SoqlError."""
        found = _COUNT.fullmatch(said)
        if found is None:
            return None
        conditions = [_CONDITION.fullmatch(one) for one in found["conditions"].split(" AND ")]
        if not all(conditions):
            raise SoqlError("MALFORMED_QUERY", "unexpected token: the condition is not understood")
        return cls(found["sobject"], tuple((one["left"], one["how"], one["right"]) for one in conditions if one))

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether the record is counted. Raises SoqlError for a field that it has not."""
        return all(self._holds(record, *condition) for condition in self.conditions)

    def _holds(self, record: Mapping[str, Any], left: str, how: str, right: str) -> bool:
        if left not in record:
            raise _no_field(self.sobject, left)
        value = record[left]
        if right == "null":
            return value is not None
        if value is None:
            return False
        ours: Any = value
        theirs: Any = right
        if _INSTANT.fullmatch(right):
            ours, theirs = datetime.fromisoformat(value), datetime.fromisoformat(right)
        return bool({">=": ours >= theirs, "<": ours < theirs, "=": ours == theirs, "!=": ours != theirs}[how])


@dataclass(frozen=True)
class Soql:
    """One question, taken apart. `since` compares SystemModstamp, `equals` and `among` any other field."""

    sobject: str
    fields: tuple[str, ...]
    children: "Soql | None" = None
    since: datetime | None = None
    equals: tuple[str, str] | None = None
    among: tuple[str, frozenset[str]] | None = None

    @classmethod
    def read(cls, said: str) -> "Soql":
        """Raises SoqlError."""
        inner = _SUBQUERY.search(said)
        found = _QUESTION.fullmatch(_SUBQUERY.sub("", said).strip())
        if not found:
            raise SoqlError("MALFORMED_QUERY", "unexpected token: the question is not understood")
        fields = tuple(field.strip() for field in found["fields"].split(","))
        wrong = next((field for field in fields if not _FIELD.fullmatch(field)), None)
        if wrong is not None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: {wrong!r}")
        children = cls.read(inner[1]) if inner else None
        if found["how"] == ">=":
            return cls(found["sobject"], fields, children, _instant(found["left"], found["right"]))
        if found["how"] == "IN":
            listed = frozenset(_ESCAPED.sub(r"\1", one) for one in _TEXT.findall(found["right"]))
            return cls(found["sobject"], fields, children, among=(found["left"], listed))
        equals = (found["left"], found["right"].strip("'")) if found["how"] else None
        return cls(found["sobject"], fields, children, equals=equals)

    def chosen(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the record that were asked for. Raises SoqlError for one that it has not."""
        found: dict[str, Any] = {"attributes": {"type": self.sobject}}
        for path in self.fields:
            relation, _, field = path.rpartition(".")
            holder = record.get(relation)
            if (relation and relation not in record) or (not relation and field not in record):
                raise _no_field(self.sobject, path)
            if not relation:
                found[field] = record[field]
            elif holder is None:
                found[relation] = None
            else:
                found.setdefault(relation, {"attributes": {}})[field] = _of(holder, field, self.sobject)
        return found


def _of(holder: Mapping[str, Any], field: str, sobject: str) -> Any:
    if field not in holder:
        raise _no_field(sobject, field)
    return holder[field]


def _no_field(sobject: str, field: str) -> SoqlError:
    return SoqlError("INVALID_FIELD", f"No such column '{field}' on entity '{sobject}'.")


def _instant(left: str, right: str) -> datetime:
    if left != "SystemModstamp":
        raise SoqlError("MALFORMED_QUERY", f"the sandbox compares no {left}")
    if not _INSTANT.fullmatch(right):
        raise SoqlError("INVALID_FIELD", f"value of filter criterion for field '{left}' must be of type dateTime")
    return datetime.fromisoformat(right)
