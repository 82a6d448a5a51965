"""Where things are: paths of this checkout, and the database login of each job.

Everything that differs between a laptop and production is resolved here and nowhere else. The local stack writes
`var/stack.json` (host and port of its PostgreSQL) and `var/secrets/pg_<login>` (mode 600); production sets
`COPILOT_DSN_<ROLE>` instead, for example `COPILOT_DSN_LOADER=postgresql://…`.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote, urlsplit, urlunsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIG_DIR = ROOT / "config"
DEFAULT_DATABASE = "warehouse"

Role = Literal[
    "owner", "loader", "gate", "transformer", "scorer", "decider", "publisher", "mailer", "writer",
    "feedback", "intake", "bi",
]  # fmt: skip
ROLES: tuple[Role, ...] = Role.__args__  # type: ignore[attr-defined]


class ConfigError(ValueError):
    """A setting is missing or wrong; the message names the file or variable and what to do."""


def var_dir() -> Path:
    """The directory of everything this checkout generates: data, secrets, logs, mail."""
    return Path(os.environ.get("COPILOT_VAR", ROOT / "var")).resolve()


def secret(name: str) -> str:
    """One generated secret of the local stack. Raises ConfigError when it was never generated."""
    path = var_dir() / "secrets" / name
    if not path.is_file():
        raise ConfigError(f"secret {name} is missing ({path}): start the local stack once with `copilot up`")
    return path.read_text(encoding="utf-8").strip()


def stack_state() -> dict[str, Any]:
    """What the running local stack wrote about itself: ports and URLs by service."""
    path = var_dir() / "stack.json"
    if not path.is_file():
        raise ConfigError(f"{path} is missing: start the local stack with `copilot up`, or set COPILOT_DSN_<ROLE>")
    return cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))


def login(role: Role) -> str:
    """The PostgreSQL login of a job, for example `cs_loader`."""
    return f"cs_{role}"


def dsn(role: Role, database: str = DEFAULT_DATABASE) -> str:
    """The libpq URL with which one job reaches one company's warehouse."""
    given = os.environ.get(f"COPILOT_DSN_{role.upper()}")
    if given:
        return urlunsplit(urlsplit(given)._replace(path=f"/{database}"))
    server = stack_state()["postgres"]
    password = quote(secret(f"pg_{login(role)}"), safe="")
    return f"postgresql://{login(role)}:{password}@{server['host']}:{server['port']}/{database}"


@cache
def load_yaml(path: Path) -> Any:
    """A YAML file as plain values. Raises ConfigError naming the file and line when it does not parse."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error


def mlflow_uri() -> str:
    """Where MLflow keeps runs and the registry: `COPILOT_MLFLOW_URI`, else the local stack's own database."""
    given = os.environ.get("COPILOT_MLFLOW_URI")
    if given:
        return given
    server = stack_state()["postgres"]
    password = quote(secret("pg_mlflow"), safe="")
    return f"postgresql+psycopg2://mlflow:{password}@{server['host']}:{server['port']}/mlflow"
