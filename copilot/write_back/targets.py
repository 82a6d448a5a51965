"""Which CRM is meant by a name, whether its fields may be written, and the CRM itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.settings import ConfigError
from config.write_back import Target, Value, WriteBackConfig
from copilot.sources.api.connection import Connection
from copilot.sources.config import ApiSource, did_you_mean, load_sources
from copilot.write_back.crm import Crm

CRMS = ("hubspot", "salesforce")
# HubSpot's own, besides those that begin with hs: what the vendor or its users fill, not an integration.
_HUBSPOT_OWN = frozenset(
    {
        "name", "domain", "website", "industry", "type", "description", "phone", "address", "address2", "city", "state",
        "zip", "country", "lifecyclestage", "numberofemployees", "annualrevenue", "closedate", "createdate",
        "lastmodifieddate", "days_to_close", "notes_last_contacted", "notes_last_updated", "num_contacted_notes",
        "num_notes", "recent_deal_amount", "total_revenue", "first_deal_created_date",
    }
)  # fmt: skip
_SECONDS = 60


@dataclass(frozen=True)
class Aim:
    """One CRM, the Airflow connection with which it is written, and the fields that are."""

    source: ApiSource
    connection: str
    targets: Mapping[Value, Target]

    @property
    def fields(self) -> list[str]:
        """The fields, in the order of the mapping."""
        return [target.field for target in self.targets.values()]


def aims(config: WriteBackConfig, mapping: Path, sources: Path) -> list[Aim]:
    """Every CRM that is mapped. Raises ConfigError naming the mapping's file and the setting of each mistake."""
    declared = {source.name: source for source in load_sources(sources).sources}
    found: list[Aim] = []
    faults: list[str] = []
    for name, targets in config.sources.items():
        source = declared.get(name)
        if source is None:
            faults.append(f"sources.{name}: {sources} has no such source: {did_you_mean(name, list(declared))}")
        elif not isinstance(source, ApiSource) or source.type not in CRMS:
            faults.append(f"sources.{name}: it is of type {source.type}, and only {' and '.join(CRMS)} can be written")
        else:
            faults += [f"sources.{name}.{fault}" for fault in _faults(source, targets)]
            found.append(Aim(source, config.connections.get(name, source.connection), targets))
    if faults:
        raise ConfigError("\n".join(f"{mapping}: {fault}" for fault in faults))
    return found


def _faults(source: ApiSource, targets: Mapping[Value, Target]) -> list[str]:
    """A field that is read would tell us tomorrow what we wrote today; the vendor's own are not ours to fill."""
    read = {field.lower() for field in _account(source)[1]}
    return [
        f"{name}.field: {target.field} {why}"
        for name, target in targets.items()
        for is_wrong, why in (
            (target.field.lower() in read, "is read by the pipeline: what is read is never written"),
            (_is_own(source.type, target.field), f"is {source.type}'s own: make a field of your own for it"),
        )
        if is_wrong
    ]


def _is_own(vendor: str, field: str) -> bool:
    if vendor == "salesforce":
        return not field.endswith("__c")
    return field.lower().startswith(("hs_", "hubspot_")) or field.lower() in _HUBSPOT_OWN


def _account(source: ApiSource) -> tuple[str, list[str]]:
    """What accounts are called by in this CRM, and all fields of an account that the pipeline reads."""
    from copilot.sources.connectors import CONNECTORS, hubspot_company, salesforce_company
    from copilot.sources.connectors.crm import fields_of

    options = {**CONNECTORS[source.type].options, **source.options}
    if source.type == "salesforce":
        sales = salesforce_company.company(options)
        return sales.account_key, [*fields_of(sales.shapes[0].columns), *sales.shapes[0].extra]
    hub = hubspot_company.company(options)
    return hub.account_key, hub.shapes[0].properties


def open_crm(source: ApiSource, connection: Connection) -> Crm:
    """The CRM of that source; everything that is asked of it shares the source's deadline."""
    from copilot.sources.api.client import client_of
    from copilot.sources.api.session import Deadline, Patience
    from copilot.sources.connectors import CONNECTORS
    from copilot.write_back.hubspot import INVALID, HubSpot
    from copilot.write_back.salesforce import Salesforce

    deadline = Deadline(Patience(total_seconds=source.deadline_minutes * _SECONDS))
    connector, key = CONNECTORS[source.type], _account(source)[0]
    client = client_of(connector, connection, deadline)
    if source.type == "salesforce":
        return Salesforce(client, key)
    return HubSpot(client, client_of(connector, connection, deadline, frozenset({INVALID})), key)


Connections = Callable[[str], Connection]
