"""As much of HubSpot's search as connectors need: conditions on the time of change and the number, in either order.

And, for counting: whether a property is known, and whether its time or day lies between two times.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

# When a record was changed, and its number.
Found = tuple[datetime, int]


def matching(given: Any, modified: str, changed: Iterable[Found]) -> list[int]:
    """The numbers of the records that meet every condition, in the order that was asked for.

    Raises KeyError, IndexError and ValueError for a question that is none.
    """
    tests = [_test(one, modified) for one in given["filterGroups"][0]["filters"]]
    found = [one for one in changed if all(test(one) for test in tests)]
    is_by_number = given["sorts"][0]["propertyName"] == "hs_object_id"
    return [number for _, number in sorted(found, key=lambda one: one[1] if is_by_number else one)]


def meets(given: Any, properties: Mapping[str, str | None]) -> bool:
    """Whether a record with these properties meets every condition. Raises KeyError for what is not understood."""
    tests: dict[str, Callable[[Any], bool]] = {
        "HAS_PROPERTY": lambda one: bool(properties[one["propertyName"]]),
        "BETWEEN": lambda one: (
            int(one["value"]) <= _milliseconds(properties[one["propertyName"]]) <= int(one["highValue"])
        ),
    }
    return all(tests[one["operator"]](one) for one in given["filterGroups"][0]["filters"])


def _milliseconds(said: str | None) -> int:
    """A day is its midnight in UTC."""
    found = datetime.fromisoformat(said or "0001-01-01")
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _test(condition: Any, modified: str) -> Callable[[Found], bool]:
    place = {modified: 0, "hs_object_id": 1}[condition["propertyName"]]
    low, high = (int(condition[name]) for name in ("value", "highValue" if "highValue" in condition else "value"))

    def held(one: Found) -> int:
        return int(one[0].timestamp() * 1000) if place == 0 else one[1]

    how: dict[str, Callable[[int], bool]] = {
        "GTE": lambda value: value >= low,
        "GT": lambda value: value > low,
        "BETWEEN": lambda value: low <= value <= high,
    }
    compare = how[condition["operator"]]
    return lambda one: compare(held(one))
