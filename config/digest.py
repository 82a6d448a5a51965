"""What config/digest.yml may say, checked; and where mail and links go."""

import os
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, ConfigError, load_yaml, stack_state

PATH = CONFIG_DIR / "digest.yml"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error
    return name


class Sender(Strict):
    """Who the mail is from, and how its list is called."""

    name: str
    address: Address
    list_id: str
    unsubscribe: Address


class Calendar(Strict):
    """On which mornings a digest may go out."""

    working_days: tuple[Weekday, ...]
    holidays: tuple[date, ...] = ()
    default_timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    default_send_hour: Annotated[float, Field(ge=0, lt=24)] = 7.5

    def is_working(self, day: date) -> bool:
        """Whether people are at their desks on that local date."""
        return WEEK[day.weekday()] in self.working_days and day not in self.holidays


class Links(Strict):
    """The paths behind the bases of `board_url()` and `answer_url()`."""

    board_path: str
    book_path: str
    answer_path: str
    unsubscribe_path: str
    valid_days: Annotated[int, Field(ge=1, le=90)]


class Noise(Strict):
    """Moves smaller than this since an account was last told are not news."""

    probability: Share
    health: Annotated[float, Field(ge=0, le=100)]


class Limits(Strict):
    """How much fits on one screen."""

    words: Count
    items: Count
    act_today: Count
    reasons: Count
    changed: Count
    renewals: Count
    onboarding: Count
    wins: Count
    overdue: Count
    corrected: Count


class Confidence(Strict):
    """Interval widths (0-1) up to which a probability is called by that word."""

    confident: Share
    fairly_sure: Share


class DigestConfig(Strict):
    """All of config/digest.yml."""

    enabled: bool
    delivery: Literal["at_once", "local_hour"]
    sender: Sender
    recipients: tuple[str, ...]
    calendar: Calendar
    links: Links
    noise: Noise
    renewal_steps: tuple[int, ...]
    limits: Limits
    confidence: Confidence

    def allows(self, domain: str) -> bool:
        """Whether a mail may go to that domain (lower case ASCII)."""
        return any(_matches(domain, pattern.lower()) for pattern in self.recipients)


def _matches(domain: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    return domain.endswith(pattern[1:]) if pattern.startswith("*.") else domain == pattern


@cache
def digest_config(path: Path = PATH) -> DigestConfig:
    """The checked settings. Raises ConfigError naming the file and each wrong setting."""
    return checked(DigestConfig, load_yaml(path), path)


def _service_url(variable: str, service: str) -> str | None:
    given = os.environ.get(variable)
    if given:
        return given.rstrip("/")
    try:
        url = stack_state().get(service, {}).get("url")
    except ConfigError:
        return None
    return str(url).rstrip("/") if url else None


def board_url() -> str | None:
    """Where Superset answers, without a trailing slash; None when nobody said."""
    return _service_url("COPILOT_BOARD_URL", "superset")


def answer_url() -> str | None:
    """Where Airflow's API server (and so /cs) answers, without a trailing slash; None when nobody said."""
    return _service_url("COPILOT_ANSWER_URL", "airflow")


class SmtpServer(Strict):
    """How to reach the mail server."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = Field(default=None, repr=False)


def smtp_server() -> SmtpServer:
    """COPILOT_SMTP_URL (smtp[s]://[user:password@]host[:port]), else the local stack's sink. Raises ConfigError."""
    given = os.environ.get("COPILOT_SMTP_URL")
    if not given:
        here = stack_state().get("smtp")
        if not here:
            raise ConfigError("no mail server: start the local stack with `copilot up`, or set COPILOT_SMTP_URL")
        return SmtpServer(host=here["host"], port=int(here["port"]))
    url = urlsplit(given)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ConfigError("COPILOT_SMTP_URL must look like smtp://host:port or smtps://user:password@host:port")
    tls = url.scheme == "smtps"
    return SmtpServer(
        host=url.hostname,
        port=url.port or (465 if tls else 25),
        tls=tls,
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
    )
