"""When the nightly run starts by itself (config/schedule.yml)."""

from pydantic import ValidationInfo, field_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

SCHEDULE_FILE = CONFIG_DIR / "schedule.yml"
_CRON_FIELDS = 5
ON_EVENT = "event"


class Schedule(Strict):
    """Cron expressions in UTC, or null: then only people start runs. `refresh` may also be `event`: with each event."""

    nightly: str | None = None
    weekly_training: str | None = None
    refresh: str | None = ON_EVENT

    @field_validator("nightly", "weekly_training", "refresh")
    @classmethod
    def _has_five_fields(cls, value: str | None, setting: ValidationInfo) -> str | None:
        if value == ON_EVENT and setting.field_name == "refresh":
            return value
        if value is not None and len(value.split()) != _CRON_FIELDS:
            raise ValueError(f"{value!r} is no cron expression of five fields, for example '30 0 * * *'")
        return value


def read_schedule() -> Schedule:
    """The schedule in force. Raises ConfigError naming the file and the setting."""
    return checked(Schedule, load_yaml(SCHEDULE_FILE) or {}, SCHEDULE_FILE)
