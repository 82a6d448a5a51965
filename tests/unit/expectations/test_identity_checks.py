"""Rings of mergers are found without walking for ever, and messages name few and short ids."""

import pytest

from expectations.identity_checks import in_rings, named


@pytest.mark.parametrize(
    ("successors", "ring"),
    [
        ({}, []),
        ({"a": "b", "b": "c"}, []),
        ({"a": "a"}, ["a"]),
        ({"tail": "b", "b": "a", "a": "b"}, ["a", "b"]),
        ({"a": "b", "b": "c", "c": "a", "d": "nobody", "e": "d"}, ["a", "b", "c"]),
        ({"a": "b", "b": "a", "x": "y", "y": "x", "z": "a"}, ["a", "b", "x", "y"]),
    ],
)
def test_a_ring_is_those_that_come_back_to_themselves(successors: dict[str, str], ring: list[str]) -> None:
    assert in_rings(successors) == ring


def test_a_long_chain_is_walked_once() -> None:
    chain = {str(n): str(n + 1) for n in range(100_000)}

    assert in_rings(chain) == []


def test_five_ids_are_named_and_the_rest_counted() -> None:
    assert named([]) == ""
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert named(["x" * 50]) == "x" * 40 + "…"
