"""How one company keeps its HubSpot: which objects and properties hold what, out of the options of a sources file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from copilot.sources.connectors import crm
from copilot.sources.connectors.crm import Column, checked, columns, domain_of, known_words, nothing, word

# Fields are properties; values are of deal type and stage, such as `1234567=won`; custom objects have their fully
# qualified name, and `account_id` names the property that holds what the account is called: without one the association
# with a company counts, which has no history.
OPTIONS = crm.OPTIONS
CREATED = "createdAt"
RECORD_ID = "hs_object_id"
MERGED = "hs_merged_object_ids"
# What an owner has by itself; all else is of the user object beside it.
OWNER_FIELDS = frozenset({"id", "email", "firstName", "lastName", CREATED})
_FORMS = {"id": "text", CREATED: "text", "updatedAt": "text", "archived": "flag", "properties": "object"}
OWNER_FORMS = {
    "id": "text",
    "email": "text?",
    "firstName": "text?",
    "lastName": "text?",
    CREATED: "text",
    "updatedAt": "text",
    "archived": "flag",
}
_COMPANY = {
    "account_id": RECORD_ID,
    "name": "name",
    "domain": "domain",
    "industry": "industry",
    "parent_account_id": "hs_parent_company_id",
    "csm_id": "hubspot_owner_id",
    "created_on": CREATED,
}
_CONTACT = {
    "contact_id": RECORD_ID,
    "account_id": "associatedcompanyid",
    "full_name": "firstname+lastname",
    "email": "email",
    "role": "jobtitle",
    "created_on": CREATED,
}
_USER = {
    "csm_id": "id",
    "full_name": "firstName+lastName",
    "email": "email",
    "timezone": "hs_standard_time_zone",
    "created_on": CREATED,
}
_DEAL = {
    "opportunity_id": RECORD_ID,
    "account_id": "hs_primary_associated_company",
    "kind": "dealtype",
    "stage": "dealstage",
    "amount": "amount",
    "currency": "deal_currency_code",
    "close_on": "closedate",
    "created_at": CREATED,
}
_EMAIL = {"interaction_id": RECORD_ID, "csm_id": "hubspot_owner_id", "occurred_at": "hs_timestamp"}
_CALL = {**_EMAIL, "kind": "hs_activity_type", "outcome": "hs_call_disposition"}
_MEETING = {**_EMAIL, "kind": "hs_activity_type", "outcome": "hs_meeting_outcome"}
_ACTIVITIES = {"calls": _CALL, "emails": _EMAIL, "meetings": _MEETING}
_SENTIMENT = {
    "sentiment_id": RECORD_ID,
    "csm_id": "hubspot_owner_id",
    "rating": "rating",
    "reason": "reason",
    "rated_at": CREATED,
    "expires_on": "expires_on",
}
_MILESTONE = {"milestone_id": RECORD_ID, "milestone": "milestone", "achieved_at": "achieved_at"}
_KINDS = "newbusiness=new; renewal=renewal; existingbusiness=expansion"
_STAGES = "closedwon=won; closedlost=lost"
# https://developers.hubspot.com/docs/api/crm/calls: what a call's disposition is by default.
_DISPOSITIONS = """
    9d9162e7-6cf3-4944-bf63-4dff82258764=busy; f240bbac-87c9-4f6e-bf70-924b57d47db7=connected
    a4c4c377-d246-4b32-a13b-75a56a4cd0ff=left_live_message; b2cf5968-551e-4856-9783-52b3da59a7d0=left_voicemail
    73a0d17f-1163-4015-bdd5-ec830791da20=no_answer; 17b47fee-58de-441e-a44c-c6300d46f273=wrong_number
"""


@dataclass(frozen=True)
class Shape:
    """One kind of object: `object` names it in addresses, `modified` is the property that every change moves.

    Where it `is_associated`, its company is known by association. Only what `has_history` is told of the past.
    """

    stream: str
    table: str
    object: str
    columns: tuple[Column, ...]
    modified: str = "hs_lastmodifieddate"
    is_associated: bool = False
    has_history: bool = True

    @property
    def key(self) -> Column:
        """The column of the key."""
        return self.columns[0]

    @property
    def properties(self) -> list[str]:
        """Everything that is asked for."""
        fields = [field for column in self.columns for field in column.fields if field != CREATED]
        return list(dict.fromkeys([*fields, self.modified, *([MERGED] if self.table == "accounts" else [])]))

    @property
    def historic(self) -> list[str]:
        """The properties whose earlier values are asked for."""
        without = (self.modified, RECORD_ID)
        return [name for name in self.properties if name not in without] if self.has_history else []

    @property
    def forms(self) -> dict[str, str]:
        """Of what is read; of an object HubSpot may leave out the properties that have no value."""
        return {**_FORMS, **{f"properties.{name}": "text|number|flag?" for name in self.properties}}

    def referring_to(self, table: str) -> list[str]:
        """The properties that hold another record's id."""
        return [column.fields[0] for column in self.columns if column.refers_to == table]


@dataclass(frozen=True)
class Company:
    """The kinds of object, the columns of users, and the properties that accounts and users are called by."""

    shapes: tuple[Shape, ...]
    users: tuple[Column, ...]
    account_key: str
    user_key: str


def company(options: Mapping[str, str]) -> Company:
    """What the options say. Raises ConfigError."""
    found = columns("accounts", "account_fields", _COMPANY, options["account_fields"], {"domain": domain_of})
    accounts = Shape("accounts", "accounts", "companies", found)
    users = columns("users", "user_fields", _USER, options["user_fields"], {})
    # A user object knows its manager by what users are called, if at all: HubSpot itself does not.
    users = tuple(replace(column, refers_to=None) for column in users)
    others = (_contacts(options), _deals(options), *_activities(options), *_custom(options))
    return Company((accounts, *others), users, accounts.key.fields[0], users[0].fields[0])


def _contacts(options: Mapping[str, str]) -> Shape:
    found = columns("contacts", "contact_fields", _CONTACT, options["contact_fields"], {})
    return Shape("contacts", "contacts", "contacts", found, "lastmodifieddate")


def _deals(options: Mapping[str, str]) -> Shape:
    reads = {
        "kind": known_words("opportunity_kinds", _KINDS, options["opportunity_kinds"], nothing),
        "stage": known_words("opportunity_stages", _STAGES, options["opportunity_stages"], word),
    }
    found = columns("opportunities", "opportunity_fields", _DEAL, options["opportunity_fields"], reads)
    return Shape("opportunities", "opportunities", "deals", found)


def _activities(options: Mapping[str, str]) -> list[Shape]:
    reads = {"kind": word, "outcome": known_words("activity_fields", _DISPOSITIONS, "", word)}
    said = options["activity_fields"]
    given = {name: columns("interactions", "activity_fields", own, said, reads) for name, own in _ACTIVITIES.items()}
    return [
        Shape(name, "interactions", name, found, is_associated=True, has_history=False) for name, found in given.items()
    ]


def _custom(options: Mapping[str, str]) -> list[Shape]:
    """The custom objects that the company has."""
    found = []
    for table, own in (("sentiments", _SENTIMENT), ("milestones", _MILESTONE)):
        singular = table.removesuffix("s")
        if name := options[f"{singular}_object"]:
            given = columns(table, f"{singular}_fields", own, options[f"{singular}_fields"], {})
            by_key = [replace(one, refers_to=None) if one.name == "account_id" else one for one in given]
            has_account = any(one.name == "account_id" for one in by_key)
            checked(f"{singular}_object", name)
            found.append(Shape(table, table, name, tuple(by_key), is_associated=not has_account))
    return found
