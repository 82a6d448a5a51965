"""One login per job, none owning what it only reads. Created once per server, passwords from generated secrets."""

import psycopg
from psycopg import sql

from config.settings import ROLES, Role, login

# A query that outlives its client (E4) or its purpose is ended by the server.
CONNECTION_CHECK = "5s"
STATEMENT_TIMEOUT: dict[Role, str] = {"bi": "30s", "feedback": "5s", "intake": "5s", "mailer": "60s"}
LONGEST_STATEMENT = "30min"


def ensure_logins(admin_dsn: str, passwords: dict[Role, str]) -> None:
    """Create or update every job's login; safe to repeat."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        for role in ROLES:
            _ensure_login(admin, role, passwords[role])


def _ensure_login(admin: psycopg.Connection[tuple[object, ...]], role: Role, password: str) -> None:
    name = sql.Identifier(login(role))
    known = admin.execute("select 1 from pg_roles where rolname = %s", (login(role),)).fetchone()
    if known is None:
        admin.execute(sql.SQL("create role {} login").format(name))
    settings = {
        "statement_timeout": STATEMENT_TIMEOUT.get(role, LONGEST_STATEMENT),
        "idle_in_transaction_session_timeout": "10min",
        "client_connection_check_interval": CONNECTION_CHECK,
        "timezone": "UTC",
    }
    if role == "bi":
        settings["default_transaction_read_only"] = "on"
    admin.execute(sql.SQL("alter role {} password {}").format(name, sql.Literal(password)))
    for setting, value in settings.items():
        admin.execute(sql.SQL("alter role {} set {} = {}").format(name, sql.Identifier(setting), sql.Literal(value)))


def ensure_database(admin_dsn: str, database: str) -> bool:
    """Create one company's warehouse, owned by cs_owner and closed to everyone else. True when it is new."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        known = admin.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
        name = sql.Identifier(database)
        if known is None:
            admin.execute(sql.SQL("create database {} owner cs_owner").format(name))
        admin.execute(sql.SQL("revoke connect, temporary on database {} from public").format(name))
        for role in ROLES:
            grant = sql.SQL("grant connect, temporary on database {} to {}")
            admin.execute(grant.format(name, sql.Identifier(login(role))))
        return known is None
