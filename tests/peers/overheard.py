"""What is asked of the make-believe vendors: to compare our questions with those of a client that others wrote."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ID = re.compile(r"(?<=/query)/[^/]+")


@dataclass(frozen=True)
class Question:
    """A call without its values: method, path, the names of its parameters, the places in its JSON body."""

    method: str
    path: str
    names: frozenset[str]
    places: frozenset[str]

    def is_within(self, other: "Question") -> bool:
        """Whether the other one asks the same, and perhaps for more."""
        is_same = (self.method, self.path) == (other.method, other.path)
        return is_same and self.names <= other.names and self.places <= other.places


@dataclass
class Overheard:
    """Hands every call on, and remembers what kind of question it was."""

    app: ASGIApp
    questions: set[Question] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        body = b""

        async def heard() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        await self.app(scope, heard, send)
        if scope["type"] == "http":
            names = frozenset(name for name, _ in parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
            # A list is found with and without a slash at its end, and each job or place in a list has its own address.
            path = _ID.sub("/{}", scope["path"].rstrip("/"))
            self.questions.add(Question(scope["method"], path, names, frozenset(_places(body))))

    def taken(self) -> set[Question]:
        """What was asked since this was last called."""
        found, self.questions = self.questions, set()
        return found


def _places(body: bytes) -> Iterator[str]:
    try:
        said = json.loads(body or b"null")
    except ValueError:
        return
    yield from _leaves(said)


def _leaves(said: Any, within: str = "") -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _leaves(value, f"{within}.{name}")
    elif isinstance(said, list):
        for value in said:
            yield from _leaves(value, f"{within}[]")
    elif within:
        yield within
