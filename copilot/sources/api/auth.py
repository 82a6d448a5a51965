"""How a request proves who we are: keys that last, and OAuth tokens that are renewed. Secrets are never shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase

from copilot.sources.api.faults import SourceRefused


@dataclass
class Bearer(AuthBase):
    """A key that lasts, in the Authorization header."""

    key: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, signed."""
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


@dataclass
class OAuthToken:
    """An access token that the vendor's token endpoint gives for a grant (RFC 6749), asked for when first needed.

    `post` sends the form and returns the answer's fields; it raises SourceRefused when the grant itself is refused.
    """

    post: Callable[[Mapping[str, str]], Mapping[str, object]] = field(repr=False)
    grant: Mapping[str, str] = field(repr=False)
    _token: str = field(default="", repr=False, init=False)
    _is_untried: bool = field(default=False, repr=False, init=False)
    _refusal: str = field(default="", repr=False, init=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, signed; a token that was used before is taken to be known to the vendor.

        Raises SourceRefused; a grant that was refused, such as a revoked one, is not shown again.
        """
        if self._refusal:
            raise SourceRefused(self._refusal)
        if not self._token:
            self._ask()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self) -> bool:
        """Ask for a new token, unless the present one was refused on its very first use."""
        if self._is_untried:
            return False
        self._ask()
        return True

    def accepted(self) -> None:
        """The vendor took the token: once it is refused, it has expired."""
        self._is_untried = False

    def _ask(self) -> None:
        try:
            token = self.post(self.grant).get("access_token")
        except SourceRefused as refused:
            self._refusal = str(refused)
            raise
        if not isinstance(token, str) or not token:
            raise SourceRefused("the token endpoint answered without an access_token: check the connection's grant")
        self._token, self._is_untried = token, True


def token_endpoint(session: requests.Session, url: str) -> Callable[[Mapping[str, str]], Mapping[str, object]]:
    """What sends a grant to that address and gives the fields of the answer, or raises SourceRefused."""

    def post(grant: Mapping[str, str]) -> Mapping[str, object]:
        response = session.post(url, data=dict(grant))
        try:
            fields = response.json()
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise SourceRefused("the token endpoint answered without JSON: check the connection's host")
        return fields

    return post
