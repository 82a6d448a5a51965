"""A running localstripe, and what a company does with its Stripe account."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from config.settings import ROOT

# It takes nothing that does not look like a key.
KEY = "sk_test_localstripe"
_SERVER = ROOT / "tests" / "peers" / "programs" / "serve_stripe.py"
# Its own test cards: paid, and attached but never paid.
GOOD_CARD, BAD_CARD = "4242424242424242", "4000000000000341"


@dataclass
class LocalStripe:
    """Its address, and calls to it. Every answer is what it says that it has made."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def make(self, path: str, **said: Any) -> dict[str, Any]:
        """POST, with `metadata={"a": 1}` as Stripe's clients write it."""
        return self._called("POST", path, data=dict(_flat(said)))

    def end(self, path: str) -> dict[str, Any]:
        """DELETE."""
        return self._called("DELETE", path)

    def listed(self, path: str, **asked: str) -> list[dict[str, Any]]:
        """Everything in a list."""
        return list(self._called("GET", path, params={"limit": 1000, **asked})["data"])

    def _called(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        answer = self.session.request(method, f"{self.url}/v1/{path}", auth=(KEY, ""), timeout=10, **how)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def reach_another_second(self) -> None:
        """Ask until its time has moved on: of one second nobody can tell what came first."""
        began = self._time()
        while self._time() == began:
            pass

    def _time(self) -> str:
        return self.session.get(f"{self.url}/v1/plans", auth=(KEY, ""), timeout=10).headers["Date"]

    def customer(self, number: int, card: str | None) -> dict[str, Any]:
        """A customer, who pays with that card."""
        made = self.make(
            "customers",
            name=f"Company {number}",
            email=f"billing@company-{number}.example",
            metadata={"account_id": f"acc_{number:03}"},
        )
        if card is None:
            return made
        shown = {"number": card, "exp_month": 12, "exp_year": 2035, "cvc": 123}
        paying = self.make("payment_methods", type="card", card=shown)["id"]
        self.make(f"payment_methods/{paying}/attach", customer=made["id"])
        return self.make(f"customers/{made['id']}", invoice_settings={"default_payment_method": paying})


def _flat(said: dict[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        path = f"{within}[{name}]" if within else name
        if isinstance(value, dict):
            yield from _flat(value, path)
        else:
            yield path, value


@contextmanager
def running(python: Path) -> Iterator[LocalStripe]:
    """A new one, with nothing in it."""
    with subprocess.Popen([python, _SERVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield LocalStripe(f"http://127.0.0.1:{int(server.stdout.readline())}")
        finally:
            # It has nothing to save, and would wait for its clients.
            server.kill()
