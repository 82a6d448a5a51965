"""The vendors that can be read over HTTP, and the canonical tables that each gives. A test holds it to the connectors.

It stands apart from them so that a sources file can be checked without loading what turns pages.
"""

from collections.abc import Mapping
from typing import Literal

ApiType = Literal["chargebee", "stripe", "zendesk"]
API_TABLES: Mapping[ApiType, tuple[str, ...]] = {
    "chargebee": ("customers", "subscriptions", "invoices", "payments", "churn_events"),
    "stripe": ("customers", "subscriptions", "invoices", "payments", "churn_events"),
    "zendesk": ("customers", "tickets"),
}
