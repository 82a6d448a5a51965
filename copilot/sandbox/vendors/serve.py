"""Serve the make-believe company's vendors on loopback: `python -m copilot.sandbox.vendors.serve --port N`.

Each vendor serves the accounts of its branch. The company's clock is a file beside its own files.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from config.settings import secret, var_dir
from copilot.sandbox.branches import VENDORS
from copilot.sandbox.company import BRANCHES, written_at
from copilot.sandbox.company_clock import CompanyClock
from copilot.sandbox.vendors.server import application

HOST = "127.0.0.1"


@dataclass
class CompanyAsWritten:
    """Answers for the company that was written last: its systems keep in memory what they once read."""

    make: Callable[[], ASGIApp]
    written_at: Callable[[], int | None]
    _app: ASGIApp | None = field(default=None, repr=False)
    _of: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        stamp = self.written_at()
        if self._app is None or stamp != self._of:
            self._app, self._of = self.make(), stamp
        await self._app(scope, receive, send)


def server(directory: Path, port: int) -> uvicorn.Server:
    """The server of the company in that directory, not started yet."""
    homes = {vendor: directory / BRANCHES / branch for branch, vendors in VENDORS.items() for vendor in vendors}
    now = CompanyClock(directory).now
    app = CompanyAsWritten(
        lambda: application(directory, secret("sandbox_key"), now, homes), lambda: written_at(directory)
    )
    # The vendors say themselves what time it is. A line a call would be a line a page of every list.
    return uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="warning", date_header=False))


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--directory", type=Path, default=var_dir() / "sandbox")
    given = arguments.parse_args()
    server(given.directory, given.port).run()


if __name__ == "__main__":
    main()
