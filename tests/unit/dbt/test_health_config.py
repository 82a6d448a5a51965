"""config/health.yml is checked before any SQL is made of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.health import HEALTH_FILE, as_variables, load_health
from config.settings import ConfigError

SHIPPED: dict[str, Any] = yaml.safe_load(HEALTH_FILE.read_text())


def _written(directory: Path, content: dict[str, Any]) -> Path:
    path = directory / "health.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def _profile(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(profile for profile in content["profiles"] if profile["name"] == name)


def test_the_shipped_file_has_the_three_given_profiles_and_shows_the_weighted_one() -> None:
    health = load_health()

    assert [profile.name for profile in health.profiles] == ["penalty_v0", "points_v0", "weighted_v1"]
    assert health.selection.default == "weighted_v1"


def test_numbers_reach_sql_as_they_were_written_and_not_as_floats() -> None:
    variables = as_variables(load_health())

    penalty = variables["health_profiles"][0]
    assert penalty["components"][0]["steps"][0] == {"below": "0.3", "points": "-0.4"}
    assert "scale" not in penalty["components"][0]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda c: _profile(c, "weighted_v1")["components"][0].update(weight=0.3), "add up to 1.05, not to 1"),
        (lambda c: _profile(c, "points_v0")["components"].pop(), "add up to 90, not to 100"),
        (lambda c: _profile(c, "penalty_v0").update(redistribute=True), "cannot be redistributed"),
        (lambda c: c["selection"].update(default="mine"), "names the profile mine"),
        (lambda c: c["selection"]["by_segment"].append({"segment": "smb", "profile": "gone"}), "the profile gone"),
        (lambda c: c["selection"]["by_segment"].append({"segment": "'; --", "profile": "points_v0"}), "segment"),
        (lambda c: c["profiles"].append(c["profiles"][0]), "profile named twice: penalty_v0"),
        (lambda c: _profile(c, "points_v0")["bands"].reverse(), "bands must rise"),
        (lambda c: _profile(c, "points_v0")["components"][0].update(input="name"), "components.0.input"),
        (lambda c: _profile(c, "points_v0")["components"][1].update(scale={"worst": 0, "best": 1}), "exactly one of"),
        (lambda c: _profile(c, "points_v0")["components"][0]["steps"][0].update(above=1), "exactly one of below"),
        (lambda c: _profile(c, "points_v0")["components"][0]["steps"][0].update(points=31), "more than the weight"),
        (lambda c: _profile(c, "weighted_v1")["components"][0].update(scale={"worst": 1, "best": 1}), "must differ"),
        (lambda c: c.update(colour="red"), "colour"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_with_the_file_and_the_fault(
    tmp_path: Path, change: Any, complaint: str
) -> None:
    content = deepcopy(SHIPPED)
    change(content)
    path = _written(tmp_path, content)

    with pytest.raises(ConfigError) as refused:
        load_health(path)

    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)
