"""The shape of config/support.yml: how soon a ticket must get its first reply."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

SUPPORT_FILE = CONFIG_DIR / "support.yml"


class ReplyLimit(Strict):
    """The time that a ticket of one priority may wait for its first reply."""

    priority: Literal["low", "normal", "high", "urgent"]
    minutes: Annotated[int, Field(gt=0)]
    why: Annotated[str, Field(min_length=1)]


class Support(Strict):
    """The promises of support."""

    first_reply_limits: tuple[ReplyLimit, ...]

    @model_validator(mode="after")
    def _limits_each_priority_once(self) -> Self:
        named = [limit.priority for limit in self.first_reply_limits]
        if len(set(named)) != len(named):
            raise ValueError("first_reply_limits names a priority twice")
        return self


@cache
def load_support(path: Path = SUPPORT_FILE) -> Support:
    """The checked promises. Raises ConfigError naming the file and each setting that does not fit."""
    return checked(Support, load_yaml(path), path)


def support_variables(support: Support) -> dict[str, Any]:
    """The promises as dbt's variables."""
    return {"first_reply_limits": [limit.model_dump(exclude={"why"}) for limit in support.first_reply_limits]}
