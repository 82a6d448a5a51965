"""What a connector never keeps, taken out of a record before it is written anywhere."""

from typing import Any


def without(said: Any, dropped: frozenset[str]) -> Any:
    """The same without fields of these names, however deep: a feed wraps the record in another."""
    if not dropped:
        return said
    if isinstance(said, dict):
        return {name: without(value, dropped) for name, value in said.items() if name not in dropped}
    return [without(value, dropped) for value in said] if isinstance(said, list) else said
