"""The counts of an ingest, of one file or window and of a whole source: received = landed + unchanged + rejected."""

from dataclasses import dataclass


@dataclass
class Landed:
    """The count of one file or window; all zero but `skipped` when its content is known."""

    received: int = 0
    landed: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0


@dataclass
class Tally(Landed):
    """What was read now. `files` were looked at, `skipped` of them known, `changing` still being written."""

    files: int = 0
    changing: int = 0
    tables: int = 0

    def add(self, one: Landed) -> None:
        """Add the counts of one file or window."""
        self.received += one.received
        self.landed += one.landed
        self.unchanged += one.unchanged
        self.rejected += one.rejected
        self.skipped += one.skipped
