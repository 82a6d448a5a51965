"""Segments and onboarding as shipped, and settings files that do not hold together."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.onboarding import ONBOARDING_FILE, load_onboarding
from config.onboarding import as_variables as onboarding_variables
from config.segments import CODES, SEGMENTS_FILE, load_segments
from config.segments import as_variables as segment_variables
from config.settings import ConfigError
from copilot.sandbox.fixtures import DEMO


def test_the_27_codes_bear_the_13_names_of_the_demo_set() -> None:
    segments = load_segments()
    given = {demo.tier for demo in DEMO} | {demo.earlier_tier for demo in DEMO if demo.earlier_tier}

    assert len(CODES) == 27
    assert {segments.name_of(code) for code in CODES} == given
    assert len(given) == 13
    assert (segments.name_of("222"), segments.name_of("333")) == ("REGULAR", "VIP_HIGH_VALUE")


def test_dbt_is_told_every_code_once_and_which_way_a_measure_is_good() -> None:
    variables = segment_variables(load_segments())

    assert [known["code"] for known in variables["segment_codes"]] == list(CODES)
    assert {cut["measure"]: cut["sign"] for cut in variables["rfm_cuts"]} == {
        "order_recency": "<=", "use_recency": "<=", "order_frequency": ">=", "order_value": ">=",
        "use_frequency": ">=", "mrr": ">=",
    }  # fmt: skip


def test_dbt_is_told_every_proof_and_the_metrics_among_them() -> None:
    variables = onboarding_variables(load_onboarding())

    assert {"use:any", "milestone:first_form", "account:created"} <= set(variables["onboarding_proofs"])
    assert {"metric": "total_clients", "at_least": 10} in variables["onboarding_metrics"]


def _names(settings: Any) -> None:
    settings["names"] = settings["names"][1:]
    settings["vip"] = []


def _bounds(settings: Any) -> None:
    settings["cuts"][0]["at_most"] = [45, 14]


def _lifecycle(settings: Any) -> None:
    settings["lifecycle"]["dormant_days"] = 21


def _assumptions(settings: Any) -> None:
    settings["clv_assumptions"] = settings["clv_assumptions"] * 2


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_names, "codes without a name: 223, 233, 323, 333"),
        (_bounds, "the bound of score 3 must be stricter"),
        (_lifecycle, "at risk before it is dormant"),
        (_assumptions, "from the oldest to the newest"),
    ],
)
def test_segments_that_do_not_hold_together_are_refused(spoil: Any, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load_segments(_spoiled(SEGMENTS_FILE, spoil, tmp_path))


def _first_value(settings: Any) -> None:
    settings["first_value"] = "world_peace"


def _due(settings: Any) -> None:
    settings["steps"][0]["due_day"] = 60


def _proof(settings: Any) -> None:
    settings["steps"][0]["proven_by"] = ["metric:happiness>=1"]


def _twice(settings: Any) -> None:
    settings["steps"].append(settings["steps"][0])


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_first_value, "world_peace is not one of the milestones"),
        (_due, "due within watched_days"),
        (_proof, "proven_by"),
        (_twice, "named once each"),
    ],
)
def test_onboarding_that_does_not_hold_together_is_refused(spoil: Any, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load_onboarding(_spoiled(ONBOARDING_FILE, spoil, tmp_path))


def _spoiled(original: Path, spoil: Any, directory: Path) -> Path:
    settings = yaml.safe_load(original.read_text("utf-8"))
    spoil(settings)
    path = directory / original.name
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path
