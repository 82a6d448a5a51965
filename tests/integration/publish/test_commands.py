"""`copilot export` and `copilot rules`, as a person types them."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from copilot.cli.application import app
from copilot.warehouse.publish import publish
from tests.integration.marts import DAY, a_run, create_marts, put_account, put_accounts, put_verdicts

RUNNER = CliRunner()


@pytest.fixture
def sources(database: str, tmp_path: Path) -> Path:
    """A sources file that names the test's warehouse, with one published day."""
    create_marts(database)
    put_account(database, name="=Acme")
    put_verdicts(database)
    publish(a_run(DAY, database))
    path = tmp_path / "sources.yml"
    path.write_text(f"warehouse: {database}\nsources: []\n", encoding="utf-8")
    return path


def test_export_writes_the_newest_day_to_a_file(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    done = RUNNER.invoke(app, ["export", "account_day", "--out", str(out), "--sources", str(sources)])
    assert done.exit_code == 0, done.output
    assert "1 rows of serving.account_day of 2026-11-17" in done.output
    assert ",'=Acme," in out.read_text(encoding="utf-8")


def test_export_writes_to_standard_output(sources: Path) -> None:
    done = RUNNER.invoke(app, ["export", "kpi_day", "--format", "json", "--sources", str(sources)])
    assert done.exit_code == 0, done.output
    assert '"segment":"all"' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["no_table"], "account_day"), (["account_day", "--as-of", "2020-01-01"], "2020-01-01 is not published")],
)
def test_a_wrong_export_says_what_there_is(sources: Path, arguments: list[str], says: str) -> None:
    done = RUNNER.invoke(app, ["export", *arguments, "--sources", str(sources)])
    assert done.exit_code == 1
    assert says in done.output


def test_a_failed_export_leaves_no_half_file(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "never.csv"
    done = RUNNER.invoke(app, ["export", "no_table", "--out", str(out), "--sources", str(sources)])
    assert done.exit_code == 1
    assert not out.exists()


def test_rules_lint_accepts_the_shipped_rules() -> None:
    done = RUNNER.invoke(app, ["rules", "lint"])
    assert done.exit_code == 0, done.output
    assert "8 rules can be used" in done.output


def test_rules_backtest_prints_a_card_per_rule(sources: Path, database: str) -> None:
    later = [DAY + timedelta(days=number) for number in range(1, 15)]
    put_accounts(database, [{"as_of_date": day, "last_login_days_ago": 20} for day in later])
    one = ["rules", "backtest", "no_recent_login", "--as-of", "2026-12-31", "--sources", str(sources)]
    done = RUNNER.invoke(app, one)
    assert done.exit_code == 0, done.output
    assert "no_recent_login  2026-11-17 to 2026-12-01" in done.output
    assert "1 alerts" in done.output
    every = RUNNER.invoke(app, ["rules", "backtest", "--as-of", "2026-12-31", "--sources", str(sources)])
    assert every.output.count("precision") == 8


def test_rules_backtest_of_an_unknown_rule_is_an_error(sources: Path) -> None:
    done = RUNNER.invoke(app, ["rules", "backtest", "nope", "--sources", str(sources)])
    assert done.exit_code == 1
    assert "no rule 'nope'" in done.output
