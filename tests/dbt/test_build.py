"""Layers, failures and rivals: what `build` promises to whoever calls it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

PATIENCE_SECONDS = 30
KEYS = """
    select tables.relname, array_agg(columns.attname::text)
    from pg_constraint as keys
    inner join pg_class as tables on keys.conrelid = tables.oid
    inner join pg_attribute as columns on tables.oid = columns.attrelid and columns.attnum = any(keys.conkey)
    where keys.contype = 'p' and keys.connamespace = 'marts'::regnamespace
    group by tables.relname
"""
FILLED = """
    select tables.relname, coalesce(array_agg(columns.attname::text) filter (where columns.attnotnull), '{}')
    from pg_class as tables
    inner join pg_attribute as columns on tables.oid = columns.attrelid
    where tables.relnamespace = 'marts'::regnamespace and tables.relkind = 'r'
    group by tables.relname
"""


def test_a_layer_that_does_not_exist_is_named(empty_built: Run) -> None:
    with pytest.raises(ValueError, match="gold is not a layer"):
        transform.build("gold", empty_built)


def test_the_database_keeps_the_key_of_every_mart_that_no_data_test_keeps(empty_built: Run) -> None:
    """What a table's own constraint never lets happen is not asked again; a view has no constraint."""
    marts = _described_marts()
    keys = {
        mart["name"]: set(constraint["columns"])
        for mart in marts
        for constraint in mart.get("constraints", ())
        if constraint["type"] == "primary_key"
    }
    asked = {
        mart["name"]: set(test["unique_together"]["arguments"]["columns"])
        for mart in marts
        for test in mart.get("data_tests", ())
        if "unique_together" in test
    }
    kept = _columns(empty_built, KEYS)
    assert kept.keys().isdisjoint(asked)
    assert {**kept, **asked} == keys


def test_the_database_refuses_a_null_in_every_column_of_a_table_that_a_contract_calls_filled(empty_built: Run) -> None:
    refused = _columns(empty_built, FILLED)
    called_filled = {
        mart["name"]: {
            column["name"] for column in mart["columns"] if {"type": "not_null"} in column.get("constraints", ())
        }
        for mart in _described_marts()
        if mart["name"] in refused
    }
    assert {mart: columns - refused[mart] for mart, columns in called_filled.items() if columns - refused[mart]} == {}
    assert any(called_filled.values())


def _described_marts() -> list[dict[str, Any]]:
    files = (transform.PROJECT / "models" / "marts").glob("*.yml")
    return [mart for path in files for mart in yaml.safe_load(path.read_text()).get("models", ())]


def _columns(run: Run, query: str) -> dict[str, set[str]]:
    """The columns that the query names, by mart."""
    with psycopg.connect(dsn("owner", run.database)) as owner:
        return {mart: set(columns) for mart, columns in owner.execute(query.encode())}


@pytest.mark.slow
def test_marts_of_another_day_bring_their_own_lower_layers(company: Company) -> None:
    """Two days may run side by side: the marts of one never read the intermediate rows of the other."""
    tomorrow = DAY + timedelta(days=1)
    company.land("accounts", [{"account_id": "a", "recorded_at": at(tomorrow, 1)}])

    done = transform.build("marts", company.run(tomorrow))

    assert {"staging.stg_run", "intermediate.int_account_days__joined", "marts.dim_account"} <= set(done["built"])
    assert done["tests"] > 0
    assert company.rows("select account_id from marts.dim_account") == [("a",)]


@pytest.mark.slow
def test_a_failed_data_test_names_itself_and_what_it_found(company: Company) -> None:
    common = {"account_id": "a", "recorded_at": at(DAY)}
    company.land("accounts", [common])
    subscription = {"subscription_id": "s", "started_on": DAY, "mrr": -5, **common}
    company.land("subscriptions", [subscription])

    for layer in ("staging", "intermediate"):
        transform.build(layer, company.run(DAY))
    with pytest.raises(transform.DataTestFailed, match="is_between_fct_account_days_mrr_usd"):
        transform.build("marts", company.run(DAY))


def test_a_second_builder_waits_and_ends_what_a_killed_one_left_running(company: Company) -> None:
    """The orphan is a session named as dbt's sessions are, busy with a query that nobody waits for any more."""
    url = dsn("transformer", company.database)
    entered = threading.Event()

    def second() -> float:
        entered.set()
        with transform.only_builder(company.run(DAY)):
            return time.monotonic()

    with ThreadPoolExecutor() as pool, psycopg.connect(url, application_name=transform.APPLICATION) as orphan:
        with transform.only_builder(company.run(DAY)):
            orphan_gone = False
            try:
                orphan.execute("select 1")
            except psycopg.OperationalError:
                orphan_gone = True
            waiting = pool.submit(second)
            assert entered.wait(PATIENCE_SECONDS)
            released = time.monotonic()
        got_it = waiting.result(PATIENCE_SECONDS)

    assert orphan_gone
    assert got_it >= released
