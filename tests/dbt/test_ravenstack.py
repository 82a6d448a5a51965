"""The whole day on data that is not ours: RavenStack's files, with every data test, both gates, a model and a publish.

The made-up files have the shape and the faults of the public ones and are there on every machine. The public ones are
read as well where RAVENSTACK_DIR names their directory.
"""

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import ROOT, dsn
from copilot.decide.day import decide
from copilot.sources.ingest import ingest
from copilot.warehouse import transform
from copilot.warehouse.publish import publish
from expectations.gate import check_marts, check_raw
from ml.score import score
from ml.train import train_if_never
from tests.dbt.ravenstack import TWICE, write_ravenstack

END = date(2024, 12, 31)
SOURCES = ROOT / "examples" / "ravenstack" / "sources.yml"
ROLES = ("crm", "billing", "usage", "support")
# What the raw gate must say of such data.
FAULTS = (
    "flagged as gone without any recorded departure",
    "flagged as gone that still have a running paid subscription",
    "opened before their account was created",
    "dated outside their subscription's period",
)
# The same with its numbers, as they are known of the public files.
PUBLIC_FAULTS = ("35 of 110 rows", "110 of 110 rows", "53.9 %", "77.7 %")
PUBLIC_TWICE = 21
# Marts without a row, and why RavenStack gives them none.
EMPTY = {
    "account_health_waterfall_daily": "the day before was not built",
    "contract_overlaps": "contracts may run side by side",
    "csm_sentiment": "nobody rates accounts",
    "dim_contact": "no contacts",
    "dim_csm": "no CSMs",
    "fct_interaction": "no touches",
    "fct_invoice": "no invoices",
    "fct_payment_event": "no payments",
    "mart_renewal_risk": "no subscription has a term",
    "milestones": "none is recorded, and no event is one",
    "restatements": "everything was learned in time",
}
FLOWS = "new_usd + expansion_usd + contraction_usd + churn_usd + reactivation_usd + fx_usd + merge_usd"


@dataclass(frozen=True)
class Given:
    """Where the files are, and what is known to be wrong with them."""

    directory: Path
    faults: tuple[str, ...]
    twice: int

    def rows(self, table: str) -> Iterator[dict[str, str]]:
        """The file's own rows."""
        (path,) = self.directory.glob(f"ravenstack_{table}.csv*")
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as opened:
            yield from csv.DictReader(opened)


@pytest.fixture(params=["made up", "public"])
def given(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    if request.param == "public":
        if "RAVENSTACK_DIR" not in os.environ:
            pytest.skip("RAVENSTACK_DIR does not say where the public files are")
        return Given(Path(os.environ["RAVENSTACK_DIR"]), (*FAULTS, *PUBLIC_FAULTS), PUBLIC_TWICE)
    write_ravenstack(tmp_path)
    monkeypatch.setenv("RAVENSTACK_DIR", str(tmp_path))
    return Given(tmp_path, FAULTS, TWICE)


@pytest.mark.slow
def test_a_day_of_ravenstack_goes_through_every_room_and_its_books_close(
    given: Given, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_MLFLOW_URI", f"sqlite:///{tmp_path}/mlflow.db")
    sources = tmp_path / "sources.yml"
    sources.write_text(yaml.safe_dump({**yaml.safe_load(SOURCES.read_text("utf-8")), "warehouse": database}))
    run = Run(END, sources)

    landed = {role: ingest("ravenstack", role, run) for role in ROLES}
    raw = check_raw(run)
    built = {layer: transform.build(layer, run) for layer in transform.LAYERS}
    marts = check_marts(run)
    train_if_never(run)
    scored = score(run)
    decide(run)
    published = publish(run)

    assert {role: counts["rejected"] for role, counts in landed.items() if counts["rejected"]} == {"usage": given.twice}
    assert [fault for fault in given.faults if fault not in " ".join(raw["reasons"])] == []
    marts_tests = ("--resource-type", "test", "--select", "path:models/marts", "--indirect-selection", "buildable")
    declared = transform.invoke(run, "list", *marts_tests)
    assert built["marts"]["tests"] == len(declared) > 0, "every data test ran, and one that finds a row stops the build"
    assert (raw["verdict"], marts["verdict"], published["verdict"]) == ("DEGRADED", "DEGRADED", "DEGRADED")
    assert published["accounts"] == len(list(given.rows("accounts")))
    assert scored["mode"] == "rules_only", "departures are random here, and a model that foretells them invents"
    _check_marts(database)
    _check_books(database, given)


def _check_marts(database: str) -> None:
    """No mart is empty but those that have nothing to say; every account is its own and has its day."""
    tables = _rows(database, "select table_name from information_schema.tables where table_schema = 'marts'")
    counts = {name: _rows(database, f"select count(*) from marts.{name}")[0][0] for (name,) in tables}
    assert {name for name, n_rows in counts.items() if not n_rows} == EMPTY.keys()
    assert _rows(database, "select distinct method from marts.bridge_account_identity") == [("crm_id",)]
    ((n_accounts, n_scored),) = _rows(database, "select count(*), count(health_score) from marts.fct_account_days")
    assert n_accounts == counts["dim_account"]
    assert n_scored > n_accounts / 3, "enough is known of many to score them, and of the others it is said"
    labels = dict(_rows(database, "select horizon_days, bool_or(is_churned) from marts.churn_labels group by 1"))
    assert labels == {30: True, 60: True, 90: True}


def _check_books(database: str, given: Given) -> None:
    """Each month leads from its opening to its closing, where the next begins; the last ends at what the file says."""
    months = _rows(
        database,
        f"""select month_on, opening_usd, {FLOWS}, closing_usd from marts.mart_retention_monthly
        where segment = 'all' order by 1""",
    )
    running = [row for row in given.rows("subscriptions") if not row["end_date"] or row["end_date"] > END.isoformat()]
    paid = sum(Decimal(row["mrr_amount"]) for row in running if row["is_trial"] == "False")

    assert months[-1][0] == END.replace(day=1)
    assert len(months) > 20
    assert [month for month, opening, flows, closing in months if opening + flows != closing] == []
    assert [before[3] for before in months[:-1]] == [after[1] for after in months[1:]]
    assert months[-1][3] == paid
    assert _rows(database, "select sum(mrr_usd) from marts.mrr_daily where as_of_date = '2024-12-31'") == [(paid,)]
    assert _rows(database, "select mrr_usd from marts.mart_kpi_daily where segment = 'all'") == [(paid,)]


def _rows(database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn("transformer", database)) as reader:
        return reader.execute(statement.encode()).fetchall()
