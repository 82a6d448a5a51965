"""Room 5: dbt turns raw rows into staging, intermediate and marts, one layer a call, for one business day.

A layer is built under the database's own lock, with the data tests of that layer. Building twice gives the same rows;
two processes wait for each other; what a killed one left running on the server is ended before the next begins.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from config import churn, health_overrides, kpis
from config.health import as_variables, load_health
from config.identity import as_variables as identity_variables
from config.identity import load_identity
from config.kill_point import kill_point
from config.mrr import as_variables as mrr_variables
from config.mrr import load_mrr_policy
from config.onboarding import as_variables as onboarding_variables
from config.onboarding import load_onboarding
from config.risk import load_risk_policy
from config.run import Run
from config.segments import as_variables as segment_variables
from config.segments import load_segments
from config.settings import ROOT, dsn, var_dir
from config.support import load_support, support_variables

PROJECT = ROOT / "dbt"
LAYERS = ("staging", "intermediate", "marts")
# The profile gives this name to every session of dbt, so that orphans can be told from others' sessions.
APPLICATION = "copilot:transform"
LOCK = "copilot:transform"
# Where a layer says for which day it was last built.
MARKERS = {
    "staging": "select as_of_date from staging.stg_run",
    "intermediate": "select max(as_of_date) from intermediate.int_account_days__joined",
}
# Unit tests need no data of the day, so the test suite runs them and the night does not. A test that compares layers
# waits for the last of them.
SCOPE = ("--exclude", "resource_type:unit_test", "--indirect-selection", "buildable")
# dbt's file of debug lines costs a tenth of a build, and what fails is raised with the database's own words.
_QUIETLY = ("--quiet", "--no-use-colors", "--no-write-json", "--log-level-file", "info")
_FAILED = ("error", "fail", "runtime error")


class TransformError(RuntimeError):
    """A model or a data test failed; the message names each and what the database said."""


class DataTestFailed(TransformError):  # noqa: N818 - named for the state of the data
    """Every model was built, and the data of one breaks a rule: the same rows break it again."""


def build(layer: str, run: Run) -> dict[str, Any]:
    """Build one layer for the run's day: models, seeds and their data tests.

    Returns models and tests (how many succeeded), and built (`schema.name` of each relation, sorted). Layers below that
    stand for another day are built first. Raises TransformError on the first layer that does not come out right, and
    ValueError for a layer that does not exist.
    """
    if layer not in LAYERS:
        raise ValueError(f"{layer} is not a layer: choose one of {', '.join(LAYERS)}")
    with only_builder(run) as session:
        layers = _stale_layers(session, layer, run)
        counts = _summary(invoke(run, "build", *_selection(layers), *SCOPE))
        kill_point("transform.after_a_layer")
        return counts


def build_anew(run: Run) -> dict[str, Any]:
    """Build all layers for the run's day in one go, whatever stands; returns as `build`. Raises TransformError."""
    with only_builder(run):
        return _summary(invoke(run, "build", *_selection(list(LAYERS)), *SCOPE))


def invoke(run: Run, command: str, *arguments: str) -> Any:
    """Run one dbt command in this process with the run's day; returns dbt's result, or raises TransformError."""
    from dbt.cli.main import dbtRunner

    with _environment(run.database):
        parsed = dbtRunner().invoke([*_QUIETLY, "parse", *_places(run.database)])
        if not parsed.success:
            raise TransformError(f"dbt could not parse the project: {parsed.exception}")
        variables = ("--vars", json.dumps(run_variables(run)))
        # Other --vars than those of the last parse make dbt parse everything again, so the parsed project is handed on.
        done = dbtRunner(manifest=parsed.result).invoke(
            [*_QUIETLY, command, *arguments, *_places(run.database), *variables]
        )
    if not done.success:
        raise _error(done)
    return done.result


def run_variables(run: Run) -> dict[str, Any]:
    """What the models are told: the day, the first instant that is too late for it, and what was chosen in config/."""
    return {
        "as_of": run.as_of.isoformat(),
        "cutoff": run.cutoff.isoformat(sep=" "),
        **as_variables(load_health()),
        **identity_variables(load_identity()),
        **health_overrides.as_variables(health_overrides.load_overrides()),
        **mrr_variables(load_mrr_policy()),
        **onboarding_variables(load_onboarding()),
        **segment_variables(load_segments()),
        **support_variables(load_support()),
        **churn.as_variables(churn.churn_config()),
        **kpis.as_variables(kpis.load_kpis(), load_risk_policy()),
    }


@contextmanager
def only_builder(run: Run) -> Iterator[psycopg.Connection[Any]]:
    """Hold the database's lock for the block; sessions of a dbt that was killed are ended first.

    A session lock on an idle connection: a transaction would be ended by idle_in_transaction_session_timeout.
    """
    url = dsn("transformer", run.database)
    with psycopg.connect(url, autocommit=True, application_name=f"{LOCK}:lock") as session:
        session.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (LOCK,))
        session.execute(
            """select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where application_name = %s and usename = current_user and datname = current_database()""",
            (APPLICATION,),
        )
        yield session


def _stale_layers(session: psycopg.Connection[Any], layer: str, run: Run) -> list[str]:
    """The layer, and before it those that stand for another day (two days may be built side by side)."""
    wanted = [layer]
    for below in reversed(LAYERS[: LAYERS.index(layer)]):
        try:
            row = session.execute(MARKERS[below].encode()).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            row = None
        if row is not None and row[0] == run.as_of:
            break
        wanted.insert(0, below)
    return wanted


def _selection(layers: list[str]) -> list[str]:
    paths = [f"path:models/{layer}" for layer in layers]
    return ["--select", *paths, *(["path:seeds", "path:snapshots"] if "staging" in layers else [])]


def _places(database: str) -> list[str]:
    home = var_dir() / "dbt" / database
    project = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    return [*project, "--target-path", str(home / "target"), "--log-path", str(home / "log")]


@contextmanager
def _environment(database: str) -> Iterator[None]:
    """The transformer's login in the variables that dbt/profiles.yml reads, for the block only."""
    url = urlsplit(dsn("transformer", database))
    given = {
        "DBT_HOST": url.hostname or "127.0.0.1",
        "DBT_PORT": str(url.port or 5432),
        "DBT_USER": unquote(url.username or ""),
        # dbt removes the value of a variable with this prefix from every log line.
        "DBT_ENV_SECRET_PASSWORD": unquote(url.password or ""),
        "DBT_DATABASE": database,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # A build is about whole days, and statistics do not know the newest: the planner takes it for a row and loops.
        "PGOPTIONS": "-c enable_nestloop=off",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _error(done: Any) -> TransformError:
    """Each node that failed with its message, or why dbt did not start."""
    if done.exception is not None:
        return TransformError(f"dbt stopped: {done.exception}")
    failed = [result for result in done.result if str(result.status) in _FAILED]
    complaint = "; ".join(f"{result.node.name}: {result.message}" for result in failed)
    # A model that failed may have met a database that restarts; "fail" is a test that ran and found rows.
    kind = DataTestFailed if failed and all(str(result.status) == "fail" for result in failed) else TransformError
    return kind(complaint or "dbt failed without a reason")


def _summary(result: Any) -> dict[str, Any]:
    """Counts of what succeeded, and the names of the relations."""
    relations = [each.node for each in result if each.node.resource_type in ("model", "seed")]
    return {
        "models": len(relations),
        "tests": sum(each.node.resource_type == "test" for each in result),
        "built": sorted(f"{node.schema}.{node.alias}" for node in relations),
    }
