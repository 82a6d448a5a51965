"""What should stand in the fields: the published values in the company's units, words and lengths. Pure.

What is not known on our side is not wanted at all: the field keeps what it holds.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config.write_back import DEFAULT_LENGTH, KINDS, Target, Value
from copilot.digest.facts import sentences
from copilot.digest.wording import clean

# By field of the CRM. Numbers are decimals, a day is written as ISO 8601.
Wanted = Mapping[str, Decimal | str]
# A word that says that there is none.
_UNKNOWN = "unknown"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PERCENT = 100


def wanted(row: Mapping[str, Any], targets: Mapping[Value, Target]) -> Wanted:
    """What should stand in which field of an account, out of its row of serving.account_day."""
    said = {target.field: _said(name, target, row) for name, target in targets.items()}
    return {field: value for field, value in said.items() if value is not None}


def stamps(targets: Mapping[Value, Target]) -> frozenset[str]:
    """The fields that say of which day the others are: they are written with them, and never alone."""
    return frozenset(target.field for name, target in targets.items() if KINDS[name] == "date")


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field are one: CRMs give `45` as 45.0 or "45", and nothing as null or empty text."""
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    first, second = str(one), str(other)
    if _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second):
        return Decimal(first) == Decimal(second)
    return first == second


def _said(name: Value, target: Target, row: Mapping[str, Any]) -> Decimal | str | None:
    given = "; ".join(sentences(row["reasons"])) if name == "reason" else row[name]
    if given is None:
        return None
    kind = KINDS[name]
    if kind == "number":
        return _number(given, target)
    if kind == "word":
        return None if given == _UNKNOWN else (target.words or {}).get(given, given)
    return given.isoformat() if isinstance(given, date) else _line(given, target.length or DEFAULT_LENGTH)


def _number(given: Any, target: Target) -> Decimal:
    exact = Decimal(str(given)) * (_PERCENT if target.unit == "percent" else 1)
    return exact.quantize(Decimal(1).scaleb(-target.places), ROUND_HALF_UP)


def _line(given: str, length: int) -> str | None:
    """One visible line of plain text, or nothing. CRMs count what lies beyond the basic plane of Unicode twice."""
    line = clean(given, length)
    while len(line.encode("utf-16-le")) // 2 > length:
        line = clean(line, len(line) - 1)
    return line or None
