"""Published rows as files: nothing a spreadsheet would run, nothing a board would not show."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest

from config.settings import ConfigError
from copilot.warehouse.export import Format, Selection, export_rows, newest_day, safe_cell
from copilot.warehouse.publish import publish
from tests.integration.marts import DAY, a_run, create_marts, put_account, put_accounts, put_verdicts

PAYLOADS = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1", 'x",=1']


@pytest.fixture
def published(database: str) -> str:
    create_marts(database)
    figures = {"arr_usd": Decimal("12000.10"), "health_delta_1d": Decimal("-3.5")}
    put_accounts(database, [{"account_id": f"a{n}", "name": name, **figures} for n, name in enumerate(PAYLOADS)])
    put_account(database, "a9x", name="Plain & Söhne", tier=None)
    put_verdicts(database)
    publish(a_run(DAY, database))
    return database


def exported(database: str, table: str, form: Format, as_of: date | None = DAY) -> io.BytesIO:
    target = io.BytesIO()
    export_rows(database, Selection(table, as_of), form, target)
    target.seek(0)
    return target


def read_csv(database: str, table: str = "account_day") -> list[dict[str, Any]]:
    text = exported(database, table, "csv").getvalue().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_stay_numbers(published: str) -> None:
    found = read_csv(published)
    assert [row["name"] for row in found] == [f"'{text}" for text in PAYLOADS[:9]] + [PAYLOADS[9], "Plain & Söhne"]
    assert {row["health_delta_1d"] for row in found} == {"-3.5", ""}
    assert found[0]["arr_usd"] == "12000.10"
    assert found[10]["tier"] == ""


@pytest.mark.parametrize("text", ["", "Acme", "a=b", "3", "(1)", "'=1"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_json_keeps_numbers_exact(published: str) -> None:
    text = exported(published, "account_day", "json").getvalue().decode()
    found = json.loads(text, parse_float=Decimal)
    assert len(found) == 11
    assert (found[0]["arr_usd"], found[0]["name"], found[0]["reasons"]) == (Decimal("12000.10"), PAYLOADS[0], [])


def test_parquet_keeps_types(published: str) -> None:
    table = pq.read_table(exported(published, "account_day", "parquet"))
    row = table.to_pylist()[0]
    assert table.num_rows == 11
    assert (row["as_of_date"], row["arr_usd"], row["n_open_alerts"]) == (DAY, Decimal("12000.1"), 0)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_table_without_rows_is_a_file_without_rows(published: str, form: Format) -> None:
    target = io.BytesIO()
    assert export_rows(published, Selection("alert_day", DAY), form, target) == 0
    assert target.getvalue()


def test_the_same_rows_give_the_same_bytes(published: str) -> None:
    first, second = (exported(published, "account_day", "csv").getvalue() for _ in range(2))
    assert first == second


def test_a_csms_address_never_leaves(published: str) -> None:
    found = read_csv(published, "csm")
    assert len(found) == 2
    assert "full_name" in found[0]
    assert "email" not in found[0]


def test_views_can_be_exported_too(published: str) -> None:
    assert len(read_csv(published, "latest_account")) == 11


def test_an_unknown_table_is_refused_with_the_names_there_are(published: str) -> None:
    with pytest.raises(ConfigError, match=r"no table 'accounts'.*account_day"):
        exported(published, "accounts", "csv")


def test_a_day_that_is_not_published_is_refused(published: str) -> None:
    with pytest.raises(ConfigError, match="2026-01-01 is not published"):
        exported(published, "account_day", "csv", date(2026, 1, 1))


def test_the_newest_day_is_found_and_an_empty_warehouse_says_what_to_do(published: str) -> None:
    assert newest_day(published) == DAY


def test_nothing_published_yet_is_an_error_that_helps(database: str) -> None:
    with pytest.raises(ConfigError, match="copilot run"):
        newest_day(database)
