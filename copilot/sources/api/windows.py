"""What is asked of a stream when it is read again: what changed since the last window, everything, or both."""

from dataclasses import dataclass
from datetime import datetime

from copilot.sources.api.connector import AnyStream, ByTime, ByVendorClock, Since


@dataclass(frozen=True)
class Asked:
    """What changed since then, or everything (None); `is_first` when nothing was read before."""

    since: Since
    is_first: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything is asked for."""
        return self.since is None


def windows(stream: AnyStream, began: str | None, read_whole_at: datetime | None, instant: datetime) -> list[Asked]:
    """The windows to read now, in order. `began` is where the last one ended, `instant` is now.

    A list says what holds and not since when: where a feed of changes tells that, it is read before the list.
    """
    if began is None:
        return [Asked(None, is_first=read_whole_at is None)]
    changes = Asked(_since(stream, began))
    if _is_forgotten(stream, began, instant):
        return [Asked(None)]
    if not _is_due(stream, read_whole_at, instant):
        return [changes]
    return [changes, Asked(None)] if isinstance(stream.cursor, ByVendorClock) else [Asked(None)]


def _is_due(stream: AnyStream, read_whole_at: datetime | None, instant: datetime) -> bool:
    """Whether all of it has to be read again: without a cursor always, else every so often for what was deleted."""
    if stream.cursor is None or read_whole_at is None:
        return True
    return stream.full_every is not None and instant - read_whole_at >= stream.full_every


def _is_forgotten(stream: AnyStream, began: str, instant: datetime) -> bool:
    """Whether the vendor no longer keeps all that changed since then."""
    if not isinstance(stream.cursor, ByVendorClock) or stream.cursor.kept is None:
        return False
    return instant - datetime.fromisoformat(began) > stream.cursor.kept


def _since(stream: AnyStream, began: str) -> Since:
    if isinstance(stream.cursor, ByTime | ByVendorClock):
        return datetime.fromisoformat(began) - stream.cursor.lag
    return began
