"""Every policy that docs/retention.md lists is decided by a dbt unit test of the model that it names."""

import re
from typing import Any, NamedTuple

from config.settings import ROOT

PAGE = ROOT / "docs" / "retention.md"
# What companies decide differently about recurring revenue, as the data model's contract counts it.
POLICIES = 14


class Decision(NamedTuple):
    """A row of the page's table."""

    policy: str
    unit_test: str
    model: str


def _decisions(page: str) -> list[Decision]:
    table = page.split("| policy | unit test | model |")[1]
    return [Decision(*row) for row in re.findall(r"^\| ([A-Z][^|]+) \| (\w+) \| (\w+) \|$", table, re.MULTILINE)]


def _undecided(page: str, unit_tests: set[tuple[str, str]]) -> list[Decision]:
    """The rows whose unit test, of that model, is not among the (unit test, model) that there are."""
    return [row for row in _decisions(page) if (row.unit_test, row.model) not in unit_tests]


def test_every_policy_has_the_unit_test_that_the_page_names(manifest: Any) -> None:
    page = PAGE.read_text("utf-8")
    unit_tests = {(each.name, each.model) for each in manifest.unit_tests.values()}

    assert len({row.policy for row in _decisions(page)}) >= POLICIES
    assert _undecided(page, unit_tests) == []


def test_a_test_that_is_missing_or_of_another_model_is_seen() -> None:
    rows = ("| A one | a_test | books |", "| B two | a_test | ledger |", "| C three | no_test | books |")
    page = "\n".join(("| policy | unit test | model |", "|---|---|---|", *rows))

    assert _undecided(page, {("a_test", "books")}) == [
        Decision("B two", "a_test", "ledger"),
        Decision("C three", "no_test", "books"),
    ]
