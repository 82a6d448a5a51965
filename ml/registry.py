"""Which model speaks: the record in ml.model is the truth, MLflow mirrors it (ml/tracking.py) and follows.

A model speaks for a day only when it existed on that day, so that a backfilled day gets the forecast it could have had.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from config.run import Run
from config.settings import dsn
from ml.admit import CANDIDATE

# trained_as_of first; two trainings of one day are told apart by MLflow's number.
_NEWEST_FIRST = sql.SQL("trained_as_of desc, mlflow_version desc nulls last, model_version")
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Record:
    """One row of ml.model, as far as it is read back."""

    model_version: str
    status: str
    is_admitted: bool
    why: str
    trained_as_of: date
    n_train: int
    n_churned: int
    artifact_sha256: Mapping[str, str]


def connect(database: str) -> Connection:
    """The warehouse as the scorer; used as a block, it commits at the end or rolls back."""
    return psycopg.connect(dsn("scorer", database), application_name="copilot:scorer")


@contextmanager
def only_trainer(database: str) -> Iterator[Connection]:
    """Hold the trainings' lock for the block, in no transaction: the server ends one that idles for ten minutes."""
    with psycopg.connect(dsn("scorer", database), autocommit=True, application_name="copilot:train:lock") as session:
        session.execute("select pg_advisory_lock(hashtextextended('copilot:train', 0))")
        yield session


def champion(run: Run) -> str | None:
    """The version of the newest admitted model that existed on run.as_of, or None."""
    record = champion_record(run)
    return record.model_version if record else None


def champion_record(run: Run) -> Record | None:
    """The record of champion(run)."""
    found = _records(run.database, "is_admitted and trained_as_of <= %s", (run.as_of,))
    return found[0] if found else None


def newest(run: Run) -> Record | None:
    """The record of the newest training on or before run.as_of, whatever became of it."""
    found = _records(run.database, "trained_as_of <= %s", (run.as_of,))
    return found[0] if found else None


def find(database: str, model_version: str) -> Record | None:
    """The record of that version."""
    found = _records(database, "model_version = %s", (model_version,))
    return found[0] if found else None


def trainings(database: str) -> list[Record]:
    """Every training, newest first."""
    return _records(database, "true", ())


def admitted(database: str) -> list[Record]:
    """Every model that may speak, newest first."""
    return _records(database, "is_admitted", ())


def challenger(database: str) -> Record | None:
    """The newest model that passed the gates without beating the champion."""
    found = _records(database, "status = 'challenger'", ())
    return found[0] if found else None


def known_earlier(run: Run, model_version: str) -> None:
    """The same rows give the same model, so a model existed from the first day on which it could have been trained."""
    with connect(run.database) as warehouse:
        warehouse.execute(
            "update ml.model set trained_as_of = %s where model_version = %s and trained_as_of > %s",
            (run.as_of, model_version, run.as_of),
        )
        settle(warehouse)


def held_out_scores(database: str, model_version: str, horizon: int) -> dict[tuple[date, str], float]:
    """A model's own held-out probabilities, by day and account."""
    query = (
        "select as_of_date, account_id, p from ml.evaluation_score"
        " where model_version = %s and candidate = %s and horizon_days = %s"
    )
    with connect(database) as warehouse:
        rows = warehouse.execute(query, (model_version, CANDIDATE, horizon)).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def roll_back(database: str) -> tuple[str, str | None]:
    """Take the champion out of use: (it, the one that speaks now or None). Raises LookupError without one."""
    with connect(database) as warehouse:
        out = warehouse.execute(
            "update ml.model set is_admitted = false, status = 'retired', why = 'rolled back by hand; ' || why"
            " where status = 'champion' returning model_version"
        ).fetchone()
        if out is None:
            raise LookupError("there is no model in use")
        settle(warehouse)
        now = warehouse.execute("select model_version from ml.model where status = 'champion'").fetchone()
    return str(out[0]), None if now is None else str(now[0])


def _records(database: str, condition: LiteralString, parameters: tuple[Any, ...]) -> list[Record]:
    query = sql.SQL(
        "select model_version, status, is_admitted, why, trained_as_of, n_train, n_churned, artifact_sha256"
        " from ml.model where {} order by {}"
    ).format(sql.SQL(condition), _NEWEST_FIRST)
    with connect(database) as warehouse:
        return [Record(*row) for row in warehouse.execute(query, parameters)]


def settle(warehouse: Connection) -> None:
    """The newest admitted model is the champion, every other admitted one is retired: at no moment two, nor none."""
    chosen = warehouse.execute(
        sql.SQL("select model_version from ml.model where is_admitted order by {} limit 1").format(_NEWEST_FIRST)
    ).fetchone()
    champion_version = chosen[0] if chosen else None
    warehouse.execute(
        "update ml.model set status = 'retired' where status = 'champion' and model_version is distinct from %s",
        (champion_version,),
    )
    warehouse.execute(
        "update ml.model set status = 'champion' where status <> 'champion' and model_version = %s", (champion_version,)
    )


def forget(warehouse: Connection, keep: int) -> None:
    """Held-out rows live for `keep` trainings and `keep` admitted models. Models stay: their days may be rebuilt."""
    warehouse.execute(
        sql.SQL(
            "delete from ml.evaluation_score where model_version not in"
            " (select model_version from ml.model order by {order} limit %(keep)s)"
            " and model_version not in"
            " (select model_version from ml.model where is_admitted order by {order} limit %(keep)s)"
        ).format(order=_NEWEST_FIRST),
        {"keep": keep},
    )
