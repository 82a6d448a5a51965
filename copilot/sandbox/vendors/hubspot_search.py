"""As much of HubSpot's search as connectors need: conditions on the time of change and the number, in either order."""

from collections.abc import Callable, Iterable
from datetime import datetime
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
