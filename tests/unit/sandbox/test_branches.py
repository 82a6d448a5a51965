"""Two branches, each with systems of its own, are together the company: no row is lost, none is in both."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from copilot.sandbox.branches import AMERICAS, EUROPE, VENDORS
from copilot.sandbox.company import BRANCHES, write_company, written_at
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors.shelf import Shelf, Version
from copilot.sources.canonical import TABLES

SMALL = [table.name for table in TABLES if table.role != "usage"]


@pytest.fixture(scope="module")
def grown(spec: CompanySpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("branches")
    write_company(spec, directory, has_branches=True)
    return directory


def rows(directory: Path, name: str) -> Iterator[Version]:
    for held in Shelf(directory, name).records.values():
        yield from held.versions


def branch(grown: Path, name: str) -> Path:
    return grown / BRANCHES / name


@pytest.mark.parametrize("name", SMALL)
def test_every_row_is_in_one_branch_and_people_who_look_after_accounts_are_in_both(grown: Path, name: str) -> None:
    whole, one, other = (
        sorted(map(repr, rows(home, name))) for home in (grown, branch(grown, AMERICAS), branch(grown, EUROPE))
    )

    assert len(one) > 0
    assert len(other) > 0
    if name == "users":
        assert one == other == whole
    else:
        assert sorted(one + other) == whole


def test_every_event_is_in_one_branch(grown: Path, read) -> None:
    whole, one, other = (read(home, "usage_events") for home in (grown, branch(grown, AMERICAS), branch(grown, EUROPE)))

    assert min(len(one), len(other)) > 1000
    assert pa.concat_tables([one, other]).sort_by("event_id") == whole.sort_by("event_id")


def test_no_record_refers_to_an_account_of_the_other_branch(grown: Path) -> None:
    families = 0
    for name in VENDORS:
        known = set(Shelf(branch(grown, name), "accounts").records)
        said = list(rows(branch(grown, name), "accounts"))
        told = {one[field] for one in said for field in ("parent_account_id", "merged_into_account_id") if one[field]}
        families += len(told)
        carried = {one["account_id"] for one in rows(branch(grown, name), "customers") if one["account_id"]}
        filed = {one["account_id"] for one in rows(branch(grown, name), "tickets")}
        assert told | carried | filed <= known
    assert families > 3


def test_another_company_or_another_day_of_it_has_another_stamp(spec: CompanySpec, tmp_path: Path) -> None:
    short = spec.changed(start=spec.end.replace(month=spec.end.month - 1), fixtures=False)
    assert written_at(tmp_path) is None
    write_company(short, tmp_path)
    first = written_at(tmp_path)
    write_company(short, tmp_path)
    again = written_at(tmp_path)
    write_company(short, tmp_path, until=spec.end.replace(day=2))

    assert first == again
    assert written_at(tmp_path) != again
