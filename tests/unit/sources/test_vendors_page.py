"""What docs/vendors.md says of the vendors is what there is, and its example can be read."""

from typing import get_args

import pytest

from config.settings import ROOT
from copilot.sources.catalogue import API_TABLES
from copilot.sources.config import DriftWord, load_sources
from copilot.sources.connectors import CONNECTORS

PAGE = (ROOT / "docs" / "vendors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("vendor", sorted(CONNECTORS))
def test_the_page_names_every_option_of_every_vendor(vendor: str) -> None:
    missing = [name for name in CONNECTORS[vendor].options if f"`{name}`" not in PAGE]  # type: ignore[index]

    assert f"| `{vendor}` |" in PAGE
    assert missing == []


def test_the_page_explains_every_word_for_drift() -> None:
    assert [word for word in get_args(DriftWord) if f"| `{word}`" not in PAGE] == []


def test_its_example_is_a_sources_file_whose_options_all_exist() -> None:
    loaded = load_sources(ROOT / "examples" / "vendors" / "sources.yml")

    assert {source.type for source in loaded.sources} == {"salesforce", "stripe", "mixpanel", "zendesk"}
    for source in loaded.sources:
        assert source.type != "files"
        assert CONNECTORS[source.type].stream(source.options)


def test_the_page_names_the_witnesses_that_the_tests_call() -> None:
    peers = ROOT / "tests" / "peers"
    named = [line for line in (peers / "requirements.in").read_text().splitlines() if not line.startswith("#")]
    pins = [line.split()[0] for line in (peers / "requirements.txt").read_text().splitlines() if "==" in line]
    witnesses = [pin.replace("==", " ") for pin in pins if pin.split("==")[0] in named]

    assert len(witnesses) == len(named)
    assert [one for one in witnesses if f" {one}" not in PAGE] == []


@pytest.mark.parametrize("vendor", sorted(CONNECTORS))
def test_every_vendor_gives_the_tables_that_the_catalogue_promises(vendor: str) -> None:
    connector = CONNECTORS[vendor]  # type: ignore[index]
    own = {"sentiment_object": "Sentiment__c", "milestone_object": "Milestone__c", "totals_event": "Daily totals"}
    options = {name: value for name, value in own.items() if name in connector.options}
    given = {gives.table for stream in connector.stream(options) for gives in stream.gives}

    assert given == set(API_TABLES[vendor])  # type: ignore[index]
