"""What CRMs have in common: which of the vendor's fields holds which canonical column, as this company has set it up.

Options are written `ours=theirs; ours=theirs`: they are added to what the vendor has by itself, and `ours=` takes a
column away. `ours=One+Two` joins two fields by a space.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from config.settings import ConfigError
from copilot.sources.api.history import Fact, instant
from copilot.sources.canonical import BY_NAME, ColumnType
from copilot.sources.config import did_you_mean

# What every CRM's source may say.
OPTIONS: Mapping[str, str] = {
    # Further fields, or others than the vendor's own: `segment=Segment__c; tier=Tier__c`. The key's field is also what
    # other records' references are translated into: `account_id=Account_Key__c`.
    "account_fields": "",
    "contact_fields": "",
    "user_fields": "",
    "opportunity_fields": "",
    "activity_fields": "",
    # The company's own values as ours: `Upsell=expansion`, `Signed=won`.
    "opportunity_kinds": "",
    "opportunity_stages": "",
    # Custom objects; empty where the company has none.
    "sentiment_object": "",
    "sentiment_fields": "",
    "milestone_object": "",
    "milestone_fields": "",
}
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MILLISECONDS = re.compile(r"-?[0-9]{10,16}")
_REFERS = {"csm_id": "users", "manager_id": "users", "account_id": "accounts", "parent_account_id": "accounts"}

_COUNTED_BY = {"accounts": "created_on", "contacts": "created_on", "opportunities": "created_at"}

Read = Callable[[Any], Any]
# (when, what the field then held), oldest first.
Past = Sequence[tuple[datetime, Any]]


@dataclass(frozen=True)
class Column:
    """A canonical column: the vendor's fields, how what they hold reads, and which table's key it is, if any."""

    name: str
    fields: tuple[str, ...]
    read: Read
    refers_to: str | None = None

    def value(self, said: Sequence[Any]) -> Any:
        """What the fields say together."""
        return self.read(said[0] if len(said) == 1 else " ".join(str(one) for one in said if one))

    def facts(self, pasts: Sequence[Past]) -> Iterator[Fact]:
        """What the column was when, out of what each of its fields was when."""
        for at in sorted({at for past in pasts for at, _ in past}):
            yield at, {self.name: self.value([_held(past, at) for past in pasts])}


def counted_by(table: str, given: Sequence[Column]) -> Column | None:
    """The column by whose day a table's records can be counted; None where several fields make it, or there is none."""
    return next((one for one in given if one.name == _COUNTED_BY.get(table) and len(one.fields) == 1), None)


def _held(past: Past, at: datetime) -> Any:
    return next((value for since, value in reversed(past) if since <= at), None)


def pairs(option: str, said: str) -> dict[str, str]:
    """`a=b; c=d` as a mapping. Raises ConfigError."""
    found = {}
    for part in filter(None, map(str.strip, re.split(r"[;\n]", said))):
        left, mark, right = (word.strip() for word in part.partition("="))
        if not mark or not left:
            raise ConfigError(f"option {option}: {part!r} is not of the form name=name; several are parted by ;")
        found[left] = right
    return found


def columns(
    table: str, option: str, own: Mapping[str, str], said: str, reads: Mapping[str, Read]
) -> tuple[Column, ...]:
    """The columns of a table that this company's CRM holds, the key first. Raises ConfigError.

    `own` is where the vendor has them by itself, `said` what the option adds; `reads` overrides how a column reads.
    """
    kinds = {column.name: column.type for column in BY_NAME[table].columns}
    key = BY_NAME[table].key[0]
    given = {name: fields for name, fields in {**own, **pairs(option, said)}.items() if fields}
    for name, fields in given.items():
        if name not in kinds:
            raise ConfigError(f"option {option}: {table} have no {name}: {did_you_mean(name, list(kinds))}")
        for field in fields.split("+"):
            checked(option, field, _FIELD)
    if key not in given:
        raise ConfigError(f"option {option}: {key} is needed: name the field that holds it")
    return tuple(
        Column(
            name,
            tuple(given[name].split("+")),
            reads.get(name, READS[kinds[name]]),
            None if name == key else _REFERS.get(name),
        )
        for name in sorted(given, key=lambda one: one != key)
    )


def checked(option: str, name: str, form: re.Pattern[str] = _OBJECT) -> str:
    """The name, if it can be one of a field or object: it becomes part of a question. Raises ConfigError."""
    if not form.fullmatch(name):
        raise ConfigError(f"option {option}: {name!r} cannot be the API name of a field or object")
    return name


def known_words(option: str, own: str, said: str, otherwise: Read) -> Read:
    """Reads a picklist: their values, in any case, as ours; others as `otherwise` says. Raises ConfigError."""
    words = {theirs.casefold(): ours for theirs, ours in {**pairs(option, own), **pairs(option, said)}.items()}
    return lambda said: words.get(str(said).strip().casefold()) or otherwise(said)


def deleted(table: str, at: datetime) -> dict[str, Any]:
    """What it means for a record that it was deleted then; of an account and a milestone nothing can be said."""
    meaning: Mapping[str, dict[str, Any]] = {
        "contacts": {"is_champion": "false"},
        "opportunities": {"stage": "deleted"},
        "sentiments": {"expires_on": at.date()},
    }
    return meaning.get(table, {})


def nothing(_: Any) -> None:
    """Not known."""


def text(said: Any) -> str | None:
    """Text that is not empty."""
    return None if said is None or said == "" else str(said)


def word(said: Any) -> str | None:
    """A label as one of our words: `No Answer` is no_answer."""
    return re.sub(r"[\W_]+", "_", str(said or "").casefold()).strip("_") or None


def moment(said: Any) -> datetime | None:
    """An instant from ISO 8601, or from milliseconds since 1970. Raises ValueError and TypeError."""
    if isinstance(said, str) and _MILLISECONDS.fullmatch(said):
        return datetime.fromtimestamp(int(said) / 1000, UTC)
    return instant(said)


def day(said: Any) -> Any:
    """The day of an instant, in UTC."""
    found = moment(said)
    return found.date() if found else None


def domain_of(said: Any) -> str | None:
    """The domain of a web address."""
    given = str(said or "").strip().lower()
    try:
        host = urlsplit(given if "://" in given else f"//{given}").hostname or ""
    except ValueError:  # somebody's note in the field for the web address
        return None
    return host.removeprefix("www.") or None


READS: Mapping[ColumnType, Read] = {
    "text": text,
    "bigint": text,
    "numeric": text,
    "boolean": lambda said: None if said is None or said == "" else str(said).lower(),
    "date": day,
    "timestamptz": moment,
}


def fields_of(given: Sequence[Column]) -> list[str]:
    """All of the vendor's fields that the columns need, each once."""
    return list(dict.fromkeys(chain.from_iterable(column.fields for column in given)))
