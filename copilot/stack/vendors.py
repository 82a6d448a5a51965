"""How the local stack's Airflow reaches the make-believe company's vendors: connections as for real ones."""

import json
from typing import Any

from config.settings import secret
from copilot.sandbox.branches import VENDORS
from copilot.sandbox.vendors.mixpanel import PROJECT_ID
from copilot.sandbox.vendors.server import LOGIN

_EXTRA: dict[str, dict[str, Any]] = {"mixpanel": {"project_id": PROJECT_ID}}


def connections(url: str) -> dict[str, str]:
    """The variables in which Airflow finds the connection `sandbox_<vendor>` of each vendor that is served there."""
    return {
        f"AIRFLOW_CONN_SANDBOX_{vendor.upper()}": json.dumps(_connection(vendor, url))
        for vendors in VENDORS.values()
        for vendor in vendors
    }


def _connection(vendor: str, url: str) -> dict[str, Any]:
    """The company lives in days that are gone, so what its systems do not date is known since their own time."""
    extra = {"time": "vendor", **_EXTRA.get(vendor, {})}
    return {
        "conn_type": "http",
        "host": f"{url}/{vendor}",
        "login": LOGIN,
        "password": secret("sandbox_key"),
        "extra": extra,
    }
