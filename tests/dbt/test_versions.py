"""Versions of a record end where the next begins, in whatever order they come; what has ended is left alone."""

from datetime import datetime, timedelta
from typing import Any

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

VERSIONS = """
    select role, recorded_at, superseded_at, xmin::text from staging.stg_crm__contacts
    where contact_id = 'k1' order by recorded_at
"""


def _ago(days: int) -> datetime:
    return at(DAY - timedelta(days=days))


def _deliver(company: Company, *days: int) -> list[tuple[Any, ...]]:
    """One batch of versions, each named after how many days ago it was recorded; all that there are then."""
    rows = [
        {"contact_id": contact, "account_id": "a", "role": str(day), "recorded_at": _ago(day)}
        for day in days
        for contact in ("k1", f"other_{day}")
    ]
    company.land("contacts", rows)
    transform.invoke(company.run(DAY), "run", "--select", "path:models/staging")
    return company.rows(VERSIONS)


def _ends(found: list[tuple[Any, ...]]) -> dict[str, datetime | None]:
    return {role: superseded_at for role, _, superseded_at, _ in found}


def test_a_new_version_ends_the_newest_and_writes_none_that_ended_before(company: Company) -> None:
    before = {role: written for role, _, _, written in _deliver(company, 60, 40, 20)}
    found = _deliver(company, 5)

    assert _ends(found) == {"60": _ago(40), "40": _ago(20), "20": _ago(5), "5": None}
    assert {role for role, _, _, written in found if before.get(role) == written} == {"60", "40"}


def test_a_version_that_comes_late_takes_its_place_between_the_others(company: Company) -> None:
    before = {role: written for role, _, _, written in _deliver(company, 60, 40, 20)}
    found = _deliver(company, 30)

    assert _ends(found) == {"60": _ago(40), "40": _ago(30), "30": _ago(20), "20": None}
    assert {role for role, _, _, written in found if before.get(role) == written} == {"60"}


def test_one_that_was_recorded_before_all_others_is_the_first(company: Company) -> None:
    _deliver(company, 40, 20)

    assert _ends(_deliver(company, 60)) == {"60": _ago(40), "40": _ago(20), "20": None}


def test_versions_in_any_order_are_those_of_one_delivery(company: Company, other_company: Company) -> None:
    for days in ((40, 20), (30, 5), (60,)):
        in_steps = _deliver(company, *days)
    at_once = _deliver(other_company, 60, 40, 30, 20, 5)

    assert [row[:3] for row in in_steps] == [row[:3] for row in at_once]
