"""What HubSpot counts of a day: the total of a search that asks for no more than one record.

https://developers.hubspot.com/docs/api/crm/search. What was archived or merged away is not found by it. Touches are
known by their association with a company, which cannot be searched for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.measures import begin, end, told
from copilot.sources.connectors.crm import Column, counted_by
from copilot.sources.connectors.crm import day as day_of
from copilot.sources.connectors.hubspot_company import CREATED, Shape, company
from copilot.sources.connectors.hubspot_paging import milliseconds
from copilot.sources.figures import Dated

# What a search calls the time of creation, which lists give beside the properties.
_CREATED_PROPERTY = "createdate"


def measures(options: Mapping[str, str]) -> Sequence[Measure]:
    """Companies, contacts and deals, where the company keeps the day in one property."""
    return [
        told(shape.table, dated.name, partial(_count, shape, dated), "total", partial(_read, shape, dated))
        for shape in company(options).shapes
        if (dated := counted_by(shape.table, shape.columns)) is not None
    ]


def _count(shape: Shape, dated: Column, day: date) -> Ask:
    """What is of a company: nothing else is landed."""
    name = _CREATED_PROPERTY if dated.fields[0] == CREATED else dated.fields[0]
    span = {"value": str(milliseconds(begin(day))), "highValue": str(milliseconds(end(day)) - 1)}
    filters = [{"propertyName": name, "operator": "BETWEEN", **span}]
    if shape.table != "accounts":
        filters += [{"propertyName": one, "operator": "HAS_PROPERTY"} for one in shape.referring_to("accounts")]
    question = {"filterGroups": [{"filters": filters}], "properties": [name], "limit": 1}
    return Ask(f"crm/v3/objects/{shape.object}/search", "POST", json=question)


def _read(shape: Shape, dated: Column, record: Record) -> Iterator[Dated]:
    field = dated.fields[0]
    found = day_of(record[CREATED] if field == CREATED else record["properties"].get(field))
    if found:
        yield Dated(str(record["properties"][shape.key.fields[0]]), found)
