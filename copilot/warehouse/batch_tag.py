"""What every landed row carries: where it came from."""

from dataclasses import dataclass

from copilot.sources.canonical import Table


@dataclass(frozen=True)
class BatchTag:
    """One taking in of one file, or of one window of a stream."""

    source: str
    table: Table
    file: str
    batch_id: int
