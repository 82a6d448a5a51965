"""The counts of one source's ingest: received = landed + unchanged + rejected."""

from dataclasses import dataclass
from typing import Protocol


class Counted(Protocol):
    """The counts of one file or window."""

    received: int
    landed: int
    unchanged: int
    rejected: int
    skipped: bool


@dataclass
class Tally:
    """What was read now. `files` were looked at, `skipped` of them known, `changing` still being written."""

    received: int = 0
    landed: int = 0
    unchanged: int = 0
    rejected: int = 0
    files: int = 0
    skipped: int = 0
    changing: int = 0
    tables: int = 0

    def add(self, one: Counted) -> None:
        """Add the counts of one file or window."""
        self.received += one.received
        self.landed += one.landed
        self.unchanged += one.unchanged
        self.rejected += one.rejected
        self.skipped += one.skipped
