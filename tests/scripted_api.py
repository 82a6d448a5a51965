"""A vendor's API that a test scripts, answer by answer, over real HTTP on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What to say: `body` as JSON unless it is bytes; only `sent` bytes of it are sent before the line goes dead."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None


@dataclass
class ScriptedApi:
    """Answers in turn, the last one for ever; a callable answer sees the request."""

    answers: list[Answer | Callable[[Asked], Answer]]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, asked: Asked) -> Answer:
        """The next answer."""
        self.asked.append(asked)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return found(asked) if callable(found) else found


@contextmanager
def scripted(*answers: Answer | Callable[[Asked], Answer]) -> Iterator[ScriptedApi]:
    """A running API with that script."""
    api = ScriptedApi(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(given.query).items()}
            asked = Asked(self.command, given.path, params, dict(self.headers), self.rfile.read(length))
            answer = api.answer(asked)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response_only(answer.status)
            usual = {"Content-Type": "application/json", "Date": self.date_time_string()}
            for name, value in {**usual, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if answer.sent is None else body[: answer.sent])
            if answer.sent is not None:
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
