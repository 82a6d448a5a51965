"""One file per vendor: a value that says what differs; what is common is in `copilot.sources.api`."""

from collections.abc import Mapping

from copilot.sources.api.connector import Connector
from copilot.sources.catalogue import ApiType
from copilot.sources.connectors.chargebee import CHARGEBEE
from copilot.sources.connectors.stripe import STRIPE
from copilot.sources.connectors.zendesk import ZENDESK

CONNECTORS: Mapping[ApiType, Connector] = {"chargebee": CHARGEBEE, "stripe": STRIPE, "zendesk": ZENDESK}
