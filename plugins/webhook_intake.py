"""Mounts the door for pushed events under /hooks of Airflow's API server. Wiring only: see copilot/sources/webhooks."""

import logging
from datetime import datetime

from airflow.exceptions import AirflowException
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy.exc import SQLAlchemyError

from config.schedule import ON_EVENT, read_schedule
from copilot.sources.webhooks.hooks import Hook
from copilot.sources.webhooks.intake import make_app
from plugins.connections import secrets_from_airflow
from plugins.refresh import order_refresh

log = logging.getLogger(__name__)


def _arrived(hook: Hook, at: datetime) -> None:
    """Have the day of the event refreshed. It is kept already: if that cannot be ordered now, the night lands it."""
    if read_schedule().refresh != ON_EVENT:
        return
    try:
        order_refresh(hook.file, at.date())
    except (AirflowException, SQLAlchemyError):
        log.exception("an event of %s waits for the next run", hook.source.name)


class WebhookIntake(AirflowPlugin):
    """POST /hooks/<company>/<source>: an open route, because a signature is its own authority."""

    name = "webhook_intake"
    fastapi_apps = [  # noqa: RUF012
        {"app": make_app(secrets_from_airflow, _arrived), "url_prefix": "/hooks", "name": "Pushed events"}
    ]
