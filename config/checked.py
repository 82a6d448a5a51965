"""What all settings files have in common: unknown keys are refused, and each wrong setting is named with its file."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.settings import ConfigError


class Strict(BaseModel):
    """A part of a settings file: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Settings = TypeVar("Settings", bound=Strict)


def checked(model: type[Settings], values: Any, origin: object) -> Settings:
    """The values as that model. Raises ConfigError naming where they come from and each setting that does not fit."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors())
        raise ConfigError(f"{origin}: {'; '.join(faults)}") from error
