"""The warehouse's schema and who may touch what."""

import psycopg
import pytest

from copilot.sources.canonical import TABLES
from copilot.warehouse.connect import connect
from copilot.warehouse.migrate import migrate


def test_every_canonical_table_has_a_raw_table_with_its_columns(database: str) -> None:
    with connect("owner", database) as owner:
        found = owner.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
        ).fetchall()
    expected = {(table.name, column.name) for table in TABLES for column in table.all_columns}
    assert len(expected) > 100
    assert expected <= set(found)


def test_migrating_again_applies_nothing(database: str) -> None:
    assert migrate(database) == []


def test_a_source_gets_its_own_schema_with_a_partition_of_every_table(database: str) -> None:
    with connect("loader", database) as loader:
        loader.execute("select raw.ensure_source('crm')")
        loader.execute(
            "insert into raw_crm.accounts (_source, _batch_id, _file, _row_number, recorded_at, account_id)"
            " values ('crm', 1, 'f', 1, now(), 'a')"
        )
    with connect("transformer", database) as transformer:
        assert transformer.execute("select count(*) from raw.accounts").fetchone() == (1,)


@pytest.mark.parametrize("name", ["Crm", "a b", "x;drop schema raw", "", "1a"])
def test_a_source_name_that_is_no_plain_word_is_refused(database: str, name: str) -> None:
    with pytest.raises(psycopg.Error, match="source name"), connect("loader", database) as loader:
        loader.execute("select raw.ensure_source(%s)", (name,))


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("bi", "select * from raw.accounts"),
        ("bi", "select email from serving.csm"),
        ("bi", "select * from ops.feedback"),
        ("loader", "select * from serving.account_day"),
        ("mailer", "insert into serving.published_day (as_of_date) values ('2026-01-01')"),
        ("feedback", "select * from ops.feedback"),
        ("intake", "select * from ops.webhook_event"),
        ("intake", "delete from ops.webhook_event"),
        ("scorer", "select * from raw.accounts"),
        ("publisher", "delete from ml.churn_score"),
    ],
)
def test_a_job_cannot_touch_what_is_not_its_own(database: str, role: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(role, database) as connection:  # type: ignore[arg-type]
        connection.execute(statement)
