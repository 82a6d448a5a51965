"""Contracts of one account that run side by side, where the owner says that only one may count."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from config import mrr
from config.mrr import MrrPolicy
from config.run import Run
from copilot.warehouse import transform
from expectations.overlaps import overlap_checks
from expectations.session import open_session
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.figures import figure

pytestmark = pytest.mark.slow
Row = dict[str, Any]


def before(days: int) -> date:
    return DAY - timedelta(days=days)


START = before(60)


def contract(name: str, mrr: int | None, started: int, ended: int | None = None, **given: Any) -> Row:
    """The account is the name's first part; days are counted back from the run's day."""
    row = {"subscription_id": name, "account_id": name.partition("/")[0], "plan": "pro", "mrr": mrr, "currency": "USD"}
    row |= {"started_on": before(started), "recorded_at": at(before(started))}
    if ended is not None:
        row["ended_on"] = before(ended)
    return row | given


def contracts() -> Iterable[Row]:
    yield contract("same_plan/a", 100, 60)
    yield contract("same_plan/b", 80, 30)
    yield contract("add_on/a", 100, 60)
    yield contract("add_on/b", 80, 30, plan="extra")
    # The first ends on the day on which the second begins.
    yield contract("touching/a", 100, 60, 30)
    yield contract("touching/b", 120, 30)
    yield contract("nested/a", 100, 60)
    yield contract("nested/b", 50, 40, 10)
    # Equal dates: b was recorded a day before a. Of equal moments the id decides.
    yield contract("equal/a", 70, 50, recorded_at=at(before(48)))
    yield contract("equal/b", 90, 50, recorded_at=at(before(49)))
    yield contract("twins/a", 70, 50)
    yield contract("twins/b", 90, 50)
    # What is said of a contract later does not make it a later contract.
    yield contract("again/a", 70, 50)
    yield contract("again/a", 75, 50, recorded_at=at(before(10)))
    yield contract("again/b", 90, 50, recorded_at=at(before(49)))
    # a ends while b and c run: then b counts; when b ends, c does.
    yield contract("three/a", 100, 60)
    yield contract("three/a", 100, 60, 20, recorded_at=at(before(20)))
    yield contract("three/b", 200, 50)
    yield contract("three/b", 200, 50, 5, recorded_at=at(before(5)))
    yield contract("three/c", 400, 40)
    # The earlier contract is heard of only twenty days before the run's day.
    yield contract("late/a", 300, 55, recorded_at=at(before(20)))
    yield contract("late/b", 30, 50)
    # An end that is announced ends the overlap; what is free, tried or paused keeps nobody out.
    yield contract("leaving/a", 100, 60, -9, notice_on=before(3), recorded_at=at(before(3)))
    yield contract("leaving/b", 60, 30)
    yield contract("free/a", 0, 60)
    yield contract("free/b", 60, 30)
    yield contract("trial/a", 100, 60, is_trial=True)
    yield contract("trial/b", 60, 30)
    yield contract("unnamed/a", 100, 60, plan=None)
    yield contract("unnamed/b", 60, 30, plan=None)


def land(company: Company) -> None:
    rows = list(contracts())
    names = sorted({row["account_id"] for row in rows})
    company.land("accounts", [{"account_id": n, "name": n, "recorded_at": at(START, 1)} for n in names])
    company.land("subscriptions", rows)


@contextmanager
def ruled(rule: str) -> Iterator[None]:
    """The settings of a company whose owner chose that."""
    policy = MrrPolicy.model_validate(mrr.load_mrr_policy().model_dump() | {"contracts_at_a_time": rule})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "load_mrr_policy", lambda: policy)
        yield


def build(company: Company, rule: str) -> Run:
    with ruled(rule):
        transform.invoke(company.run(DAY), "build", *transform.SCOPE)
    return company.run(DAY)


def keep_books(company: Company, rule: str) -> None:
    """The books and the list alone."""
    with ruled(rule):
        transform.invoke(company.run(DAY), "run", "--select", "+mrr_daily", "mrr_days_built", "+contract_overlaps")


def listed(company: Company) -> set[tuple[Any, ...]]:
    return set(
        company.rows(
            "select subscription_id, counted_subscription_id, first_on, last_on, mrr_usd::integer"
            f" from marts.contract_overlaps where as_of_date = date '{DAY}'"
        )
    )


def booked(company: Company) -> dict[str, list[tuple[date, int]]]:
    """Of each account: every evening on which its MRR became another, and what it became."""
    rows = company.rows(
        "select account_id, as_of_date, mrr_usd::integer from marts.mrr_daily where n_subscriptions > 0 order by 1, 2"
    )
    books: dict[str, list[tuple[date, int]]] = {}
    for account, day, mrr_usd in rows:
        steps = books.setdefault(account, [])
        if not steps or steps[-1][1] != mrr_usd:
            steps.append((day, mrr_usd))
    return books


ONE_A_PLAN = {
    ("same_plan/b", "same_plan/a", before(30), None, 80),
    ("equal/a", "equal/b", before(50), None, 70),
    ("twins/b", "twins/a", before(50), None, 90),
    ("again/b", "again/a", before(50), None, 90),
    ("late/b", "late/a", before(50), None, 30),
    ("leaving/b", "leaving/a", before(30), before(-8), 60),
}
ONLY_OF_AN_ACCOUNT = {
    ("add_on/b", "add_on/a", before(30), None, 80),
    ("unnamed/b", "unnamed/a", before(30), None, 60),
}
BOOKED = {
    "same_plan": [(before(60), 100)],
    "add_on": [(before(60), 100), (before(30), 180)],
    "touching": [(before(60), 100), (before(30), 120)],
    "nested": [(before(60), 100)],
    "equal": [(before(49), 90)],
    "twins": [(before(50), 70)],
    "again": [(before(50), 70), (before(10), 75)],
    "three": [(before(60), 100), (before(20), 200), (before(5), 400)],
    "late": [(before(50), 30), (before(20), 300)],
    "leaving": [(before(30), 60), (before(3), 100)],
    "free": [(before(60), 0), (before(30), 60)],
    "trial": [(before(30), 60)],
    "unnamed": [(before(60), 100), (before(30), 160)],
}
ONE_ACCOUNT_BOOKED = BOOKED | {"add_on": [(before(60), 100)], "unnamed": [(before(60), 100)]}


def test_where_each_plan_or_account_has_one_contract_the_later_is_listed_and_left_out(
    company: Company, other_company: Company
) -> None:
    """One whole build, with every reconciliation of the marts."""
    for made in (company, other_company):
        land(made)
    run = build(company, "one_a_plan")
    keep_books(other_company, "one_an_account")

    found = (listed(company), listed(other_company))
    wanted = (ONE_A_PLAN, ONE_A_PLAN | ONLY_OF_AN_ACCOUNT)
    n_right = sum(len(have & want) - len(have - want) for have, want in zip(found, wanted, strict=True))
    figure(
        "F25 overlapping contracts set aside with both ids", f"{n_right} of {sum(len(want) for want in wanted)}", "all"
    )
    assert found == wanted
    assert booked(company) == BOOKED
    assert booked(other_company) == ONE_ACCOUNT_BOOKED
    with open_session(run, "marts") as gate:
        [finding] = overlap_checks(gate, run)
    assert (finding.severity, finding.passed, finding.n_failing) == ("warn", False, 6)
    assert "6 contracts overlap" in finding.message
    assert "same_plan/b beside same_plan/a" in finding.message
    assert "420 USD" in finding.message

    # Whoever takes the rule back has the books of before, from the first evening on.
    keep_books(company, "any")
    assert listed(company) == set()
    assert booked(company)["same_plan"] == [(before(60), 100), (before(30), 180)]
    with open_session(run, "marts") as gate:
        assert [finding.passed for finding in overlap_checks(gate, run)] == [True]
