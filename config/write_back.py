"""What config/write_back.yml may say, checked: which published value stands in which field of the company's CRM."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

PATH = CONFIG_DIR / "write_back.yml"
Kind = Literal["number", "word", "text", "date"]
Value = Literal[
    "health_score", "health_band", "churn_probability", "risk_band", "reason", "next_step", "n_open_alerts",
    "worst_severity", "expected_loss_usd", "priority_usd", "as_of_date",
]  # fmt: skip
# All of them are columns of serving.account_day, but for `reason`, which is its reasons as one line.
KINDS: dict[Value, Kind] = {
    "health_score": "number",
    "health_band": "word",
    "churn_probability": "number",
    "risk_band": "word",
    "reason": "text",
    "next_step": "text",
    "n_open_alerts": "number",
    "worst_severity": "word",
    "expected_loss_usd": "number",
    "priority_usd": "number",
    "as_of_date": "date",
}
# What only some kinds of value can be told.
_ONLY_FOR: dict[str, Kind] = {"decimals": "number", "length": "text", "words": "word"}
# What a text field of both vendors holds unless it was made larger.
DEFAULT_LENGTH = 255
_NUMBER_FIELDS = {"percent": 0, "ratio": 2}


class Target(Strict):
    """One field of the company's CRM, and how the value is written there.

    `unit` of a probability; `decimals` that the field keeps; `length` in characters; `words` the company's for ours.
    """

    field: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
    unit: Literal["percent", "ratio"] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    length: Annotated[int, Field(ge=20, le=5000)] | None = None
    words: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, given: Any) -> Any:
        """`health_score: Health__c` says all that is needed."""
        return {"field": given} if isinstance(given, str) else given

    @property
    def places(self) -> int:
        """How many decimals the number has: unless told, so many that a small move changes no row."""
        return _NUMBER_FIELDS.get(self.unit or "", 0) if self.decimals is None else self.decimals


class WriteBackConfig(Strict):
    """All of config/write_back.yml."""

    enabled: bool
    when_published: Literal["nothing", "preview", "apply"]
    largest_share: Annotated[float, Field(gt=0, le=1)]
    sources: dict[str, dict[Value, Target]]
    # By source: the Airflow connection with the key that may write, where it is another than the one that reads.
    connections: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,60}$")]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = [
            f"{source}.{fault}"
            for source, targets in self.sources.items()
            for fault in [*_value_faults(targets), *_field_faults(targets)]
        ]
        faults += [
            f"connections.{name}: no such source is mapped" for name in self.connections.keys() - self.sources.keys()
        ]
        if self.when_published == "apply" and not self.enabled:
            faults.append("when_published: apply needs enabled: true")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _value_faults(targets: dict[Value, Target]) -> list[str]:
    faults = [
        f"{name}: {setting} is for a {kind}"
        for name, target in targets.items()
        for setting, kind in _ONLY_FOR.items()
        if getattr(target, setting) is not None and KINDS[name] != kind
    ]
    for name, target in targets.items():
        if (name == "churn_probability") != (target.unit is not None):
            needed = "unit is needed: percent or ratio" if target.unit is None else "unit is for churn_probability"
            faults.append(f"{name}: {needed}")
    return faults


def _field_faults(targets: dict[Value, Target]) -> list[str]:
    """One field holds one value, and a date alone tells nothing."""
    used = Counter(target.field.lower() for target in targets.values())
    faults = [f"{n}: field {t.field} is used twice" for n, t in targets.items() if used[t.field.lower()] > 1]
    if not set(targets) - {"as_of_date"}:
        faults.append("as_of_date: no other value is mapped that it could be the date of")
    return faults


@cache
def write_back_config(path: Path = PATH) -> WriteBackConfig:
    """The checked settings. Raises ConfigError naming the file and each wrong setting."""
    return checked(WriteBackConfig, load_yaml(path), path)
