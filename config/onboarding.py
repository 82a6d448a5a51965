"""The steps and milestones of `config/onboarding.yml`, checked before dbt turns them into SQL."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

ONBOARDING_FILE = CONFIG_DIR / "onboarding.yml"

_NAMED = r"(milestone|event|feature):[A-Za-z0-9_. -]{1,60}"
_METRIC = r"metric:(active_clients|total_clients|forms_sent|forms_completed|journeys_sent)>=[1-9][0-9]{0,8}"
# A name becomes part of SQL, so it is a plain word, and a proof has one of the known forms.
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Proof = Annotated[str, Field(pattern=rf"^(account:created|use:any|steps:all|{_NAMED}|{_METRIC})$")]
Proofs = Annotated[tuple[Proof, ...], Field(min_length=1)]
Days = Annotated[int, Field(gt=0, le=366)]


class Step(Strict):
    """What an account should have done by a day, and what is done about it."""

    step: Word
    due_day: Annotated[int, Field(ge=0, le=365)]
    proven_by: Proofs
    if_missed: Word | None = None
    when_done: Word | None = None


class Milestone(Strict):
    """Something worth a word of praise."""

    milestone: Word
    proven_by: Proofs


class Onboarding(Strict):
    """All of the file."""

    watched_days: Days
    first_value: Word
    celebrated_days: Days
    steps: tuple[Step, ...] = Field(min_length=1)
    milestones: tuple[Milestone, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        steps = [step.step for step in self.steps]
        milestones = [milestone.milestone for milestone in self.milestones]
        if len(set(steps)) != len(steps) or len(set(milestones)) != len(milestones):
            raise ValueError("steps and milestones are named once each")
        if self.first_value not in milestones:
            raise ValueError(f"first_value {self.first_value} is not one of the milestones")
        if any(step.due_day >= self.watched_days for step in self.steps):
            raise ValueError("every step must be due within watched_days")
        if any("steps:all" in milestone.proven_by for milestone in self.milestones):
            raise ValueError("steps:all proves a step, not a milestone")
        return self


@cache
def load_onboarding(path: Path = ONBOARDING_FILE) -> Onboarding:
    """The checked settings. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Onboarding, load_yaml(path), path)


def as_variables(onboarding: Onboarding) -> dict[str, Any]:
    """The settings as dbt's variables."""
    plain = onboarding.model_dump(mode="json")
    lists = [step.proven_by for step in onboarding.steps] + [each.proven_by for each in onboarding.milestones]
    proofs = {proof for proven_by in lists for proof in proven_by}
    metrics = [proof.removeprefix("metric:").split(">=") for proof in sorted(proofs) if proof.startswith("metric:")]
    return {
        "onboarding_days": onboarding.watched_days,
        "celebrated_days": onboarding.celebrated_days,
        "first_value": onboarding.first_value,
        "onboarding_steps": plain["steps"],
        "milestones": plain["milestones"],
        "onboarding_proofs": sorted(proofs),
        "onboarding_metrics": [{"metric": metric, "at_least": int(least)} for metric, least in metrics],
    }
