"""Where each stream of an HTTP source stands: moved in the transaction that lands the rows up to there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Position:
    """Where the next window of the stream begins (None: everything is read each time), and when it was read whole.

    `began` is where the window that led there had begun: a slower run must not move the stream back.
    """

    stream: str
    began: str | None
    ends: str | None
    read_whole_at: datetime


def position(cursor: Any, source: str, stream: str) -> tuple[str | None, datetime | None]:
    """(where the next window begins, when all of it was last read); None and None before the first."""
    cursor.execute(
        "select ends, read_whole_at from ops.stream_position where source = $1 and stream = $2", (source, stream)
    )
    found = cursor.fetchone()
    return (None, None) if found is None else (found[0], found[1])


def move(cursor: Any, source: str, to: Position | None) -> None:
    """Move the stream there, unless another run has moved it since the window began; None leaves it where it is."""
    if to is None:
        return
    cursor.execute(
        """insert into ops.stream_position as known (source, stream, ends, read_whole_at) values ($1, $2, $3, $4)
        on conflict (source, stream) do update set ends = excluded.ends, read_whole_at = excluded.read_whole_at
        where known.ends is not distinct from $5""",
        (source, to.stream, to.ends, to.read_whole_at, to.began),
    )
