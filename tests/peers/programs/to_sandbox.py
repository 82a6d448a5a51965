"""Brings the calls of a client that only knows its vendor's real address to the make-believe vendor."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter


class ToSandbox(HTTPAdapter):
    """Another host, and the path below which the vendor stands there; nothing else of a call is touched."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.within = urlsplit(url).path

    def send(self, request: requests.PreparedRequest, *how: Any, **named: Any) -> requests.Response:
        """Answer one call. The vendor is told the name by which it was called, and answers with links of that name."""
        asked = urlsplit(str(request.url))
        path = asked.path
        while path.startswith(f"{self.within}/"):
            path = path.removeprefix(self.within)
        brought = request.copy()
        brought.url = f"{self.url}{path}" + (f"?{asked.query}" if asked.query else "")
        brought.headers["Host"] = asked.netloc
        answer = super().send(brought, *how, **named)
        answer.request, answer.url = request, str(request.url)
        return answer


def session(url: str) -> requests.Session:
    """A session whose calls all end there."""
    made = requests.Session()
    for scheme in ("https://", "http://"):
        made.mount(scheme, ToSandbox(url))
    return made
