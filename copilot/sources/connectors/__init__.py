"""One file per vendor: a value that says what differs; what is common is in `copilot.sources.api`."""

from collections.abc import Mapping

from copilot.sources.api.connector import Connector
from copilot.sources.catalogue import ApiType
from copilot.sources.connectors.amplitude import AMPLITUDE
from copilot.sources.connectors.chargebee import CHARGEBEE
from copilot.sources.connectors.freshdesk import FRESHDESK
from copilot.sources.connectors.hubspot import HUBSPOT
from copilot.sources.connectors.intercom import INTERCOM
from copilot.sources.connectors.mixpanel import MIXPANEL
from copilot.sources.connectors.salesforce import SALESFORCE
from copilot.sources.connectors.stripe import STRIPE
from copilot.sources.connectors.zendesk import ZENDESK

CONNECTORS: Mapping[ApiType, Connector] = {
    "amplitude": AMPLITUDE,
    "chargebee": CHARGEBEE,
    "freshdesk": FRESHDESK,
    "hubspot": HUBSPOT,
    "intercom": INTERCOM,
    "mixpanel": MIXPANEL,
    "salesforce": SALESFORCE,
    "stripe": STRIPE,
    "zendesk": ZENDESK,
}
