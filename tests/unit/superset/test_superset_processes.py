"""How Superset is started: no secret on a command line, no repository root on its path, no password stored."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy.engine.url import make_url

from config.settings import ROOT
from copilot.stack import superset

META, WAREHOUSE = (
    "postgresql+psycopg2://superset:meta-word@127.0.0.1:1/superset",
    "postgresql+psycopg2://cs_bi:bi-word@127.0.0.1:2/w",
)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    monkeypatch.setenv("COPILOT_DSN_OWNER", "postgresql://owner:owner-word@127.0.0.1/w")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "secrets").mkdir()
    for name in superset.SECRETS:
        (tmp_path / "secrets" / name).write_text(f"word-of-{name}")
    return superset.environment(META, WAREHOUSE)


def test_the_repository_root_cannot_hide_the_library(environment: dict[str, str]) -> None:
    assert environment["PYTHONSAFEPATH"] == "1"
    assert environment["PYTHONPATH"].split(":") == [str(ROOT / "superset")]
    assert not (ROOT / "superset" / "superset").exists()
    assert not (ROOT / "superset" / "__init__.py").exists()
    assert superset.working_directory() != ROOT


def test_no_other_secret_of_the_caller_reaches_superset(environment: dict[str, str]) -> None:
    assert len(environment) > 10
    assert "owner-word" not in "".join(environment.values())


def test_commands_hold_no_secret_and_listen_on_loopback_only(environment: dict[str, str]) -> None:
    commands = [superset.server_command(8088), superset.deploy_command(), superset.check_command()]
    words = " ".join(part for command in commands for part in command)
    assert "word" not in words.replace(environment["SUPERSET_STATE_DIR"], "")
    bound = commands[0][commands[0].index("--bind") + 1]
    assert bound == "127.0.0.1:8088"


def _configuration() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "superset_config_under_test", ROOT / "superset" / "superset_config.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def configured(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in environment.items():
        if name.startswith("SUPERSET"):
            monkeypatch.setenv(name, value)
    return environment


@pytest.mark.usefixtures("configured")
def test_the_warehouse_password_is_put_in_at_connect_time_and_only_for_the_placeholder() -> None:
    mutate = _configuration().DB_CONNECTION_MUTATOR
    placeholder, other = make_url("postgresql+psycopg2://cs_bi@warehouse.invalid/warehouse"), make_url("sqlite://")
    assert mutate(placeholder, {}, "u", None, None)[0].password == "bi-word"
    assert mutate(other, {}, "u", None, None)[0] == other


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("name", ["SUPERSET_SECRET_KEY", "SUPERSET_META_URI", "SUPERSET_GUEST_SECRET"])
def test_superset_refuses_to_start_without_a_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(RuntimeError, match=f"{name} must be set"):
        _configuration()


@pytest.mark.usefixtures("configured")
def test_pages_may_load_nothing_from_elsewhere() -> None:
    policy = _configuration().TALISMAN_CONFIG["content_security_policy"]
    sources = [source for values in policy.values() for source in ([values] if isinstance(values, str) else values)]
    assert len(sources) > 10
    assert not [source for source in sources if "http" in source or "*" in source or source == "'unsafe-eval'"]


@pytest.mark.usefixtures("configured")
def test_both_themes_have_every_token_that_the_pages_read() -> None:
    themes = _configuration()
    light, dark = themes.THEME_DEFAULT["token"], themes.THEME_DARK["token"]
    assert set(light) == set(dark)
    assert light["brandLogoHeight"].endswith("px")
    assert light["brandSpinnerSvg"].startswith("<svg")
    assert light["brandLogoUrl"] != dark["brandLogoUrl"]
