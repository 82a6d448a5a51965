"""The vendors of one small company, and one warehouse for all readings of a module."""

import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.stack.postgres import Server
from tests.conftest import TEMPLATE
from tests.faults.estate import Estate, estate


@pytest.fixture(scope="session")
def fault_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 30 accounts over three and a half months."""
    directory = tmp_path_factory.mktemp("fault_company")
    spec = CompanySpec(seed=5, accounts=30, start=date(2026, 8, 1), end=date(2026, 11, 17), events_scale=0.02)
    write_company(spec, directory)
    return directory


@pytest.fixture(scope="module")
def vendors(fault_company: Path, postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """All eight of them."""
    name = f"test_{secrets.token_hex(6)}"
    password = (postgres.home / "secrets" / "pg_admin").read_text()
    statement = sql.SQL("create database {} template {} owner cs_owner")
    with psycopg.connect(postgres.admin_dsn(password), autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:
        admin.execute(statement.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        with estate(fault_company, name, tmp_path_factory.mktemp("estate"), patch) as found:
            yield found
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
