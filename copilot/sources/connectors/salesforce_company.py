"""How one company keeps its Salesforce: which objects and fields hold what, out of the options of a sources file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.settings import ConfigError
from copilot import clock
from copilot.sources.connectors import salesforce_fields as fields
from copilot.sources.connectors.crm import Column, checked, columns, domain_of, known_words, nothing, word

# Field history is kept for 18 months; what the API still gives of the half year before is being removed.
_HISTORY_KEPT = timedelta(days=540)


@dataclass(frozen=True)
class Shape:
    """One kind of record: `extra` is read besides the columns' fields, `history` holds its changes, by `history_of`."""

    stream: str
    table: str
    sobject: str
    columns: tuple[Column, ...]
    extra: tuple[str, ...] = ("IsDeleted",)
    history: str = ""
    history_of: str = ""

    @property
    def key(self) -> Column:
        """The column of the key."""
        return self.columns[0]

    def referring_to(self, table: str) -> list[Column]:
        """The columns that hold another record's id."""
        return [column for column in self.columns if column.refers_to == table]


@dataclass(frozen=True)
class Company:
    """The kinds of record, what accounts and users are called by, and since when field history is complete."""

    shapes: tuple[Shape, ...]
    account_key: str
    user_key: str
    history_since: datetime
    is_bulk: bool


def related(field: str) -> str:
    """The name of the relation whose id the field holds. Raises ConfigError for a field that can hold none."""
    for end, instead in (("__c", "__r"), ("Id", "")):
        if field.endswith(end):
            return field.removesuffix(end) + instead
    raise ConfigError(f"{field} holds no id of another record: name a lookup field, such as AccountId or Account__c")


def company(options: Mapping[str, str]) -> Company:
    """What the options say. Raises ConfigError."""
    accounts = Shape(
        "accounts", "accounts", "Account",
        columns("accounts", "account_fields", fields.ACCOUNT, options["account_fields"], {"domain": domain_of}),
        ("IsDeleted", "MasterRecordId"), "AccountHistory", "AccountId",
    )  # fmt: skip
    users = Shape(
        "users",
        "users",
        "User",
        columns("users", "user_fields", fields.USER, options["user_fields"], {}),
        ("UserType",),
    )
    others = (_contacts(options), _opportunities(options), *_activities(options), *_custom(options))
    for column in (column for shape in (accounts, *others) for column in shape.referring_to("accounts")):
        related(column.fields[0])
    if options["first_load"] not in ("rest", "bulk"):
        raise ConfigError(f"option first_load: it says {options['first_load']!r}: there is rest and bulk")
    return Company(
        (accounts, users, *others),
        accounts.key.fields[0],
        users.key.fields[0],
        _history_since(options["history_since"]),
        options["first_load"] == "bulk",
    )


def _history_since(said: str) -> datetime:
    try:
        return datetime.fromisoformat(said).replace(tzinfo=UTC) if said else clock.now() - _HISTORY_KEPT
    except ValueError:
        raise ConfigError(f"option history_since: {said!r} is no date such as 2025-01-31") from None


def _contacts(options: Mapping[str, str]) -> Shape:
    found = columns("contacts", "contact_fields", fields.CONTACT, options["contact_fields"], {})
    return Shape("contacts", "contacts", "Contact", found, history="ContactHistory", history_of="ContactId")


def _opportunities(options: Mapping[str, str]) -> Shape:
    reads = {
        "kind": known_words("opportunity_kinds", fields.KINDS, options["opportunity_kinds"], nothing),
        "stage": known_words("opportunity_stages", fields.STAGES, options["opportunity_stages"], word),
    }
    found = columns("opportunities", "opportunity_fields", fields.OPPORTUNITY, options["opportunity_fields"], reads)
    return Shape(
        "opportunities", "opportunities", "Opportunity", found,
        history="OpportunityFieldHistory", history_of="OpportunityId",
    )  # fmt: skip


def _activities(options: Mapping[str, str]) -> tuple[Shape, ...]:
    reads, said = {"kind": word, "outcome": word}, options["activity_fields"]
    tasks = columns("interactions", "activity_fields", fields.TASK, said, reads)
    events = columns("interactions", "activity_fields", fields.EVENT, said, reads)
    done = ("IsDeleted", "IsClosed", "TaskSubtype", "ActivityDate", "CompletedDateTime")
    return (
        Shape("tasks", "interactions", "Task", tasks, done),
        Shape("events", "interactions", "Event", events, ("IsDeleted", "StartDateTime")),
    )


def _custom(options: Mapping[str, str]) -> list[Shape]:
    """The custom objects that the company has. History of one exists only where it was switched on."""
    found = []
    if name := options["sentiment_object"]:
        given = columns("sentiments", "sentiment_fields", fields.SENTIMENT, options["sentiment_fields"], {})
        kept = f"{checked('sentiment_object', name).removesuffix('__c')}__History"
        has_history = options["sentiment_history"] == "yes"
        told = (kept, "ParentId") if has_history else ("", "")
        found.append(Shape("sentiments", "sentiments", name, given, ("IsDeleted",), *told))
    if name := options["milestone_object"]:
        given = columns("milestones", "milestone_fields", fields.MILESTONE, options["milestone_fields"], {})
        found.append(Shape("milestones", "milestones", checked("milestone_object", name), given))
    return found
