"""How a source's customers are matched to the CRM's accounts (`config/identity.yml`), checked before dbt reads it."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

IDENTITY_FILE = CONFIG_DIR / "identity.yml"

Text = Annotated[str, Field(min_length=1, max_length=400)]
# Both become part of a regular expression or of a list in SQL, so neither may hold anything but what such a word holds.
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
LegalForm = Annotated[str, Field(pattern=r"^[a-z]+$")]


class Confidence(Strict):
    """How sure a step of the ladder is, and why."""

    value: Annotated[float, Field(ge=0, le=1)]
    why: Text


class Confidences(Strict):
    """The ladder, the surest step first."""

    override: Confidence
    crm_id: Confidence
    carried_id: Confidence
    domain: Confidence
    name: Confidence

    @model_validator(mode="after")
    def _never_rise(self) -> Self:
        values = list(self.by_method().values())
        if values != sorted(values, reverse=True):
            raise ValueError("a step of the ladder is surer than the one before it")
        return self

    def by_method(self) -> dict[str, float]:
        """Method -> confidence, in the ladder's order."""
        return {name: getattr(self, name).value for name in type(self).model_fields}


class FreeMailDomains(Strict):
    """Domains that say nothing about a company."""

    why: Text
    values: tuple[Domain, ...]


class LegalForms(Strict):
    """Words that are no part of a company's name."""

    why: Text
    values: Annotated[tuple[LegalForm, ...], Field(min_length=1)]


class Override(Strict):
    """Somebody's decision that a reference stands for an account from a day on."""

    account_ref: Text
    account_id: Text
    reason: Text
    author: Text
    set_on: date


class Identity(Strict):
    """The whole file."""

    confidences: Confidences
    min_confidence: Confidence
    sure_confidence: Confidence
    free_mail_domains: FreeMailDomains
    legal_forms: LegalForms
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _decides_once(self) -> Self:
        decided = [(override.account_ref, override.set_on) for override in self.overrides]
        twice = sorted({f"{ref} on {day}" for ref, day in decided if decided.count((ref, day)) > 1})
        if twice:
            raise ValueError(f"overrides: decided twice: {', '.join(twice)}")
        return self


@cache
def load_identity(path: Path = IDENTITY_FILE) -> Identity:
    """The checked settings. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Identity, load_yaml(path), path)


def as_variables(identity: Identity) -> dict[str, Any]:
    """The settings as dbt's variables."""
    return {
        "identity_ladder": [
            {"method": method, "confidence": value} for method, value in identity.confidences.by_method().items()
        ],
        "identity_min_confidence": identity.min_confidence.value,
        "identity_free_mail_domains": list(identity.free_mail_domains.values),
        "identity_legal_forms": list(identity.legal_forms.values),
        "identity_overrides": [
            {"account_ref": each.account_ref, "account_id": each.account_id, "set_on": each.set_on.isoformat()}
            for each in identity.overrides
        ],
    }
