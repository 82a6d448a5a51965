"""What time it is for a source: ours, or that of a vendor which lives in another time, such as a copy of a past.

What a vendor does not date is known since it was read. A make-believe company lives in days that are gone: by our time
nothing undated would be known on any of its days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from copilot import clock
from copilot.sources.api.connection import Connection
from copilot.sources.api.pages import answered_at
from copilot.sources.api.session import Deadline, PatientSession

Now = Callable[[], datetime]
# At its root a vendor may refuse us: the answer has a date all the same.
_ANY_ANSWER = frozenset(range(400, 500))


def time_at(connection: Connection, deadline: Deadline) -> Now:
    """Our time, or the vendor's where its connection says so. Raises ConfigError for another word."""
    return _VendorTime(connection, deadline) if connection.has_own_time else clock.now


@dataclass
class _VendorTime:
    """Asks once, when it is first read: a vendor that does not answer is then as slow as for any other call."""

    connection: Connection
    deadline: Deadline
    _ahead: timedelta | None = None

    def __call__(self) -> datetime:
        """The instant, as the vendor tells it. Raises SourceSlow."""
        if self._ahead is None:
            self._ahead = self._ask() - clock.now()
        return clock.now() + self._ahead

    def _ask(self) -> datetime:
        session = PatientSession(self.deadline, _ANY_ANSWER)
        asked = session.prepare_request(requests.Request("GET", f"{self.connection.base_url}/"))
        return answered_at(session.send(asked))
