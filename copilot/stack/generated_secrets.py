"""Generated secrets of the local stack: one file each under var/secrets, readable by this user only."""

import base64
import os
import secrets
from pathlib import Path

from config.settings import ROLES, login, var_dir

# 64 bytes: Airflow warns about shorter JWT keys.
_KEY_BYTES = 64
_PASSWORD_BYTES = 18
SERVICES = ("airflow", "mlflow", "superset")
PASSWORDS = (
    "pg_admin",
    *(f"pg_{login(role)}" for role in ROLES),
    *(f"pg_{service}" for service in SERVICES),
    "airflow_admin_password",
    "superset_admin_password",
    "superset_csops_password",
    "sandbox_key",
)
KEYS = ("airflow_jwt_secret", "airflow_secret_key", "superset_secret_key", "superset_guest_secret", "link_key")


def ensure_secrets() -> None:
    """Generate what is missing; what is there is never changed."""
    directory = var_dir() / "secrets"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    for name in PASSWORDS:
        _ensure(directory / name, secrets.token_urlsafe(_PASSWORD_BYTES))
    for name in KEYS:
        _ensure(directory / name, secrets.token_urlsafe(_KEY_BYTES))
    _ensure(directory / "airflow_fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


def _ensure(path: Path, value: str) -> None:
    """An empty file is what a start that was killed, or a full disk, leaves: it is no secret."""
    if path.exists() and path.stat().st_size:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
