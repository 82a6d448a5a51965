"""Where a reconciliation is read: on the command line, and in the last lines of a day's run."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.run import Run
from copilot.cli.application import app
from copilot.reconcile.room import reconcile
from copilot.sources.ingest import ingest
from copilot.warehouse.day_summary import summary
from tests.integration.reconcile.test_files import DAY, Files

RUNNER = CliRunner()


@pytest.fixture
def files(database: str, tmp_path: Path) -> Files:
    """A company with two tickets of the day."""
    rows = "".join(f"t{n},a,open,2026-11-17T09:00:00Z,2026-11-17T09:00:00Z\n" for n in (1, 2))
    (tmp_path / "tickets.csv").write_text("ticket_id,account_id,status,opened_at,recorded_at\n" + rows)
    found = Files(tmp_path, database, {"tickets": {}})
    ingest("export", "support", found.run())
    return found


def asked(run: Run, *options: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["sources", "reconcile", "--day", str(DAY), "--sources", str(run.sources), *options])
    return done.exit_code, done.output


def test_the_command_asks_compares_and_ends_with_1_when_something_is_off(files: Files) -> None:
    code, said = asked(files.run())
    assert (code, said.count("agrees")) == (0, 1)

    files.change("delete from raw_export.tickets where ticket_id = 't1'")
    code, said = asked(files.run())
    assert code == 1
    assert f"export.tickets, rows of {DAY}: the source says 2, raw holds 1, 1 short" in said


def test_what_was_measured_is_shown_without_asking_again(files: Files) -> None:
    assert asked(files.run())[0] == 0
    files.change("delete from raw_export.tickets where ticket_id = 't1'")

    code, said = asked(files.run(), "--measured")
    assert code == 0
    assert "export.tickets" in said


def test_the_day_s_last_line_says_whether_sources_raw_and_marts_agree(files: Files) -> None:
    run = files.run()
    assert not any(line.startswith("reconciled") for line in summary(run, {}, {}))
    reconcile(run)
    assert summary(run, {}, {})[-1] == "reconciled: all 4 comparisons agree"

    files.change("delete from raw_export.tickets where ticket_id = 't1'")
    reconcile(run)
    first, loss = summary(run, {}, {})[-1].splitlines()
    assert first == "reconciled: 4 comparisons, 1 off"
    assert loss.strip().startswith(f"- RAW IS SHORT: export.tickets, rows of {DAY}")
