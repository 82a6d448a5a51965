"""What Salesforce counts of a day: `SELECT COUNT()`, which gives a number and no record, of deleted ones too.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_count.htm
Touches cannot be counted so: what they are dated by is put together from several fields. Amounts of opportunities are
edited all day, so only their number is compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.measures import begin, end, told
from copilot.sources.connectors.crm import Column, counted_by
from copilot.sources.connectors.crm import day as day_of
from copilot.sources.connectors.salesforce_bulk import API
from copilot.sources.connectors.salesforce_company import Shape, company
from copilot.sources.connectors.salesforce_soql import soql
from copilot.sources.figures import Dated

_CREATED = "CreatedDate"


def measures(options: Mapping[str, str]) -> Sequence[Measure]:
    """Accounts, contacts and opportunities, where the company keeps the day in one field."""
    return [
        told(shape.table, dated.name, partial(_count, shape, dated), "totalSize", partial(_read, shape, dated))
        for shape in company(options).shapes
        if (dated := counted_by(shape.table, shape.columns)) is not None
    ]


def _count(shape: Shape, dated: Column, day: date) -> Ask:
    """What is of an account: nothing else is landed."""
    field = dated.fields[0]
    conditions = [f"{field} = {day}"]
    if field == _CREATED:
        conditions = [f"{field} >= {begin(day):%Y-%m-%dT%H:%M:%SZ}", f"{field} < {end(day):%Y-%m-%dT%H:%M:%SZ}"]
    accounts = shape.referring_to("accounts") if shape.table != "accounts" else []
    conditions += [f"{column.fields[0]} != null" for column in accounts if column.name == "account_id"]
    question = soql(("COUNT()",), shape.sobject, " AND ".join(conditions))
    return Ask(f"{API}/queryAll", params={"q": question})


def _read(shape: Shape, dated: Column, record: Record) -> Iterator[Dated]:
    found = day_of(record[dated.fields[0]])
    if found:
        yield Dated(str(record[shape.key.fields[0]]), found)
