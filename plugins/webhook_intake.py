"""Mounts the door for pushed events under /hooks of Airflow's API server. Wiring only: see copilot/sources/webhooks."""

from datetime import datetime

from airflow.plugins_manager import AirflowPlugin

from copilot.sources.webhooks.hooks import Hook
from copilot.sources.webhooks.intake import make_app
from plugins.connections import secrets_from_airflow


def _arrived(_: Hook, __: datetime) -> None:
    """It is landed by the next run."""


class WebhookIntake(AirflowPlugin):
    """POST /hooks/<company>/<source>: an open route, because a signature is its own authority."""

    name = "webhook_intake"
    fastapi_apps = [  # noqa: RUF012
        {"app": make_app(secrets_from_airflow, _arrived), "url_prefix": "/hooks", "name": "Pushed events"}
    ]
