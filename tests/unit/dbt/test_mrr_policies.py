"""Every policy that docs/retention.md lists is decided by a dbt unit test of the model that it names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from config.settings import ROOT

PAGE = ROOT / "docs" / "retention.md"
MODELS = ROOT / "dbt" / "models"
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


def _unit_tests(models: Path) -> Iterator[tuple[str, str]]:
    """(unit test, model) of every YAML file."""
    for path in sorted(models.rglob("*.yml")):
        for each in yaml.safe_load(path.read_text("utf-8")).get("unit_tests", ()):
            yield each["name"], each["model"]


def _undecided(page: str, models: Path) -> list[Decision]:
    known = set(_unit_tests(models))
    return [row for row in _decisions(page) if (row.unit_test, row.model) not in known]


def test_every_policy_has_the_unit_test_that_the_page_names() -> None:
    page = PAGE.read_text("utf-8")

    assert len({row.policy for row in _decisions(page)}) >= POLICIES
    assert _undecided(page, MODELS) == []


def test_a_test_that_is_missing_or_of_another_model_is_seen(tmp_path: Path) -> None:
    rows = ("| A one | a_test | books |", "| B two | a_test | ledger |", "| C three | no_test | books |")
    page = "\n".join(("| policy | unit test | model |", "|---|---|---|", *rows))
    (tmp_path / "books.yml").write_text(yaml.safe_dump({"unit_tests": [{"name": "a_test", "model": "books"}]}))

    assert _undecided(page, tmp_path) == [
        Decision("B two", "a_test", "ledger"),
        Decision("C three", "no_test", "books"),
    ]
