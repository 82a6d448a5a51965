"""Secrets of the local stack."""

import stat
from pathlib import Path

import pytest

from config.settings import ConfigError, secret
from copilot.stack.generated_secrets import KEYS, PASSWORDS, ensure_secrets


def test_every_secret_is_generated_once_and_only_its_owner_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    ensure_secrets()
    first = {name: secret(name) for name in (*PASSWORDS, *KEYS)}
    ensure_secrets()
    assert {name: secret(name) for name in first} == first
    assert len(set(first.values())) == len(first) > 15
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_secret_of_which_only_the_empty_file_was_written_is_generated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pg_admin").touch(mode=0o600)
    ensure_secrets()
    assert len(secret("pg_admin")) > 15


def test_a_secret_that_was_never_generated_names_itself_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    with pytest.raises(ConfigError, match=r"pg_admin.*copilot up"):
        secret("pg_admin")
