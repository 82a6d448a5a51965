"""Where things are, and what is said when they are not."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.run import Run
from config.settings import ConfigError, dsn, load_yaml, stack_state


def test_production_names_its_database_by_variable_and_the_company_chooses_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COPILOT_DSN_LOADER", "postgresql://someone:pw@db.example:5432/ignored?sslmode=require")
    assert dsn("loader", "acme") == "postgresql://someone:pw@db.example:5432/acme?sslmode=require"


def test_without_a_stack_the_error_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    with pytest.raises(ConfigError, match="copilot up"):
        stack_state()


def test_broken_yaml_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "sources.yml"
    path.write_text("a: 1\n b: 2\n")
    with pytest.raises(ConfigError, match=r"sources\.yml.*line 2"):
        load_yaml(path)


def test_a_day_ends_at_the_next_midnight_in_utc() -> None:
    assert Run(date(2026, 2, 28)).cutoff == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_company_without_a_name_lives_in_the_default_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "sources.yml"
    path.write_text("sources: []\n")
    assert Run(date(2026, 1, 1), path).database == "warehouse"
    other = tmp_path / "other.yml"
    other.write_text("warehouse: acme\n")
    assert Run(date(2026, 1, 1), other).database == "acme"
