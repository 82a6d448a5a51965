"""The shape of config/mrr.yml: how long revenue is kept, how far back a correction reaches, what counts at once."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

MRR = CONFIG_DIR / "mrr.yml"
Days = Annotated[int, Field(gt=0, le=366)]


class MrrPolicy(Strict):
    """Every choice of the ledger; spans of time in days."""

    pause_days: Days
    past_due_days: Days
    restatement_days: Days
    departure_match_days: Days
    # Of the contracts of one account that run side by side.
    contracts_at_a_time: Literal["any", "one_a_plan", "one_an_account"] = "any"


@cache
def load_mrr_policy(path: Path = MRR) -> MrrPolicy:
    """Read the file. Raises ConfigError naming the setting that is wrong."""
    return checked(MrrPolicy, load_yaml(path), path)


def as_variables(policy: MrrPolicy) -> dict[str, Any]:
    """What the models are told of it."""
    return policy.model_dump()
