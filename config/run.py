"""One day's work for one company: what every room is told, and the only thing it is told."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from config.settings import CONFIG_DIR, DEFAULT_DATABASE, load_yaml

DEFAULT_SOURCES = CONFIG_DIR / "sources.yml"


@dataclass(frozen=True)
class Run:
    """The business day (UTC) to build, from which sources, into which database.

    A row belongs to the day when it was recorded before `cutoff`, the midnight that ends the day (exclusive).
    """

    as_of: date
    sources: Path = DEFAULT_SOURCES

    @property
    def cutoff(self) -> datetime:
        """The first instant that is too late for this day."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time(), tzinfo=UTC)

    @property
    def database(self) -> str:
        """The company's warehouse, named by `warehouse:` in its sources file."""
        declared = load_yaml(self.sources) or {}
        return str(declared.get("warehouse", DEFAULT_DATABASE))
