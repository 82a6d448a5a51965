"""The shape of config/alerts.yml and config/playbooks.yml. Conditions are text here; copilot.decide reads them."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, ConfigError, load_yaml

ALERTS = CONFIG_DIR / "alerts.yml"
PLAYBOOKS = CONFIG_DIR / "playbooks.yml"

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
Urgency = Literal["immediate", "high", "medium", "low"]
URGENCIES: tuple[Urgency, ...] = ("immediate", "high", "medium", "low")
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
# A year: nothing about an alert is remembered for longer.
Days = Annotated[int, Field(ge=0, le=365)]


class Action(Strict):
    """What a CSM can do, in words, and how soon."""

    type: Word
    description: Annotated[str, Field(min_length=3, max_length=200)]
    urgency: Urgency


class Measure(Strict):
    """The column whose change of at least `step` is worth telling again."""

    column: Word
    worse: Literal["higher", "lower"]
    step: Annotated[Decimal, Field(gt=0)]


class Rule(Strict):
    """One alert rule; see the head of config/alerts.yml for the meaning of each setting."""

    id: Word
    version: Annotated[str, Field(min_length=1, max_length=20)]
    reason_key: Word
    severity: Severity
    condition: str
    clear_condition: str
    clear_after_days: Annotated[int, Field(ge=1, le=365)]
    cooldown_days: Days
    due_in_days: Days
    message: Annotated[str, Field(min_length=3, max_length=300)]
    suggested_actions: Annotated[tuple[Word, ...], Field(min_length=1)]
    evidence: Annotated[tuple[Word, ...], Field(min_length=1)]
    measure: Measure | None = None


class AlertBook(Strict):
    """Every rule, the wording of every fact, and every action that a rule may suggest."""

    facts: dict[Word, str]
    rules: tuple[Rule, ...]
    actions: dict[Word, Action]

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> "AlertBook":
        for what in ("id", "reason_key"):
            names = [getattr(rule, what) for rule in self.rules]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is used by more than one rule")
        for rule in self.rules:
            unknown = sorted(set(rule.suggested_actions) - set(self.actions))
            if unknown:
                raise ValueError(f"rule {rule.id}: no action {', '.join(unknown)} in playbooks.yml")
            silent = sorted(set(rule.evidence) - set(self.facts))
            if silent:
                raise ValueError(f"rule {rule.id}: no words under facts for {', '.join(silent)}")
        return self


@cache
def load_alert_book(alerts: Path = ALERTS, playbooks: Path = PLAYBOOKS) -> AlertBook:
    """Read both files. Raises ConfigError naming the file, the setting and what is wrong with it."""
    raw = load_yaml(alerts)
    actions = load_yaml(playbooks)
    if not isinstance(raw, dict) or not isinstance(actions, dict):
        raise ConfigError(f"{alerts} and {playbooks} must each be a mapping of settings")
    return checked(AlertBook, {**raw, **actions}, f"{alerts} with {playbooks}")
