"""A source of files is read again by other readers than landing's, and compared with what we hold."""

import gzip
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot.reconcile.room import reconcile
from copilot.sources.ingest import ingest
from copilot.warehouse.connect import connect
from copilot.warehouse.recon_daily import Shown, of_run

DAY = date(2026, 11, 17)
INVOICES = (
    "nr;customer;billed;sum;cur;seen\n"
    "i1;a;17/11/2026;100.10;eur;17/11/2026\n"
    "i2;a;17/11/2026;200.20;USD;17/11/2026\n"
    "i2;a;17/11/2026;200.25;USD;18/11/2026\n"
    "i3;b;17/11/2026;-5.05;;17/11/2026\n"
    "i4;b;16/11/2026;7.77;GBP;16/11/2026\n"
)
MAPPED = {
    "columns": {
        "invoice_id": "nr", "account_id": "customer", "issued_on": "billed", "amount": "sum", "currency": "cur",
        "recorded_at": "seen",
    },
    "formats": {"issued_on": "%d/%m/%Y", "recorded_at": "%d/%m/%Y"},
    "delimiter": ";",
}  # fmt: skip


@dataclass
class Files:
    """One source named `export` over a directory, and its warehouse."""

    home: Path
    database: str
    tables: dict[str, Any]

    def run(self) -> Run:
        """The day to build."""
        path = self.home / "sources.yml"
        pattern = "{table}*.{csv,csv.gz,jsonl,parquet}"
        source = {"name": "export", "type": "files", "path": pattern, "tables": self.tables}
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source]}))
        load_yaml.cache_clear()
        return Run(DAY, path)

    def landed(self, role: str) -> None:
        """Take in what is there."""
        assert ingest("export", role, self.run())["received"] > 0

    def compared(self) -> list[Shown]:
        """What reconciling says."""
        run = self.run()
        reconcile(run)
        with connect("gate", run.database) as gate:
            return of_run(gate, run.as_of)

    def change(self, statement: str) -> int:
        """Do as the owner of the warehouse what nobody should."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(statement).rowcount  # type: ignore[arg-type]


@pytest.fixture
def files(database: str, tmp_path: Path) -> Files:
    """A company whose invoices are a file of its own making."""
    (tmp_path / "invoices.csv").write_text(INVOICES)
    return Files(tmp_path, database, {"invoices": MAPPED})


def of_the_day(found: list[Shown]) -> dict[str, tuple[Any, ...]]:
    """What was compared of the day: source, raw, rejected and verdict by what."""
    return {
        one.currency or one.measure: (one.source_total, one.raw_good, one.raw_rejected, one.verdict)
        for one in found
        if one.day == DAY
    }


def test_a_file_is_counted_again_with_its_own_columns_dates_and_currencies(files: Files) -> None:
    files.landed("billing")
    found = files.compared()

    assert of_the_day(found) == {
        "rows": (3, 3, 0, "agrees"),
        "EUR": (Decimal("100.10"), Decimal("100.10"), 0, "agrees"),
        "USD": (Decimal("195.20"), Decimal("195.20"), 0, "agrees"),
    }
    assert {one.verdict for one in found} == {"agrees"}
    assert sum(one.source_total for one in found if one.currency == "GBP") == Decimal("7.77")


def test_a_row_in_quarantine_is_accounted_for_even_where_its_amount_cannot_be_read(files: Files) -> None:
    with (files.home / "invoices.csv").open("a") as file:
        file.write("i5;b;17/11/2026;much;USD;17/11/2026\n")
    files.landed("billing")

    found = of_the_day(files.compared())
    assert found["rows"] == (4, 3, 1, "rejected")
    assert {one[3] for one in found.values()} == {"rejected"}


def test_a_record_of_which_only_one_version_is_in_quarantine_is_not_in_quarantine(
    database: str, tmp_path: Path
) -> None:
    rows = "".join(f"t1,a,{status},2026-11-17T09:00:00Z,2026-11-17T09:00:00Z\n" for status in ("open", "solved"))
    (tmp_path / "tickets.csv").write_text("ticket_id,account_id,status,opened_at,recorded_at\n" + rows)
    files = Files(tmp_path, database, {"tickets": {}})
    files.landed("support")

    assert of_the_day(files.compared()) == {"rows": (1, 1, 0, "agrees")}
    assert files.change("delete from quarantine.rejected_record") == 1


def test_a_repeated_key_counts_once_although_its_second_row_is_in_quarantine(files: Files) -> None:
    with (files.home / "invoices.csv").open("a") as file:
        file.write("i1;a;17/11/2026;999;EUR;17/11/2026\n")
    files.landed("billing")

    found = of_the_day(files.compared())
    assert files.change("delete from quarantine.rejected_record") == 1
    assert found["rows"] == (3, 3, 0, "agrees")
    assert found["EUR"] == (Decimal("100.10"), Decimal("100.10"), 0, "agrees")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("delete from raw_export.invoices where invoice_id = 'i1'", {"rows": "raw_short", "EUR": "raw_short"}),
        ("update raw_export.invoices set amount = amount + 0.01 where invoice_id = 'i2'", {"USD": "raw_over"}),
        ("update raw_export.invoices set currency = 'CHF' where invoice_id = 'i1'",
         {"EUR": "raw_short", "CHF": "raw_over"}),
    ],
    ids=["lost", "a cent more", "another currency"],
)  # fmt: skip
def test_what_raw_has_lost_or_changed_is_found_to_the_cent(
    files: Files, statement: str, expected: dict[str, str]
) -> None:
    files.landed("billing")
    assert files.change(statement) > 0

    assert {what: one[3] for what, one in of_the_day(files.compared()).items() if one[3] != "agrees"} == expected


def test_a_file_that_cannot_be_read_any_more_is_no_loss(files: Files) -> None:
    files.landed("billing")
    (files.home / "invoices.csv").unlink()
    (files.home / "invoices.csv.gz").write_bytes(gzip.compress(INVOICES.encode())[:-20])

    assert {one.verdict for one in files.compared()} == {"not_asked"}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_other_kinds_of_files_are_counted_too(database: str, tmp_path: Path, kind: str) -> None:
    noon = datetime(2026, 11, 17, 12, tzinfo=UTC)
    rows = [
        {"event_id": f"e{n}", "account_id": "a", "event_name": "login", "occurred_at": noon.replace(day=17 - n % 2)}
        for n in range(7)
    ]
    if kind == "parquet":
        pa.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "usage_events.parquet")
    else:
        (tmp_path / "usage_events.jsonl").write_text("".join(f"{one}\n".replace("'", '"') for one in _texts(rows)))
    files = Files(tmp_path, database, {"usage_events": {}})
    files.landed("usage")

    assert of_the_day(files.compared()) == {"rows": (4, 4, 0, "agrees")}


def _texts(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value).replace(" ", "T") for name, value in row.items()} for row in rows]
