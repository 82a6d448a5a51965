"""What is tracked stays true, small and free of secrets."""

import re
import subprocess
from pathlib import Path

import pytest

from config.settings import ROOT

LONGEST_README = 150
LARGEST_BYTES = 1_500_000
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)\)")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|xox[bp]-[0-9]|ghp_[0-9A-Za-z]{36}")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    assert len(paths) > 200
    return [path for path in paths if path.exists()]


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < LONGEST_README


def test_every_link_in_the_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    links = [(document, link) for document in documents for link in LINK.findall(document.read_text())]
    assert len(links) > 30
    assert [(d.name, link) for d, link in links if not (d.parent / link).exists()] == []


def test_no_tracked_file_is_large(tracked: list[Path]) -> None:
    assert [path.name for path in tracked if path.stat().st_size > LARGEST_BYTES] == []


def test_no_tracked_file_holds_a_key(tracked: list[Path]) -> None:
    texts = [path for path in tracked if path.suffix not in {".png", ".parquet", ".gz"}]
    assert [path.name for path in texts if SECRET.search(path.read_text(errors="replace"))] == []
