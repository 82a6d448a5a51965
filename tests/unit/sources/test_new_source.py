"""`copilot sources new` in a copy of the project: clean code that says what it lacks until it is filled in."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import ROOT, ConfigError
from copilot.sources.canonical import BY_NAME
from copilot.sources.new.vendor import NewVendor, new_vendor
from copilot.sources.new.writing import write
from tests.source_contract import CHECKS

NAMES = {"crm": "acme", "billing": "zeta_pay", "usage": "metrics", "support": "help_scout"}
# Without the insides of large libraries mypy takes seconds; what it then says of other files does not count.
TYPES = """
[tool.mypy]
python_version = "3.11"
strict = true
[[tool.mypy.overrides]]
module = ["pyarrow.*", "dlt.*", "pydantic.*", "numpy.*", "pandas.*"]
ignore_missing_imports = true
follow_imports = "skip"
"""


def copied(place: Path) -> Path:
    """The parts of the project that a source touches."""
    for part in ("config", "copilot", "tests", "docs"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python tool in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which one vendor of each role was begun."""
    place = copied(tmp_path_factory.mktemp("project"))
    for role, name in NAMES.items():
        write(new_vendor(name, role, place), place)
    return place


def files(role: str) -> dict[str, str]:
    """The files of the vendor of a role, by template."""
    return {part: str(path) for part, path in NewVendor(NAMES[role], role).files.items()}  # type: ignore[arg-type]


@pytest.mark.slow
def test_what_it_writes_for_every_role_passes_every_static_check(project: Path) -> None:
    (project / "types.toml").write_text(TYPES)
    written = [path for role in NAMES for path in files(role).values()]
    code = [path for role in NAMES for part, path in files(role).items() if part in ("connector", "vendor")]
    registries = [
        "copilot/sources/catalogue.py",
        "copilot/sources/connectors/__init__.py",
        "copilot/sandbox/vendors/server.py",
    ]

    for tool in (["ruff", "check"], ["ruff", "format", "--check"]):
        outcome = run(project, *tool, *written, *registries)
        assert outcome.returncode == 0, outcome.stdout
    types = run(project, "mypy", "--config-file", "types.toml", "--cache-dir", "types", *code, *registries)
    assert f"{len(code) + 3} source files" in types.stdout
    assert [line for line in types.stdout.splitlines() if line.split(":")[0] in code + registries] == []


@pytest.mark.slow
def test_its_contract_fails_sentence_by_sentence_until_it_is_filled_in_and_then_holds_over_http(project: Path) -> None:
    begun, place = files("support"), project
    before = run(place, "pytest", "-p", "no:cacheprovider", begun["contract"])

    assert f"{len(CHECKS)} failed" in before.stdout
    assert "passed" not in before.stdout
    for sentence in (
        f"{begun['connector']}:1: ",
        "docs/vendors.md:",
        "stream tickets: give a record under `examples`",
        "tickets.solved_at comes out of no example: read it in `rows`",
        "name words under `personal`",
    ):
        assert sentence in before.stdout

    fill_in(place, begun)
    after = run(place, "pytest", "-p", "no:cacheprovider", begun["contract"], begun["landing"])
    assert f"{len(CHECKS) + 7} passed" in after.stdout, after.stdout


def fill_in(place: Path, begun: dict[str, str]) -> None:
    """What a stranger does, for a vendor that calls everything as we do."""
    columns = [column.name for column in BY_NAME["tickets"].columns if column.name != "ticket_id"]
    for part in begun.values():
        path = place / part
        text = re.sub(r"( *# FILL IN.*\n( *# [a-z].*\n)*)", "", path.read_text()).replace("FILL IN", "note")
        text = re.sub(r'"(\w+)": None,  # .*', r'"\1": record["\1"],', text)
        path.write_text(text)
    vendor, contract, page = place / begun["vendor"], place / begun["contract"], place / "docs/vendors.md"
    said = "{name: str(held.now[name]) if name.endswith('_at') and held.now[name] else held.now[name]"
    vendor.write_text(
        vendor.read_text().replace('return {"id": key,', f'return {said} for name in {columns}}} | {{"id": key,')
    )
    dated = "2026-03-02T09:00:00Z"
    example = {name: dated if name.endswith("_at") else "open" for name in columns} | {
        "id": "7", "created_at": dated, "updated_at": "2026-03-05T09:00:00Z",
        "csat": 4, "priority": "high", "is_escalated": True, "note": "Jane",
    }  # fmt: skip
    text = contract.read_text().replace('{"tickets": ()}', f'{{"tickets": ({example},)}}')
    contract.write_text(text.replace("personal=()", 'personal=("Jane",)'))
    page.write_text(
        page.read_text().replace("| `help_scout` | tickets | FILL IN | FILL IN |", "| `help_scout` | tickets | x | y |")
    )


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    there = tmp_path / files("support")["landing"]
    there.parent.mkdir(parents=True)
    there.write_text("mine")

    with pytest.raises(ConfigError, match=r"test_help_scout_vendor\.py is there already: nothing was written"):
        new_vendor("help_scout", "support", tmp_path)
    assert there.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten_either(tmp_path: Path) -> None:
    place = copied(tmp_path / "copy")
    vendor = new_vendor("help_scout", "support", place)
    there = place / vendor.files["connector"]
    there.write_text("mine")

    with pytest.raises(FileExistsError):
        write(vendor, place)
    assert there.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "role", "said"),
    [
        ("Acme", "crm", "lower-case letters"),
        ("../acme", "crm", "lower-case letters"),
        ("acme__x", "crm", "lower-case letters"),
        ("a" * 31, "crm", "30 characters at most"),
        ("class", "crm", "a word of Python"),
        ("match", "crm", "a word of Python"),
        ("zendesk", "support", "there is a source type zendesk already"),
        ("files", "support", "there is a source type files already"),
        ("money", "billing", "connectors/money.py is there already"),
        ("faults", "support", "vendors/faults.py is there already"),
        ("acme", "supprt", "there is no role supprt: did you mean support?"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(name: str, role: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        new_vendor(name, role, ROOT)


def test_a_registry_that_looks_different_is_named_before_anything_is_written(tmp_path: Path) -> None:
    place = copied(tmp_path / "copy")
    (place / "copilot/sources/catalogue.py").write_text("API_TABLES = {}\n")
    vendor = new_vendor("help_scout", "support", place)

    with pytest.raises(ConfigError, match=r"catalogue\.py: no line looks like"):
        write(vendor, place)
    assert not [path for path in vendor.files.values() if (place / path).exists()]
