"""Whether each service of the local stack answers, asked the way its users would ask it."""

import smtplib
from collections.abc import Callable
from enum import Enum

import httpx
import psycopg

from config.settings import ConfigError, dsn, stack_state
from copilot.stack.superset import health_url

ASK_SECONDS = 10.0


class Health(Enum):
    """What a service answered."""

    HEALTHY = "healthy"
    STARTING = "not ready"
    DOWN = "down"


def health() -> dict[str, Health]:
    """Every service's health; all DOWN when the stack was never started."""
    return {name: _ask(check) for name, check in CHECKS.items()}


def _ask(check: Callable[[], Health]) -> Health:
    try:
        return check()
    except (OSError, httpx.HTTPError, psycopg.OperationalError, smtplib.SMTPException, ConfigError, KeyError):
        return Health.DOWN


def _postgres() -> Health:
    with psycopg.connect(dsn("owner"), connect_timeout=3) as connection:
        connection.execute("select 1")
    return Health.HEALTHY


def _mail_sink() -> Health:
    address = stack_state()["smtp"]
    with smtplib.SMTP(address["host"], address["port"], timeout=3) as smtp:
        return Health.HEALTHY if smtp.noop()[0] == 250 else Health.STARTING


def _vendors() -> Health:
    """Any answer will do: there is nothing at its root."""
    httpx.get(stack_state()["vendors"]["url"], timeout=ASK_SECONDS)
    return Health.HEALTHY


def _airflow() -> Health:
    """Also asks the execution API, whose first answer takes seconds that the first task would otherwise pay."""
    url = stack_state()["airflow"]["url"]
    answer = httpx.get(f"{url}/api/v2/monitor/health", timeout=ASK_SECONDS)
    parts = answer.json() if answer.status_code == 200 else {}
    needed = ("metadatabase", "scheduler", "dag_processor")
    if any((parts.get(part) or {}).get("status") != "healthy" for part in needed):
        return Health.STARTING
    execution = httpx.get(f"{url}/execution/health", timeout=ASK_SECONDS * 3)
    return Health.HEALTHY if execution.status_code == 200 else Health.STARTING


def _superset() -> Health:
    answer = httpx.get(health_url(stack_state()["superset"]["port"]), timeout=ASK_SECONDS)
    return Health.HEALTHY if answer.status_code == 200 else Health.STARTING


CHECKS: dict[str, Callable[[], Health]] = {
    "postgres": _postgres,
    "mail-sink": _mail_sink,
    "vendors": _vendors,
    "airflow": _airflow,
    "superset": _superset,
}
