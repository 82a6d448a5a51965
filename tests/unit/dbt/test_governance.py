"""Every mart says what it is, whose it is, who reads it, how secret it is and with what it agrees."""

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pytest

from config.settings import ROOT
from expectations.marts_suite import MARTS as CHECKED_MARTS
from tests.unit.dbt.governance import exposure_faults, is_read, lower_model_faults, mart_faults
from tests.unit.dbt.project import in_layer, macros_behind, own_macros

# Macros that no unit test of dbt can reach, and what tests them instead.
TESTED_ELSEWHERE = {
    "generate_schema_name": "tests/dbt/test_build.py",
    "get_where_subquery": "tests/dbt/test_build.py",
    "postgres__get_delete_insert_merge_sql": "tests/dbt/test_time_travel.py",
    "landed": "tests/dbt/test_time_travel.py",
    "newest_batches": "tests/dbt/test_time_travel.py",
    "newest_batches_by_table": "tests/dbt/test_late_rows.py",
    "staged_tables": "tests/dbt/test_late_rows.py",
    "label_tables": "tests/dbt/test_late_rows.py",
    "before_the_window": "tests/dbt/test_late_rows.py",
    "lacks_rows": "tests/dbt/test_late_rows.py",
    "delete_days": "tests/dbt/test_late_rows.py",
    "week_of": "tests/dbt/test_usage_windows.py",
    "weekday_of": "tests/dbt/test_usage_windows.py",
    "seen_in": "tests/dbt/test_usage_windows.py",
    "newly_landed": "tests/dbt/test_usage_facts.py",
    "room_for_a_first_build": "tests/dbt/test_usage_facts.py",
    "end_of": "tests/dbt/test_usage_facts.py",
    "usage_marks": "tests/dbt/test_usage_facts.py",
    "usage_known_before": "tests/dbt/test_usage_facts.py",
    "usage_known_on": "tests/dbt/test_usage_facts.py",
    "in_restatement_window": "tests/dbt/test_usage_facts.py",
    "forget_restatements_of_touched_days": "tests/dbt/test_usage_facts.py",
    "with_earlier_versions": "tests/dbt/test_time_travel.py",
    "newest_recorded_at": "tests/dbt/test_source_freshness.py",
    "postgres__current_timestamp": "tests/dbt/test_source_freshness.py",
    "postgres__snapshot_get_time": "tests/dbt/test_settings_history.py",
    "cutoff": "tests/dbt/test_time_travel.py",
    "resolved_at": "tests/dbt/test_time_travel.py",
    "superseded_at": "tests/dbt/test_time_travel.py",
    "restated_keys": "tests/dbt/test_service_facts.py",
    "restated_since": "tests/dbt/test_service_facts.py",
    "finite": "tests/dbt/test_health_profiles.py",
    "beyond": "tests/dbt/test_health_profiles.py",
    "worth": "tests/dbt/test_health_profiles.py",
    "band_of": "tests/dbt/test_health_profiles.py",
    "chosen_profile": "tests/dbt/test_health_profiles.py",
    "still_counts": "tests/dbt/test_health_profiles.py",
    "nearest_sunday": "tests/dbt/test_health_changes.py",
    "trend_of": "tests/dbt/test_health_changes.py",
    "divergence_of": "tests/dbt/test_health_changes.py",
    "compare_later_days": "tests/dbt/test_health_changes.py",
}


def _complaints(nodes: Iterable[Any], rule: Callable[[Any], Iterable[str]]) -> list[str]:
    return [f"{node.name}: {fault}" for node in nodes for fault in rule(node)]


def test_every_mart_keeps_every_rule(manifest: Any) -> None:
    complaints = _complaints(in_layer(manifest, "marts"), lambda mart: mart_faults(mart, manifest))

    assert not complaints, "\n".join(complaints)


def test_every_exposure_reads_marts_that_exist_and_has_an_owner(manifest: Any) -> None:
    complaints = _complaints(manifest.exposures.values(), lambda exposure: exposure_faults(exposure, manifest))

    assert manifest.exposures
    assert not complaints, "\n".join(complaints)


def test_every_mart_that_our_own_code_reads_has_an_exposure_that_says_so(manifest: Any) -> None:
    marts = {mart.name: mart for mart in in_layer(manifest, "marts")}
    files = [path for room in ("copilot", "ml", "expectations") for path in (ROOT / room).rglob("*.py")]
    texts = [path.read_text("utf-8") for path in files]
    named = {name for text in texts for name in re.findall(r"\bmarts\.([a-z_]+)", text) if name in marts}
    named |= set(CHECKED_MARTS)

    assert "fct_account_days" in named
    assert {name for name in named if not is_read(marts[name], manifest)} == set()


def test_no_staging_or_intermediate_model_is_public(manifest: Any) -> None:
    complaints = _complaints(in_layer(manifest, "staging", "intermediate"), lower_model_faults)

    assert not complaints, "\n".join(complaints)


def test_every_macro_is_in_a_unit_tested_model_or_named_with_its_test(manifest: Any) -> None:
    """A policy without a test is a guess; `TESTED_ELSEWHERE` may not outlive its macros or its tests."""
    tested = {model for unit_test in manifest.unit_tests.values() for model in unit_test.depends_on.nodes}
    reached = macros_behind(manifest, {macro for model in tested for macro in manifest.nodes[model].depends_on.macros})
    untested = {macro.name for unique_id, macro in own_macros(manifest).items() if unique_id not in reached}

    assert untested <= set(TESTED_ELSEWHERE), "these macros are in no unit-tested model"
    assert set(TESTED_ELSEWHERE) <= {macro.name for macro in own_macros(manifest).values()}
    assert all((ROOT / path).exists() for path in TESTED_ELSEWHERE.values())


def _drop(node: Any, name: str) -> None:
    node.config.meta = {key: value for key, value in node.config.meta.items() if key != name}


def _unread_chart(mart: Any) -> None:
    mart.name, mart.unique_id = "mart_of_nobody", "model.copilot.mart_of_nobody"
    mart.config.meta["audience"] = "somebody"


def _without_types(node: Any) -> None:
    for column in node.columns.values():
        column.data_type = None


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda mart: setattr(mart, "description", "Accounts."), "does not start with the grain"),
        (lambda mart: setattr(mart, "constraints", []), "no primary key"),
        (lambda mart: setattr(mart.config.contract, "enforced", False), "contract is not enforced"),
        (lambda mart: setattr(mart.config, "access", "protected"), "access is protected"),
        (lambda mart: setattr(mart.config, "group", None), "no group"),
        (lambda mart: _drop(mart, "owner"), "meta.owner is None"),
        (lambda mart: _drop(mart, "classification"), "meta.classification is None"),
        (lambda mart: mart.config.meta.update(classification="internal"), "tell people apart"),
        (lambda mart: setattr(mart.columns["email"], "description", ""), "email has no description"),
        (lambda mart: mart.columns["email"].config.meta.clear(), "email is personal data"),
        (_without_types, "csm_id has no type"),
        (lambda mart: setattr(mart, "unique_id", "model.copilot.nobody_reads_it"), "0 reconciliations"),
        (lambda mart: setattr(mart, "unique_id", "model.copilot.nobody_reads_it"), "no exposure reads it"),
        (_unread_chart, "made for a chart, and no exposure says which"),
    ],
)
def test_a_mart_that_breaks_a_rule_is_told_so(manifest: Any, spoil: Callable[[Any], object], complaint: str) -> None:
    mart = deepcopy(manifest.nodes["model.copilot.dim_csm"])
    spoil(mart)

    faults = list(mart_faults(mart, manifest))

    assert any(complaint in fault for fault in faults), faults


def test_an_exposure_of_a_lower_layer_or_of_nothing_is_refused(manifest: Any) -> None:
    exposure = deepcopy(next(iter(manifest.exposures.values())))
    exposure.depends_on.nodes = ["model.copilot.stg_run", "model.copilot.gone"]
    exposure.owner.name = "Nobody"

    assert list(exposure_faults(exposure, manifest)) == [
        "the owner Nobody owns no group",
        "stg_run is of the layer staging, which changes without notice",
        "model.copilot.gone does not exist",
    ]


def test_a_planned_reader_is_of_low_maturity_and_no_other_is(manifest: Any) -> None:
    built, planned = (
        deepcopy(manifest.exposures[f"exposure.copilot.{name}"]) for name in ("cs_ops_board", "team_board")
    )
    assert [*exposure_faults(built, manifest), *exposure_faults(planned, manifest)] == []

    built.maturity, planned.maturity = planned.maturity, built.maturity

    assert [*exposure_faults(built, manifest), *exposure_faults(planned, manifest)] == [
        "low maturity, and low is what is planned and nothing else",
        "medium maturity, and low is what is planned and nothing else",
    ]
