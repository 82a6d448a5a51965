from pathlib import Path

from typer.testing import CliRunner

from copilot.cli.sandbox import group


def invoke(*arguments: str):
    return CliRunner().invoke(group, ["write", *arguments])


def test_write_prints_the_rows_of_each_table(tmp_path: Path):
    size = ("--accounts", "20", "--months", "4", "--seed", "2", "--until", "2026-09-01")
    result = invoke(*size, "--directory", str(tmp_path))
    assert result.exit_code == 0, result.output
    counts = dict(line.split() for line in result.stdout.splitlines() if "written" not in line)
    assert len(counts) == 16
    assert int(counts["usage_events"].replace(",", "")) > 1000
    assert "sandbox: truth" in result.stderr
    assert (tmp_path / "truth" / "hazard.parquet").is_file()


def test_a_wrong_size_is_named_and_nothing_is_written(tmp_path: Path):
    result = invoke("--accounts", "3", "--directory", str(tmp_path))
    assert result.exit_code == 2
    assert "accounts" in result.stderr
    assert list(tmp_path.iterdir()) == []
