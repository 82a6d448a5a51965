"""config/identity.yml: a wrong ladder or override is refused by name, and dbt gets what was written."""

from pathlib import Path

import pytest

from config.identity import IDENTITY_FILE, as_variables, load_identity
from config.settings import ConfigError

OVERRIDE = (
    '  - {account_ref: cus_81, account_id: A-100, reason: "sister", author: ada@example.com, set_on: 2026-03-02}\n'
)


def _written(tmp_path: Path, old: str, new: str) -> Path:
    text = IDENTITY_FILE.read_text("utf-8")
    assert text.count(old) == 1
    path = tmp_path / "identity.yml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_the_given_ladder_is_used_down_to_names_which_are_the_least_sure() -> None:
    variables = as_variables(load_identity())

    confidences = [step["confidence"] for step in variables["identity_ladder"]]
    assert [step["method"] for step in variables["identity_ladder"]] == [
        "override", "crm_id", "carried_id", "domain", "name",
    ]  # fmt: skip
    assert confidences == sorted(confidences, reverse=True)
    assert variables["identity_min_confidence"] <= confidences[-1]
    assert "gmail.com" in variables["identity_free_mail_domains"]


def test_an_override_reaches_dbt_with_its_day(tmp_path: Path) -> None:
    settings = load_identity(_written(tmp_path, "overrides: []", f"overrides:\n{OVERRIDE}"))

    assert as_variables(settings)["identity_overrides"] == [
        {"account_ref": "cus_81", "account_id": "A-100", "set_on": "2026-03-02"}
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  name: {value: 0.7", "  name: {value: 0.95", "surer than the one before it"),
        ("  domain: {value: 0.9", "  domain: {value: 1.9", "confidences.domain.value"),
        ("overrides: []", f"overrides:\n{OVERRIDE}{OVERRIDE}", "decided twice: cus_81 on 2026-03-02"),
        ("overrides: []", "overrides: [{account_ref: cus_81}]", "overrides.0.author"),
        ("[gmail.com,", '["it\'s.com",', "free_mail_domains.values.0"),
        ("[inc,", '["a|b",', "legal_forms.values.0"),
        ("min_confidence: {value: 0.6", "least: {value: 0.6", "min_confidence"),
    ],
)
def test_a_wrong_file_is_refused_and_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = _written(tmp_path, old, new)

    with pytest.raises(ConfigError) as refused:
        load_identity(path)
    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)
