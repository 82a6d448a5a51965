"""What product analytics tools share: something done in the product, with properties that each company names itself.

Such tools have events only. Daily totals of accounts that serve clients of their own come as one more event, which a
company's product sends once a day and account: its properties are called as the columns of `usage_daily`.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from dlt.sources.helpers.rest_client.client import RESTClient

from config.settings import ConfigError, var_dir
from copilot.sources.api.connector import Ask, Export, Gives, Measure, Record, Row
from copilot.sources.api.exports import exported_of
from copilot.sources.api.measures import take
from copilot.sources.canonical import BY_NAME
from copilot.sources.figures import Dated, Figure, Sums

OPTIONS = {
    # The first day to read, as 2024-01-31; empty means two years back.
    "begin": "",
    # What the tool calls a login, and the properties that hold the feature and how many times it was used.
    "login_event": "login",
    "feature_property": "feature",
    "quantity_property": "quantity",
    # The event that carries an account's daily totals; empty where there is none.
    "totals_event": "",
}
_LOOKS_BACK = timedelta(days=730)
_TOTALS = tuple(column.name for column in BY_NAME["usage_daily"].columns if column.type == "bigint")


class Happened(NamedTuple):
    """One event in our words. `account` and `user` as the tool has them; `properties` are the company's own."""

    event_id: str
    account: Any
    user: Any
    occurred_at: datetime
    recorded_at: datetime
    properties: Mapping[str, Any]


def first_day(options: Mapping[str, str]) -> date | None:
    """The first day to read, where the sources file says so. Raises ConfigError for what is no date."""
    said = options["begin"]
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise ConfigError(f"option begin: {said!r} is no date: write it as 2024-01-31") from None


def number(options: Mapping[str, str], name: str) -> int:
    """An option that is a whole number above zero. Raises ConfigError for anything else."""
    said = options[name]
    if not (said.isascii() and said.isdigit() and int(said) > 0):
        raise ConfigError(f"option {name}: {said!r} is no whole number above 0")
    return int(said)


def begins(first: date | None, now: datetime) -> date:
    """The first day of a first load."""
    return first or (now - _LOOKS_BACK).date()


def properties_read(options: Mapping[str, str]) -> frozenset[str]:
    """Which of an event's own properties are read at all."""
    return frozenset({options["feature_property"], options["quantity_property"], *_TOTALS})


def only(record: Any, fields: Container[str]) -> Any:
    """A record without what nobody reads: whatever else a product tells of its users never reaches a file of ours."""
    return {name: value for name, value in record.items() if name in fields} if isinstance(record, dict) else record


def gives(
    options: Mapping[str, str], name: str, read: Callable[[Record], Happened], fields: Mapping[str, str]
) -> Sequence[Gives]:
    """Events, and daily totals where the company has an event for them: neither changes once it is recorded.

    `name` is the field in which a record says which event it is; `fields` are the forms of what `read` needs.
    """
    totals_event, feature = options["totals_event"] or None, options["feature_property"]

    def events(record: Record) -> Iterator[Row]:
        if record[name] != totals_event:
            yield _event(record[name], read(record), options)

    def totals(record: Record) -> Iterator[Row]:
        if record[name] == totals_event:
            yield _total(read(record), feature)

    def of_totals(record: Record) -> Mapping[str, str]:
        return fields if record.get(name) == totals_event else {}

    found = Gives("usage_events", events, "versions", lambda record: fields if not of_totals(record) else {})
    return (found, Gives("usage_daily", totals, "versions", of_totals)) if totals_event else (found,)


def measures(
    options: Mapping[str, str],
    events: Export,
    asks: Callable[[date], Ask],
    received: Callable[[Record], tuple[str, str, datetime]],
    settles: timedelta,
) -> Sequence[Measure]:
    """What the tool received on a day, exported again and counted: what it got is closed, what happened is not.

    `received` is which event a record is, its key, and when the tool got it.
    """
    first, totals_event = first_day(options) or date.min, options["totals_event"]

    def measure(gives: Gives) -> Measure:
        def read(record: Record) -> Iterator[Dated]:
            name, key, at = received(record)
            if (name == totals_event) == (gives.table == "usage_daily"):
                yield Dated(key, at.date())

        def ask(client: RESTClient, days: Sequence[date]) -> Mapping[date, Figure]:
            place = var_dir() / "spool"
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            sums = Sums([day for day in days if day >= first])
            for day in sums.days:
                take(sums, exported_of(client, events, asks(day), place), read)
            return sums.figures()

        return Measure(gives.table, "recorded_at", ask, read, settles)

    return [measure(one) for one in events.gives]


def _event(name: str, said: Happened, options: Mapping[str, str]) -> Row:
    return {
        "event_id": said.event_id,
        "account_id": _one(said.account),
        "user_id": _one(said.user),
        "event_name": "login" if name == options["login_event"] else name,
        "feature": said.properties.get(options["feature_property"]),
        "occurred_at": said.occurred_at,
        "quantity": said.properties.get(options["quantity_property"]),
        "recorded_at": said.recorded_at,
    }


def _total(said: Happened, feature: str) -> Row:
    return {
        "account_id": _one(said.account),
        "used_on": said.occurred_at.date(),
        "feature": said.properties.get(feature) or "all",
        **{name: said.properties.get(name) for name in _TOTALS},
        "recorded_at": said.recorded_at,
    }


def _one(said: Any) -> str | None:
    """A name as text. What may hold several groups comes as a list, of which an account is the first."""
    if isinstance(said, list):
        said = said[0] if said else None
    return None if said is None or said == "" else str(said)
