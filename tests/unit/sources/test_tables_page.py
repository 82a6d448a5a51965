"""The page of canonical tables is what the schema says now."""

from config.settings import ROOT
from copilot.sources.tables_page import render


def test_the_page_in_docs_is_current():
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == render(), "run `copilot sources tables`"
    assert "| **`account_id`** | text |" in page
