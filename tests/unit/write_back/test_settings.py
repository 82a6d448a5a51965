"""config/write_back.yml: off as it is shipped, and every mistake names the file and the setting."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import ROOT, ConfigError, load_yaml
from config.write_back import KINDS, PATH, write_back_config
from copilot.write_back.targets import aims

EXAMPLE = ROOT / "examples" / "vendors" / "write_back.yml"
SALESFORCE = {"type": "salesforce", "options": {"account_fields": "segment=Segment__c; account_id=Key__c"}}
HUBSPOT = {"type": "hubspot", "options": {"account_fields": "segment=our_segment"}}


def written(tmp_path: Path, **changed: Any) -> Path:
    path = tmp_path / "write_back.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(PATH.read_text()), **changed}))
    load_yaml.cache_clear()
    write_back_config.cache_clear()
    return path


def mapped(tmp_path: Path, source: dict[str, Any], **values: Any) -> list[Any]:
    sources = tmp_path / "sources.yml"
    sources.write_text(yaml.safe_dump({"sources": [{"name": "crm", "connection": "crm", **source}]}))
    path = written(tmp_path, sources={"crm": values})
    return aims(write_back_config(path), path, sources)


def test_as_shipped_nothing_is_written() -> None:
    config = write_back_config()

    assert (config.enabled, config.when_published, dict(config.sources)) == (False, "nothing", {})


def test_the_example_maps_the_crm_of_the_example_of_sources() -> None:
    (aim,) = aims(write_back_config(EXAMPLE), EXAMPLE, ROOT / "examples" / "vendors" / "sources.yml")

    assert aim.source.type == "salesforce"
    assert {"health_score", "risk_band", "reason", "as_of_date"} <= aim.targets.keys() <= KINDS.keys()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mood": "Mood__c"}, r"sources\.crm\.mood"),
        ({"health_score": "Health c"}, r"sources\.crm\.health_score\.field"),
        ({"health_score": {"field": "H__c", "size": 3}}, r"sources\.crm\.health_score\.size"),
        ({"churn_probability": "C__c"}, r"crm\.churn_probability: unit is needed: percent or ratio"),
        ({"health_score": {"field": "H__c", "unit": "percent"}}, r"crm\.health_score: unit is for churn_probability"),
        ({"reason": {"field": "R__c", "decimals": 1}}, r"crm\.reason: decimals is for a number"),
        ({"health_score": {"field": "H__c", "length": 99}}, r"crm\.health_score: length is for a text"),
        ({"reason": {"field": "R__c", "words": {"a": "b"}}}, r"crm\.reason: words is for a word"),
        ({"health_score": "H__c", "priority_usd": "h__C"}, r"crm\.priority_usd: field h__C is used twice"),
        ({"as_of_date": "D__c"}, r"crm\.as_of_date: no other value is mapped"),
        ({}, r"crm\.as_of_date: no other value is mapped"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=rf"write_back\.yml: .*{says}"):
        mapped(tmp_path, SALESFORCE, **values)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"largest_share": 0}, "largest_share"),
        ({"when_published": "always"}, "when_published"),
        ({"when_published": "apply"}, "when_published: apply needs enabled: true"),
        ({"enable": True}, "enable: Extra inputs"),
        ({"connections": {"crm": "crm_write"}}, "connections.crm: no such source is mapped"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=rf"write_back\.yml: .*{says}"):
        write_back_config(written(tmp_path, **changed))


@pytest.mark.parametrize(
    ("source", "field", "says"),
    [
        (SALESFORCE, "Segment__c", "is read by the pipeline"),
        (SALESFORCE, "segment__C", "is read by the pipeline"),
        (SALESFORCE, "Key__c", "is read by the pipeline"),
        (SALESFORCE, "OwnerId", "is read by the pipeline"),
        (SALESFORCE, "SystemModstamp", "is salesforce's own"),
        (SALESFORCE, "Rating", "is salesforce's own"),
        (HUBSPOT, "our_segment", "is read by the pipeline"),
        (HUBSPOT, "hubspot_owner_id", "is read by the pipeline"),
        (HUBSPOT, "hs_lead_status", "is hubspot's own"),
        (HUBSPOT, "lifecyclestage", "is hubspot's own"),
    ],
)
def test_no_field_that_is_read_and_none_of_the_vendors_own_can_be_a_target(
    tmp_path: Path, source: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=rf"write_back\.yml: sources\.crm\.health_score\.field: {field} {says}"):
        mapped(tmp_path, source, health_score=field)


def test_only_a_crm_that_is_there_can_be_mapped(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sources\.crm: it is of type zendesk, and only hubspot and salesforce"):
        mapped(tmp_path, {"type": "zendesk"}, health_score="H__c")
    path = written(tmp_path, sources={"crn": {"health_score": "H__c"}})
    with pytest.raises(ConfigError, match=r"sources\.crn: .*sources\.yml has no such source: did you mean crm\?"):
        aims(write_back_config(path), path, tmp_path / "sources.yml")
