"""The vendors that can be read over HTTP, and the canonical tables that each gives. A test holds it to the connectors.

It stands apart from them so that a sources file can be checked without loading what turns pages.
"""

from collections.abc import Mapping
from typing import Literal

ApiType = Literal[
    "amplitude",
    "chargebee",
    "freshdesk",
    "hubspot",
    "intercom",
    "mixpanel",
    "salesforce",
    "stripe",
    "zendesk",
]
_CRM = ("accounts", "contacts", "users", "opportunities", "interactions", "sentiments", "milestones")
_BILLING = ("customers", "subscriptions", "invoices", "payments", "churn_events")
_USAGE = ("usage_events", "usage_daily")
_SUPPORT = ("customers", "tickets")
API_TABLES: Mapping[ApiType, tuple[str, ...]] = {
    "amplitude": _USAGE,
    "chargebee": _BILLING,
    "freshdesk": _SUPPORT,
    "hubspot": _CRM,
    "intercom": _SUPPORT,
    "mixpanel": _USAGE,
    "salesforce": _CRM,
    "stripe": _BILLING,
    "zendesk": _SUPPORT,
}
