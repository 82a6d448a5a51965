"""One warehouse per module with a clean company in it; Great Expectations is imported once per process."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.run import Run
from copilot.stack.postgres import Server
from tests.integration.gates.company import run_of, write_marts, write_raw

NewCompany = Callable[[], Run]


@contextmanager
def _company(postgres: Server, directory: Path) -> Iterator[Run]:
    name = sql.Identifier(f"gates_{secrets.token_hex(6)}")
    password = (postgres.home / "secrets" / "pg_admin").read_text()
    with psycopg.connect(postgres.admin_dsn(password), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template template_warehouse owner cs_owner").format(name))
        write_raw(name.as_string().strip('"'))
        write_marts(name.as_string().strip('"'))
        yield run_of(name.as_string().strip('"'), directory)
        admin.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture
def company(postgres: Server, tmp_path: Path) -> Iterator[Run]:
    """A clean company of its own for one test."""
    with _company(postgres, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def shared_company(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A clean company that the tests of one module share."""
    with _company(postgres, tmp_path_factory.mktemp("company")) as run:
        yield run
