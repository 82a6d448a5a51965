"""The schema of config/gates.yml: what the two gates tolerate, checked when it is read."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.settings import CONFIG_DIR, ConfigError, load_yaml

GATES_FILE = CONFIG_DIR / "gates.yml"
NEVER = 1.0
LIMITS = {
    "quarantine",
    "unknown_account",
    "unknown_subscription",
    "account_without_subscription",
    "gone_but_paying",
    "gone_without_departure",
    "before_account",
    "outside_period",
    "dated_after_recorded",
    "changed_event",
    "currency",
    "shared_by_sources",
    "reversed_period",
    "out_of_range",
    "unscored",
    "low_coverage",
    "unmatched_mrr",
    "unsure_mrr",
    "merge_ring",
    "unknown_successor",
    "unknown_override",
    "reused_account",
}


@dataclass(frozen=True)
class Limit:
    """Shares in [0, 1] of the checked rows: more than `warn` degrades the day, more than `fail` holds it."""

    warn: float
    fail: float = NEVER

    def __post_init__(self) -> None:
        if not 0 <= self.warn <= self.fail <= 1:
            raise ConfigError(f"a limit needs 0 <= warn <= fail <= 1, not warn {self.warn}, fail {self.fail}")


@dataclass(frozen=True)
class NullLimit:
    """How many rows of a table may lack a column. A column that every row lacks is `not given`, unless `needed`."""

    table: str
    column: str
    limit: Limit
    needed: bool


@dataclass(frozen=True)
class Volume:
    """When a day's number of newly recorded rows is not plausible (see the file for each number's reason)."""

    tables: tuple[str, ...]
    weeks: int
    least_days: int
    least_rows: int
    drop_ratio: float
    certain_drop_ratio: float
    deviations: float
    rise_factor: float


@dataclass(frozen=True)
class Marts:
    """What may change from one day to the next, and how many rows a rate needs."""

    mrr_fall: float
    account_fall: float
    mrr_rise: float
    account_rise: float
    compare_within_days: int
    least_accounts: int
    least_feature_rows: int
    least_spread: float
    base_rate_low: float
    base_rate_high: float
    least_labels: int


@dataclass(frozen=True)
class Gates:
    """The whole file."""

    whole_tables: tuple[str, ...]
    whole_table_rows: int
    least_day_rows: int
    limits: dict[str, Limit]
    nulls: tuple[NullLimit, ...]
    stale_after_days: dict[str, int]
    volume: Volume
    marts: Marts
    currencies: tuple[str, ...]


def load_gates(path: Path = GATES_FILE) -> Gates:
    """The gates' settings. Raises ConfigError naming the file and the entry that is missing or wrong."""
    try:
        return _parse(load_yaml(path))
    except KeyError as error:
        raise ConfigError(f"{path}: entry {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}") from error


@cache
def default_gates() -> Gates:
    """The settings of config/gates.yml, read once a process."""
    return load_gates()


def _parse(given: dict[str, Any]) -> Gates:
    _same_names(set(given["limits"]))
    volume = dict(given["volume"])
    tables = tuple(volume.pop("tables"))
    return Gates(
        whole_tables=tuple(given["whole_tables"]),
        whole_table_rows=int(given["whole_table_rows"]),
        least_day_rows=int(given["least_day_rows"]),
        limits={name: _limit(name, entry) for name, entry in given["limits"].items()},
        nulls=tuple(_null_limit(entry) for entry in given["nulls"]),
        stale_after_days={
            role: int(_reasoned(role, entry)["days"]) for role, entry in given["stale_after_days"].items()
        },
        volume=Volume(tables=tables, **_values(volume)),
        marts=Marts(**_values(given["marts"])),
        currencies=tuple(given["currencies"]),
    )


def _same_names(given: set[str]) -> None:
    if given != LIMITS:
        raise ValueError(f"limits: missing {sorted(LIMITS - given)}, unknown {sorted(given - LIMITS)}")


def _values(entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: _reasoned(name, entry)["value"] for name, entry in entries.items()}


def _limit(name: str, entry: dict[str, Any]) -> Limit:
    _reasoned(name, entry)
    return Limit(warn=float(entry["warn"]), fail=float(entry.get("fail", NEVER)))


def _null_limit(entry: dict[str, Any]) -> NullLimit:
    name = f"{entry['table']}.{entry['column']}"
    return NullLimit(entry["table"], entry["column"], _limit(name, entry), bool(entry.get("needed", False)))


def _reasoned(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    if not entry.get("why"):
        raise ValueError(f"{name}: a number without `why` is not a decision")
    return entry
