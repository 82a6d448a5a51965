"""config/health.yml is checked before any SQL is made of it."""

from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.health import HEALTH_FILE, as_variables, load_health
from config.health_overrides import load_overrides
from config.settings import ConfigError

DAY, LATER = date(2026, 3, 1), date(2026, 4, 1)
SHIPPED: dict[str, Any] = yaml.safe_load(HEALTH_FILE.read_text())


def _written(directory: Path, content: dict[str, Any]) -> Path:
    path = directory / "health.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def _profile(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(profile for profile in content["profiles"] if profile["name"] == name)


def _rule(content: dict[str, Any], name: str = "another", profile: str = "points_v0", **conditions: Any) -> None:
    content["selection"]["rules"].append({"name": name, "profile": profile, **conditions})


OLD = {"age": "csat_age_days", "days": 30}


def test_the_shipped_file_has_the_three_given_profiles_and_shows_the_weighted_one() -> None:
    health = load_health()

    assert [profile.name for profile in health.profiles][:3] == ["penalty_v0", "points_v0", "weighted_v1"]
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
        (lambda c: _rule(c, segment=["smb"], profile="gone"), "the profile gone"),
        (lambda c: _rule(c, segment=["'; --"]), "segment"),
        (lambda c: _rule(c, region=["EMEA'"]), "region"),
        (_rule, "rule another names no condition"),
        (lambda c: _rule(c, segment=["smb"], name="enterprise"), "selection rule named twice: enterprise"),
        (lambda c: _rule(c, segment=["enterprise"], precedence=2), "rules enterprise and another could hold"),
        (lambda c: _rule(c, region=["EMEA"], precedence=2), "rules enterprise and another could hold"),
        (lambda c: _rule(c, lifecycle=["active"], precedence=2), "give them a `precedence`"),
        (lambda c: _profile(c, "penalty_v0")["components"][0].update(half_life=OLD), "needs `redistribute`"),
        (
            lambda c: _profile(c, "weighted_v1")["caps"].append(_profile(c, "weighted_v1")["caps"][0]),
            "cap of weighted_v1",
        ),
        (lambda c: c["divergence"].update(bad_rating=4), "bad_rating must be below good_rating"),
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


@pytest.mark.parametrize(
    "apart",
    [{"segment": ["smb"], "precedence": 2}, {"segment": ["enterprise"], "precedence": 3}, {"region": ["EMEA"]}],
    ids=["another value of a shared condition", "another precedence", "no precedence is last"],
)
def test_rules_that_cannot_both_hold_or_have_an_order_are_legal(tmp_path: Path, apart: dict[str, Any]) -> None:
    content = deepcopy(SHIPPED)
    _rule(content, **apart)

    assert load_health(_written(tmp_path, content)).selection.rules[-1].name == "another"


def test_the_lowest_precedence_speaks_first_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    content = deepcopy(SHIPPED)
    _rule(content, segment=["enterprise"], precedence=1000)
    content["selection"]["rules"].reverse()
    selection = load_health(_written(tmp_path, content)).selection

    new = {"lifecycle": "onboarding", "segment": "enterprise"}
    assert selection.profile_of(new) == "onboarding_v1"
    assert selection.profile_of(new | {"lifecycle": "active"}) == "enterprise_v1"
    assert selection.profile_of({"lifecycle": "active", "segment": None}) == selection.default


OVERRIDE = {"account_id": "a1", "cap": 50, "reason": "It's told", "author": "dana", "set_on": DAY, "expires_on": LATER}


def _overrides(directory: Path, *given: dict[str, Any]) -> Path:
    path = directory / "health_overrides.yml"
    path.write_text(yaml.safe_dump({"overrides": list(given)}))
    return path


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([OVERRIDE | {"floor": 60}], "exactly one of cap, floor, band"),
        ([OVERRIDE | {"cap": 101}], "overrides.0.cap"),
        ([OVERRIDE | {"expires_on": DAY}], "before it is set"),
        ([OVERRIDE, OVERRIDE | {"set_on": LATER - timedelta(days=1), "expires_on": LATER}], "two overrides of a1"),
        ([OVERRIDE | {"reason": "two\nlines"}], "overrides.0.reason"),
        ([OVERRIDE | {"account_id": "a'1"}], "overrides.0.account_id"),
        ([{**OVERRIDE, "cap": None, "band": "red"}], "no band 'red' in every profile"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(tmp_path: Path, given: list[Any], complaint: str) -> None:
    path = _overrides(tmp_path, *given)

    with pytest.raises(ConfigError) as refused:
        load_overrides(path)

    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_an_override_may_follow_another_on_the_day_it_expires(tmp_path: Path) -> None:
    after = OVERRIDE | {"set_on": LATER, "expires_on": LATER + timedelta(days=9)}

    assert len(load_overrides(_overrides(tmp_path, OVERRIDE, after)).overrides) == 2
