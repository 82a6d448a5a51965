"""The shape of config/risk.yml: bands of churn probability, and the weights of the ranking."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.alerts import Severity, Urgency
from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

RISK = CONFIG_DIR / "risk.yml"

Band = Literal["critical", "high", "medium", "low", "unknown"]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]


class ChurnBand(Strict):
    """A band and the smallest probability that belongs to it."""

    band: Band
    at_least: Probability
    why: Annotated[str, Field(min_length=1)]


class Pressure(Strict):
    """How much more an account counts when its renewal is this close."""

    within_days: Annotated[int, Field(ge=0)]
    factor: Factor
    why: Annotated[str, Field(min_length=1)]


class RiskPolicy(Strict):
    """Everything that turns numbers into bands, an order and a next step."""

    churn_bands: Annotated[tuple[ChurnBand, ...], Field(min_length=1)]
    severity_bands: dict[Severity, Band]
    health_bands: dict[str, Band]
    severity_probability: dict[Severity, Probability]
    time_pressure: tuple[Pressure, ...]
    overdue_factor: Factor
    actionability: dict[Urgency | Literal["none"], Factor]
    next_steps: dict[str, str]

    @model_validator(mode="after")
    def _steps_are_in_order(self) -> "RiskPolicy":
        edges = [band.at_least for band in self.churn_bands]
        if edges != sorted(set(edges), reverse=True):
            raise ValueError("churn_bands must fall from the worst band to the best")
        days = [step.within_days for step in self.time_pressure]
        if days != sorted(set(days)):
            raise ValueError("time_pressure must go from the nearest renewal to the farthest")
        if "none" not in self.next_steps or "none" not in self.actionability:
            raise ValueError("next_steps and actionability each need an entry `none`")
        return self


def standings(policy: RiskPolicy) -> dict[str, list[str]]:
    """Health bands by what boards call them: healthy, watch and at_risk, of all profiles side by side."""
    risks = {"healthy": ("low",), "watch": ("medium",), "at_risk": ("high", "critical")}
    return {
        standing: sorted(name for name, risk in policy.health_bands.items() if risk in wanted)
        for standing, wanted in risks.items()
    }


@cache
def load_risk_policy(path: Path = RISK) -> RiskPolicy:
    """Read the file. Raises ConfigError naming the setting that is wrong."""
    return checked(RiskPolicy, load_yaml(path), path)
