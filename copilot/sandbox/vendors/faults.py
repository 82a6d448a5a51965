"""A script of what goes wrong on the way: answers that are refused, cut, repeated, dripped, or never come."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal["status", "reset", "half", "drip", "repeat", "lose"]
_DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Fault:
    """What happens to the `nth` call (1 is the first) whose path contains `path`, and to `times` calls from there on.

    `status` answers with that code and `headers`; `reset` drops the line before a word; `half` after half the body;
    `drip` sends a byte at a time; `repeat` gives the answer to the call before;
    `lose` leaves out the last record of the answer's longest list, and says nothing of it.
    """

    kind: Kind
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Faults:
    """The script, and how often each of its faults happened: a test of a fault first proves that there was one."""

    app: ASGIApp
    script: list[Fault] = field(default_factory=list)
    happened: dict[Fault, int] = field(default_factory=dict)
    _calls: dict[Fault, int] = field(default_factory=dict)
    _last: list[Message] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or do what the script says instead."""
        fault = self._due(scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._answer(scope, receive, send)
            return
        self.happened[fault] = self.happened.get(fault, 0) + 1
        await _MISHAPS[fault.kind](self, fault, (scope, receive, send))

    def _due(self, path: str) -> Fault | None:
        for fault in self.script:
            if fault.path in path:
                self._calls[fault] = self._calls.get(fault, 0) + 1
                if fault.nth <= self._calls[fault] < fault.nth + fault.times:
                    return fault
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        said: list[Message] = []

        async def heard(message: Message) -> None:
            said.append(message)
            await send(message)

        await self.app(scope, receive, heard)
        self._last = said

    async def whole(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """The head and the body of the answer that there would be."""
        said: list[Message] = []

        async def heard(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, heard)
        return said[0], b"".join(message.get("body", b"") for message in said[1:])

    @property
    def last(self) -> list[Message]:
        """The answer to the call before."""
        return self._last


Call = tuple[Scope, Receive, Send]


class LineDropped(ConnectionError):  # noqa: N818 - named for what happens
    """The server breaks off: uvicorn closes the line without another word."""


async def _status(_: Faults, fault: Fault, call: Call) -> None:
    headers = [(name.encode(), value.encode()) for name, value in fault.headers]
    await call[2]({"type": "http.response.start", "status": fault.status, "headers": headers})
    await call[2]({"type": "http.response.body", "body": b""})


async def _reset(_: Faults, __: Fault, ___: Call) -> None:
    raise LineDropped("scripted")


async def _half(faults: Faults, _: Fault, call: Call) -> None:
    head, body = await faults.whole(call[0], call[1])
    await call[2](head)
    await call[2]({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    raise LineDropped("scripted")


async def _drip(faults: Faults, _: Fault, call: Call) -> None:
    head, body = await faults.whole(call[0], call[1])
    await call[2](head)
    for at in range(len(body)):
        await call[2]({"type": "http.response.body", "body": body[at : at + 1], "more_body": at + 1 < len(body)})
        await asyncio.sleep(_DRIP_SECONDS)


async def _repeat(faults: Faults, _: Fault, call: Call) -> None:
    for message in faults.last:
        await call[2](message)


async def _lose(faults: Faults, _: Fault, call: Call) -> None:
    head, body = await faults.whole(call[0], call[1])
    said = json.loads(body)
    max((one for one in said.values() if isinstance(one, list)), key=len).pop()
    shorter = json.dumps(said).encode()
    headers = [(name, value) for name, value in head["headers"] if name != b"content-length"]
    await call[2]({**head, "headers": headers})
    await call[2]({"type": "http.response.body", "body": shorter})


_MISHAPS: dict[Kind, Callable[[Faults, Fault, Any], Awaitable[None]]] = {
    "status": _status,
    "reset": _reset,
    "half": _half,
    "drip": _drip,
    "repeat": _repeat,
    "lose": _lose,
}
