"""The door for pushed events, in-process, as a sender finds it; and a sources file that opens it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from config.settings import load_yaml
from copilot.sources.webhooks.hooks import VARIABLE, Hook
from copilot.sources.webhooks.intake import make_app
from copilot.sources.webhooks.signature import HEADERS, sign

SECRET, PREVIOUS = "whsec_present", "whsec_before"


@dataclass
class Door:
    """Who pushes to one company's sources; `arrived` is what the door told of."""

    database: str
    sources: Path
    patch: pytest.MonkeyPatch
    now: datetime = datetime(2026, 11, 18, 9, tzinfo=UTC)
    secrets: list[str] = field(default_factory=lambda: [SECRET, PREVIOUS])
    arrived: list[Hook] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.patch.setenv(VARIABLE, str(self.sources))
        self._app = make_app(lambda _: self.secrets, lambda hook, _: self.arrived.append(hook), lambda: self.now)

    def open(self, *sources: dict[str, Any]) -> None:
        """Write the sources file."""
        self.sources.write_text(yaml.safe_dump({"warehouse": self.database, "sources": list(sources)}))
        load_yaml.cache_clear()

    def ask(self, source: str, content: bytes | AsyncIterator[bytes], headers: dict[str, str]) -> httpx.Response:
        """One request as it is."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://hooks") as client:
                return await client.post(f"/{self.database}/{source}", content=content, headers=headers)

        return asyncio.run(once())

    def push(
        self, source: str, said: Any, secret: str = SECRET, at: datetime | None = None, scheme: str = "hmac"
    ) -> httpx.Response:
        """One event, signed as its sender does."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        header = {HEADERS[scheme]: sign(body, secret, at or self.now)}  # type: ignore[index]
        return self.ask(source, body, {"content-type": "application/json; charset=utf-8", **header})
