"""Layers, failures and rivals: what `build` promises to whoever calls it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from config.run import Run
from config.settings import dsn
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY

PATIENCE_SECONDS = 30


def test_a_layer_that_does_not_exist_is_named(empty_built: Run) -> None:
    with pytest.raises(ValueError, match="gold is not a layer"):
        transform.build("gold", empty_built)


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
