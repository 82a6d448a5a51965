"""Whichever CRM, billing, usage or support system is behind: out of the same company come the same marts.

Four warehouses differ from the first in one vendor each. Every row of every mart is compared, whole.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pytest

from copilot.sandbox.company import write_company
from copilot.sandbox.vendors.billing_book import Book
from copilot.sandbox.vendors.chargebee_objects import customer_id
from copilot.sandbox.vendors.stripe_objects import made_id
from tests.dbt.companies import Company
from tests.dbt.vendor_company import BASELINE, EVENINGS, SPEC, SWAPS, live
from tests.running_vendors import Vendors, running

pytestmark = pytest.mark.slow

Rows = Counter[str]
Marts = Mapping[str, Rows]
# It tells what changed since the day before, and one day is built.
WITHOUT_ROWS = {"account_health_waterfall_daily", "contract_overlaps"}
# The number of the delivery with which a row came.
DELIVERY = "batch_id"


@dataclass(frozen=True)
class Saying:
    """In a column of a mart one value reads as another, because the two vendors behind `source` cannot say the same."""

    source: str
    mart: str
    column: str
    said: Any
    reads_as: Any

    def of(self, mart: str, row: dict[str, Any]) -> dict[str, Any]:
        """The row as it reads."""
        is_meant = mart == self.mart and row[self.column] == self.said
        return {**row, self.column: self.reads_as} if is_meant else row


EXCEPTIONS = (
    # Zendesk closes for good what was solved some time ago; in Intercom anything may be opened again.
    Saying("support", "fct_support_ticket", "status", "closed", "solved"),
)


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    home = tmp_path_factory.mktemp("vendors")
    write_company(SPEC, home / "company")
    with pytest.MonkeyPatch.context() as patch, running(home / "company", "", home, patch) as found:
        yield found


@pytest.fixture(scope="module")
def lived(vendors: Vendors, found_company: Callable[[], Company]) -> Callable[[str], Company]:
    """The company whose source of that name has the other vendor behind it; with no name, the one to compare with."""
    companies: dict[str, Company] = {}

    def of(swapped: str) -> Company:
        if swapped not in companies:
            companies[swapped] = found_company()
            live(vendors, companies[swapped], {**BASELINE, **{k: SWAPS[k] for k in SWAPS if k == swapped}})
        return companies[swapped]

    return of


@pytest.fixture(scope="module")
def own_ids(vendors: Vendors) -> Mapping[str, str]:
    """The company's own id by those that Stripe and Chargebee made of it."""
    book = Book(vendors.company)
    keys = {
        "cus": book.customers,
        "sub": book.subscriptions,
        "in": [bill.key for bill in book.bills],
        "cn": book.credits,
        "ch": book.payments,
        "re": book.payments,
    }
    stripes = {made_id(prefix, key): key for prefix, found in keys.items() for key in found}
    return {**stripes, **{customer_id(key): key for key in book.customers}}


@pytest.fixture(scope="module")
def marts(lived: Callable[[str], Company], own_ids: Mapping[str, str]) -> Callable[..., Marts]:
    """Every mart of a company, as it reads with those exceptions."""

    def of(swapped: str, *exceptions: Saying) -> Marts:
        company = lived(swapped)
        tables = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        return {name: _rows(company, name, own_ids, exceptions) for (name,) in company.rows(tables)}

    return of


def _rows(company: Company, mart: str, own_ids: Mapping[str, str], exceptions: tuple[Saying, ...]) -> Rows:
    found: Rows = Counter()
    for (row,) in company.rows(f"select to_jsonb(t) - '{DELIVERY}' from marts.{mart} as t"):
        read = reduce(lambda so_far, exception: exception.of(mart, so_far), exceptions, row)
        own = {name: own_ids.get(value, value) if isinstance(value, str) else value for name, value in read.items()}
        found[json.dumps(own, sort_keys=True)] += 1
    return found


def different(one: Marts, other: Marts) -> dict[str, list[str]]:
    """By mart, what only one of the two has (the first few rows)."""
    odd = {name: [*(one[name] - other[name]), *(other[name] - one[name])] for name in one}
    return {name: sorted(rows)[:4] for name, rows in odd.items() if rows}


@pytest.mark.parametrize("source", SWAPS)
def test_the_marts_are_the_same_with_the_other_vendor_behind(marts: Callable[..., Marts], source: str) -> None:
    exceptions = [one for one in EXCEPTIONS if one.source == source]
    before, after = marts("", *exceptions), marts(source, *exceptions)

    assert before.keys() == after.keys()
    assert {name for name, rows in before.items() if not rows} == WITHOUT_ROWS
    assert different(before, after) == {}


@pytest.mark.parametrize("source", ["", "crm"])
def test_the_last_night_brings_what_the_two_crms_tell_differently(lived: Callable[[str], Company], source: str) -> None:
    last = f"recorded_at::date = '{EVENINGS[1]}'"
    merged = f"select count(*) from raw.accounts where merged_into_account_id is not null and {last}"
    left = f"select count(*) from raw.users where not is_active and {last}"

    assert [lived(source).rows(query) for query in (merged, left)] == [[(1,)], [(1,)]]


@pytest.mark.parametrize(
    ("source", "what"),
    [("crm", f"{DELIVERY} from marts.dim_account_history"), ("billing", "invoice_id from marts.fct_invoice")],
)
def test_the_numbers_that_are_not_compared_as_they_are_do_differ(
    lived: Callable[[str], Company], source: str, what: str
) -> None:
    numbers = f"select distinct {what} order by 1"

    assert lived("").rows(numbers) != lived(source).rows(numbers)


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda one: f"{one.mart}.{one.column}")
def test_no_exception_is_made_without_need(marts: Callable[..., Marts], exception: Saying) -> None:
    others = [one for one in EXCEPTIONS if one.source == exception.source and one is not exception]
    odd = different(marts("", *others), marts(exception.source, *others))

    assert odd.keys() == {exception.mart}
