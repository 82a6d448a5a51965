"""How often one link may post: a small window per link, and a bounded memory of links."""

import hashlib
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

# A person who changes their mind needs a few; whoever needs more is no person.
POSTS = 10
WINDOW = timedelta(minutes=1)
LINKS_REMEMBERED = 10_000


class PostLimit:
    """At most POSTS per link and WINDOW, in this process; the links used longest ago are forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def allows(self, token: str, now: datetime) -> bool:
        """Whether this link may post now; counts the attempt when it may."""
        name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            times = self._seen.setdefault(name, deque(maxlen=POSTS))
            self._seen.move_to_end(name)
            if len(times) == POSTS and now - times[0] < WINDOW:
                return False
            times.append(now)
            while len(self._seen) > LINKS_REMEMBERED:
                self._seen.popitem(last=False)
            return True
