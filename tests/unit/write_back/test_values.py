"""What should stand in a field: units, words, lengths; and when two values are one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config.write_back import Target, Value
from copilot.write_back.diff import Answer, Change, Diff, Standing, diff, untouched
from copilot.write_back.undoing import undoing
from copilot.write_back.values import same, stamps, wanted

ROW: dict[str, Any] = {
    "as_of_date": date(2026, 11, 17),
    "account_id": "a1",
    "health_score": Decimal("44.50"),
    "health_band": "watch",
    "churn_probability": 0.41499,
    "risk_band": "high",
    "reasons": [{"text": "Champion left"}, {"text": "Use fell by half", "value": 3}],
    "next_step": "Call them",
    "n_open_alerts": 2,
    "worst_severity": None,
    "expected_loss_usd": None,
    "priority_usd": Decimal("12000.49"),
}


def said(name: Value, **settings: Any) -> Any:
    return wanted({**ROW, **settings.pop("row", {})}, {name: Target(field="F__c", **settings)}).get("F__c")


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("health_score", {}, Decimal(45)),
        ("health_score", {"decimals": 2}, Decimal("44.50")),
        ("churn_probability", {"unit": "percent"}, Decimal(41)),
        ("churn_probability", {"unit": "percent", "decimals": 1}, Decimal("41.5")),
        ("churn_probability", {"unit": "ratio"}, Decimal("0.41")),
        ("risk_band", {}, "high"),
        ("risk_band", {"words": {"high": "Rot"}}, "Rot"),
        ("risk_band", {"words": {"low": "Grün"}}, "high"),
        ("reason", {}, "Champion left; Use fell by half"),
        ("reason", {"length": 20}, "Champion left; Us..."),
        ("n_open_alerts", {}, Decimal(2)),
        ("priority_usd", {}, Decimal(12000)),
        ("as_of_date", {}, "2026-11-17"),
        ("worst_severity", {}, None),
        ("expected_loss_usd", {}, None),
        ("risk_band", {"row": {"risk_band": "unknown"}, "words": {"unknown": "?"}}, None),
        ("reason", {"row": {"reasons": []}}, None),
        ("next_step", {"row": {"next_step": " \u200b\n "}}, None),
        ("health_score", {"row": {"health_score": None}}, None),
        ("churn_probability", {"row": {"churn_probability": 0.0}, "unit": "percent"}, Decimal(0)),
    ],
)
def test_a_value_is_written_as_the_mapping_says_and_the_unknown_is_not(
    name: Value, settings: dict[str, Any], expected: Any
) -> None:
    assert said(name, **settings) == expected


def test_a_text_fits_a_field_that_counts_wide_characters_twice() -> None:
    line = said("next_step", row={"next_step": "🦊" * 300})

    assert 0 < len(line.encode("utf-16-le")) // 2 <= 255


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (45, 45.0, True), ("45", 45.0, True), ("45.10", "45.1", True), (None, "", True), ("high", "high", True),
        (0, None, False), ("0", "", False), ("High", "high", False), (45, "45 ", False), ("1e2", "100", False),
        ("NaN", "nan", False), (float("nan"), 1, False), (True, 1, False),
    ],
)  # fmt: skip
def test_two_values_are_one_whatever_the_vendor_makes_of_them(one: Any, other: Any, is_same: bool) -> None:
    assert same(one, other) is is_same
    assert same(other, one) is is_same


STANDING = Answer({"a1": Standing("r1", {"health": 45.0, "as_of": "2026-11-16"})}, {"a2": "gone"})


def test_only_fields_that_differ_are_a_change_and_a_date_alone_is_none() -> None:
    dated = stamps({"as_of_date": Target(field="as_of"), "health_score": Target(field="health")})
    assert dated == {"as_of"}
    same_health, other_health = ({"health": value, "as_of": "2026-11-17"} for value in (45, 46))

    assert diff({"a1": same_health, "a2": same_health}, STANDING, dated) == Diff(1, (), {"a2": "gone"})
    assert diff({"a1": other_health}, STANDING, dated).changes == (
        Change("a1", "r1", {"health": 45.0, "as_of": "2026-11-16"}, other_health),
    )
    assert diff({"a1": {"health": 45}}, STANDING, frozenset()).changes == ()


def test_a_change_whose_record_is_another_or_holds_something_else_now_is_overtaken() -> None:
    changes = [Change("a1", "r1", {"health": 45}, {"health": 46}), Change("a1", "r0", {"health": 45}, {"health": 46}),
               Change("a1", "r1", {"health": 44}, {"health": 46}), Change("a2", "r2", {}, {"health": 46})]  # fmt: skip

    assert untouched(changes, STANDING) == (changes[:1], changes[1:])


def test_an_undo_of_what_nobody_knows_looks_at_what_stands() -> None:
    done = [Change("a1", "r1", {"health": None, "as_of": "2026-11-01"}, {"health": 45, "as_of": "2026-11-17"})]

    back, kept = undoing(done, {}, STANDING)

    assert back == [Change("a1", "r1", {"health": 45.0}, {"health": None})]
    assert [(one.field, one.why) for one in kept] == [("as_of", "somebody changed it since")]
    assert undoing(done, {"r1": False}, STANDING) == ([], [])
    (left, also_left) = undoing(done, {"r1": True}, Answer({}, {"a1": "it was deleted in the CRM"}))[1]
    assert (left.why, also_left.why) == ("it was deleted in the CRM",) * 2
