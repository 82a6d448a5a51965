"""A warehouse in which every relation exists and is empty, made once: each test gets a copy of it in 50 ms."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.run import Run
from copilot.stack.postgres import Server
from copilot.warehouse import transform
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database
from tests.dbt.companies import Company

Admin = psycopg.Connection[tuple[object, ...]]
EMPTY = "empty_built"
EXISTS = "select 1 from pg_database where datname = %s"
# A Tuesday, so that the run's day is not one of the spine's Sundays.
DAY = date(2026, 3, 31)


@pytest.fixture(scope="session")
def admin(postgres: Server) -> Iterator[Admin]:
    """The superuser's connection, for making and dropping databases."""
    password = (postgres.home / "secrets" / "pg_admin").read_text()
    with psycopg.connect(postgres.admin_dsn(password), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def empty_built(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that built every layer of a company without a single row: the bad input that comes first."""
    password = (postgres.home / "secrets" / "pg_admin").read_text()
    ensure_database(postgres.admin_dsn(password), EMPTY)
    migrate(EMPTY)
    Company(EMPTY)
    run = Run(DAY, _sources(tmp_path_factory.mktemp("empty"), EMPTY))
    for layer in transform.LAYERS:
        transform.build(layer, run)
    return run


@pytest.fixture
def company(admin: Admin, empty_built: Run, tmp_path: Path) -> Iterator[Company]:
    """A warehouse of its own in which every relation exists."""
    with _copied(admin, empty_built, tmp_path) as made:
        yield made


@pytest.fixture
def other_company(admin: Admin, empty_built: Run, tmp_path: Path) -> Iterator[Company]:
    """A second one, to compare with the first."""
    with _copied(admin, empty_built, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def found_company(
    admin: Admin, empty_built: Run, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Company]]:
    """Makes another one at each call; all of them stay until the module's last test."""
    directory = tmp_path_factory.mktemp("companies")
    with ExitStack() as made:
        yield lambda: made.enter_context(_copied(admin, empty_built, directory))


@contextmanager
def _copied(admin: Admin, empty_built: Run, directory: Path) -> Iterator[Company]:
    """Under the first free name: dbt keeps what it parsed for a database by its name, which saves seconds a test."""
    name = next(free for free in map("company_{}".format, count(1)) if not admin.execute(EXISTS, (free,)).fetchone())
    statement = sql.SQL("create database {} template {} owner cs_owner")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(empty_built.database)))
    made = Company(name)
    made.sources = _sources(directory, name)
    yield made
    admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _sources(directory: Path, database: str) -> Path:
    path = directory / f"{database}.yml"
    path.write_text(f"warehouse: {database}\nsources: []\n")
    return path
