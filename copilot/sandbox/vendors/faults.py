"""A script of what goes wrong on the way: answers that are refused, cut, changed, repeated, dripped, or never come."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote_plus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal["status", "reset", "half", "drip", "silent", "repeat", "changed", "meanwhile", "expired", "lose"]
_DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Fault:
    """What happens to the `nth` call (1 is the first) whose path contains `path`, and to `times` calls from there on.

    Where the path says too little, the question has to contain `query`. `status` answers with that code, `headers` and
    `body`; `reset` drops the line before a word; `half` after half the body; `drip` sends a byte at a time; `silent`
    never says anything; `repeat` gives the answer to the call before; `changed` puts the body through `change`;
    `lose` leaves out the last record of the answer's longest list, and says nothing of it. Before
    the usual answer, `meanwhile` lets something happen at the vendor, and `expired` makes every token invalid.
    """

    kind: Kind
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    body: bytes = b""
    change: Callable[[bytes], bytes] = bytes
    meanwhile: Callable[[], object] = object


@dataclass
class Faults:
    """The script, and how often each of its faults happened: a test of a fault first proves that there was one.

    `log` has the path of every call and the status of its answer, 0 for none. `expire` makes tokens invalid.
    """

    app: ASGIApp
    script: list[Fault] = field(default_factory=list)
    happened: dict[Fault, int] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)
    expire: Callable[[], object] = object
    _calls: dict[Fault, int] = field(default_factory=dict)
    _last: list[Message] = field(default_factory=list)

    def play(self, *script: Fault) -> None:
        """Begin another script: nothing of it has happened, and no call was made."""
        self.script = list(script)
        for past in (self.happened, self._calls, self.log):
            past.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or do what the script says instead."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        fault, logged = self._due(scope), self._logged(scope["path"], send)
        if fault is None:
            await self.answer(scope, receive, logged)
            return
        self.happened[fault] = self.happened.get(fault, 0) + 1
        await _MISHAPS[fault.kind](self, fault, (scope, receive, logged))

    def _logged(self, path: str, send: Send) -> Send:
        place = len(self.log)
        self.log.append((path, 0))

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.log[place] = (path, message["status"])
            await send(message)

        return logged

    def _due(self, scope: Scope) -> Fault | None:
        question = unquote_plus(scope["query_string"].decode())
        for fault in self.script:
            if fault.path in scope["path"] and fault.query in question:
                self._calls[fault] = self._calls.get(fault, 0) + 1
                if fault.nth <= self._calls[fault] < fault.nth + fault.times:
                    return fault
        return None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The usual answer, remembered for who repeats it."""
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
    await call[2]({"type": "http.response.body", "body": fault.body})


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


async def _silent(_: Faults, __: Fault, call: Call) -> None:
    while (await call[1]())["type"] != "http.disconnect":
        pass


async def _changed(faults: Faults, fault: Fault, call: Call) -> None:
    head, body = await faults.whole(call[0], call[1])
    changed = fault.change(body)
    headers = MutableHeaders(scope=head)
    if "content-length" in headers:
        headers["content-length"] = str(len(changed))
    await call[2](head)
    await call[2]({"type": "http.response.body", "body": changed})


async def _meanwhile(faults: Faults, fault: Fault, call: Call) -> None:
    fault.meanwhile()
    await faults.answer(*call)


async def _expired(faults: Faults, _: Fault, call: Call) -> None:
    faults.expire()
    await faults.answer(*call)


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
    "silent": _silent,
    "repeat": _repeat,
    "lose": _lose,
    "changed": _changed,
    "meanwhile": _meanwhile,
    "expired": _expired,
}
