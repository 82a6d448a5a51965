"""The one HTTP session of a source: patient with a busy vendor, never beyond the deadline that all its calls share.

Waits are what the vendor asks for in Retry-After, else exponential with jitter. A vendor that asks for more than is
left of the deadline is not asked again: calling earlier than told would only prolong the ban.
"""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectionError, Timeout
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import DecodeError, HTTPError

from config.kill_point import kill_point
from copilot import clock
from copilot.sources.api.faults import SourceRefused, SourceSlow

_BODY_CHUNK = 1 << 16
_SHOWN_CHARACTERS = 200
_UNAUTHORIZED = 401
_TOO_MANY = 429
_UNAVAILABLE = 500


@dataclass(frozen=True)
class Patience:
    """How long a source may take: seconds for everything, for one silence on the line, and tries of one call."""

    total_seconds: float = 1800.0
    silence_seconds: float = 60.0
    attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0


@dataclass
class Deadline:
    """The instant after which nobody waits any more. `monotonic` and `sleep` are the clock's, or a test's."""

    patience: Patience
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.monotonic()

    @property
    def left(self) -> float:
        """Seconds that are left; 0 or less once it has passed."""
        return self.patience.total_seconds - (self.monotonic() - self._began)

    def check(self, host: str) -> None:
        """Raises SourceSlow once the deadline has passed."""
        if self.left <= 0:
            raise SourceSlow(
                f"{host} did not finish within {self.patience.total_seconds:.0f} s:"
                " it is read from the same place next time"
            )


class Token(Protocol):
    """What signs a request, and can be renewed when it has expired."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request with the token in its headers."""

    def accepted(self) -> None:
        """The vendor took it."""

    def renew(self) -> bool:
        """Ask for a new token; False when the present one is as new as can be, so that asking again is pointless."""


class _AskAgain(Exception):  # noqa: N818 - an answer, not an error
    """The answer was none: worth another call, after the wait that the vendor asked for, if it did."""

    def __init__(self, said: str, wait: float | None) -> None:
        super().__init__(said)
        self.wait = wait


class PatientSession(requests.Session):
    """Asks again on 429, 5xx, silence, a broken line and half a page; raises SourceSlow or SourceRefused at the end.

    Statuses in `accepted` are answers and not errors, such as the 404 with which an export says that it has no data.
    """

    def __init__(self, deadline: Deadline, accepted: frozenset[int] = frozenset(), token: Token | None = None) -> None:
        super().__init__()
        self.deadline = deadline
        self.accepted = accepted
        self.token = token
        self._shut_out = ""
        self.trust_env = False  # no credentials from ~/.netrc, no proxy that nobody configured here

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """One answer with its whole body read: into memory, or into the open file `into`, from its beginning.

        Raises SourceSlow and SourceRefused.
        """
        if self._shut_out:  # who is not let in once is not let in by asking for something else
            raise SourceRefused(self._shut_out)
        host = _host(request)
        patience = self.deadline.patience
        retrying = Retrying(
            retry=retry_if_exception_type((_AskAgain, ConnectionError, Timeout)),
            wait=self._wait,
            stop=stop_after_attempt(patience.attempts),
            sleep=self.deadline.sleep,
            reraise=True,
        )
        try:
            return retrying(self._signed, request, host, kwargs)
        except (_AskAgain, ConnectionError, Timeout) as error:
            raise SourceSlow(f"{host} gave no answer in {patience.attempts} tries: {_said(error)}") from error

    def _signed(self, request: requests.PreparedRequest, host: str, kwargs: dict[str, Any]) -> requests.Response:
        """One answer to a request with our token in it, which is renewed once if the vendor no longer takes it."""
        if self.token is None:
            return self._answer(self._once(request, host, kwargs), host)
        response = self._once(self.token(request), host, kwargs)
        if response.status_code == _UNAUTHORIZED and self.token.renew():
            response = self._once(self.token(request), host, kwargs)
        if response.status_code != _UNAUTHORIZED:
            self.token.accepted()
        return self._answer(response, host)

    def _once(self, request: requests.PreparedRequest, host: str, kwargs: dict[str, Any]) -> requests.Response:
        self.deadline.check(host)
        silence = min(self.deadline.patience.silence_seconds, self.deadline.left)
        others = {name: value for name, value in kwargs.items() if name != "into"}
        response = super().send(request, **{**others, "stream": True, "timeout": silence, "allow_redirects": False})
        self._read(response, host, kwargs.get("into") if response.ok else None)
        kill_point("fetch.after_an_answer")
        return response

    def _read(self, response: requests.Response, host: str, into: BinaryIO | None) -> None:
        """The body, piece by piece: a vendor that drips a byte at a time is never silent, only late."""
        body = io.BytesIO() if into is None else into
        body.seek(0)
        body.truncate()
        for piece in _arrived(response):
            body.write(piece)
            self.deadline.check(host)
        response._content = b"" if into is not None else body.getvalue()  # type: ignore[attr-defined]

    def _answer(self, response: requests.Response, host: str) -> requests.Response:
        status = response.status_code
        if status == _TOO_MANY or status >= _UNAVAILABLE:
            raise _AskAgain(f"it answers {status}", _retry_after(response))
        if (not response.ok and status not in self.accepted) or response.is_redirect:
            said = f"{host} refuses {_path(response)} with {status}: {_excerpt(response)}"
            self._shut_out = said if status == _UNAUTHORIZED else ""
            raise SourceRefused(said)
        form = response.headers.get("Content-Type", "")
        if response.ok and "html" in form:
            raise _AskAgain("it answers with a web page instead of data", None)
        if response.content and response.ok and "json" in form:
            _check_is_whole(response)
        return response

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next try. Raises SourceSlow when there is no time for it."""
        error = state.outcome.exception() if state.outcome else None
        told = error.wait if isinstance(error, _AskAgain) else None
        patience = self.deadline.patience
        own = wait_exponential_jitter(patience.first_wait_seconds, patience.longest_wait_seconds)
        seconds = own(state) if told is None else told
        if seconds >= self.deadline.left:
            asked = f"asks to wait {seconds:.0f} s" if told is not None else f"keeps failing ({_said(error)})"
            raise SourceSlow(f"{_host(state.args[0])} {asked}, and {max(self.deadline.left, 0):.0f} s are left")
        return seconds


def _arrived(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes in: `iter_content` waits for a whole chunk, which a drip never fills before the deadline."""
    if response.is_redirect:  # requests itself has read it
        yield response.content
        return
    try:
        while piece := response.raw.read1(_BODY_CHUNK, decode_content=True):
            yield piece
    except DecodeError as error:
        raise _AskAgain(f"the body cannot be decompressed ({type(error).__name__})", None) from error
    except HTTPError as error:
        raise _AskAgain(f"the answer broke off ({type(error).__name__})", None) from error


def _retry_after(response: requests.Response) -> float | None:
    """Seconds from the header, which holds a number or a date; None when it holds neither."""
    said = response.headers.get("Retry-After", "").strip()
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - clock.now()).total_seconds())


def _check_is_whole(response: requests.Response) -> None:
    try:
        json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise _AskAgain(f"the page is no whole JSON ({_said(error)})", None) from error


def _host(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).netloc.rpartition("@")[2]


def _path(response: requests.Response) -> str:
    """The path without its question: that may carry a key or a person."""
    return urlsplit(response.url).path


def _excerpt(response: requests.Response) -> str:
    return " ".join(response.text.split())[:_SHOWN_CHARACTERS] or "no word of explanation"


def _said(error: BaseException | None) -> str:
    """What kind of failure; a library's own message may quote the address with its keys."""
    return str(error) if isinstance(error, _AskAgain | ValueError) else type(error).__name__
