"""A small published company, written by the owner; and a mail server that does what a script says."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from psycopg import sql
from psycopg.types.json import Jsonb

from config.run import Run
from config.settings import dsn
from copilot.stack.postgres import free_port

TUESDAY = date(2026, 11, 17)


class Company:
    """Rows of `serving`, with defaults that are valid, and the digest's tables to look at."""

    def __init__(self, database: str, directory: Path) -> None:
        self.database = database
        self.sources = directory / "sources.yml"
        self.sources.write_text(yaml.safe_dump({"warehouse": database, "sources": []}))
        self._owner = psycopg.connect(dsn("owner", database), autocommit=True)

    def run(self, day: date = TUESDAY) -> Run:
        """The run of that day for this company."""
        return Run(day, self.sources)

    def publish(self, day: date = TUESDAY, **given: Any) -> None:
        """A published day without rows; publishing it again first takes its rows away."""
        self._owner.execute("delete from serving.published_day where as_of_date = %s", (day,))
        self._insert(
            "published_day",
            {
                "as_of_date": day,
                "run_id": f"{day}.1",
                "revision": 1,
                "verdict": "PASS",
                "reasons": Jsonb([]),
                "model_mode": "model",
                "model_version": "churn v1",
                "model_note": "",
                "n_accounts": 0,
                "n_sources_fresh": 4,
                "n_sources": 4,
                "content_sha256": "",
                **given,
            },
        )

    def csm(self, csm_id: str = "csm_1", day: date = TUESDAY, **given: Any) -> None:
        """An active CSM in Berlin."""
        self._insert(
            "csm",
            {
                "as_of_date": day,
                "csm_id": csm_id,
                "full_name": f"Name of {csm_id}",
                "email": f"{csm_id}@example.com",
                "timezone": "Europe/Berlin",
                "send_hour": 7.5,
                "manager_id": None,
                "is_active": True,
                **given,
            },
        )

    def account(self, account_id: str = "a1", day: date = TUESDAY, **given: Any) -> None:
        """An account of csm_1 with a high risk."""
        self._insert(
            "account_day",
            {
                "as_of_date": day,
                "account_id": account_id,
                "run_id": f"{day}.1",
                "name": f"Name of {account_id}",
                "csm_id": "csm_1",
                "lifecycle": "active",
                "mrr_usd": 4000,
                "arr_usd": 48000,
                "health_score": 45,
                "churn_probability": 0.41,
                "churn_probability_low": 0.3,
                "churn_probability_high": 0.52,
                "risk_band": "high",
                "priority_usd": 20000,
                "n_open_alerts": 0,
                "reasons": Jsonb([]),
                "next_step": "",
                **given,
            },
        )

    def alert(self, account_id: str = "a1", day: date = TUESDAY, **given: Any) -> None:
        """An open alert of high severity, due tomorrow."""
        self._insert(
            "alert_day",
            {
                "as_of_date": day,
                "alert_id": f"alert-{account_id}",
                "account_id": account_id,
                "reason_key": "churn_risk",
                "rule_id": "r",
                "severity": "high",
                "state": "open",
                "event": "raised",
                "event_detail": "",
                "opened_on": day,
                "days_open": 0,
                "due_on": day + timedelta(days=1),
                "is_overdue": False,
                "arr_at_risk_usd": 48000,
                "message": "Churn risk is high",
                "suggested_actions": Jsonb([]),
                "evidence": Jsonb([]),
                **given,
            },
        )

    def day(self, day: date = TUESDAY, csms: int = 1, **account: Any) -> None:
        """A whole published day: so many CSMs with one account each."""
        self.publish(day)
        for number in range(1, csms + 1):
            self.csm(f"csm_{number}", day)
            self.account(f"a{number}", day, **{"csm_id": f"csm_{number}", **account})

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the warehouse, as the owner sees it."""
        return self._owner.execute(query).fetchall()  # type: ignore[arg-type]

    def do(self, statement: str) -> None:
        """Change something behind the digest's back."""
        self._owner.execute(statement)  # type: ignore[arg-type]

    def states(self) -> dict[str, int]:
        """How many mails stand in each state."""
        return dict(self.rows("select state, count(*) from ops.digest_outbox group by state"))

    def decisions(self) -> list[tuple[Any, ...]]:
        """(csm, decision, reason), in order."""
        return self.rows("select csm_id, decision, reason from ops.digest_log order by local_date, csm_id")

    def close(self) -> None:
        """Close the connection."""
        self._owner.close()

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("serving", table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        self._owner.execute(statement, list(row.values()))


class Post:
    """A mail server on loopback. `script` maps a step (RCPT, DATA) and recipient to the reply; None accepts."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.attempts: Counter[str] = Counter()
        self.script: Callable[[str, str], str | None] = lambda _step, _recipient: None
        self.close_after: set[str] = set()
        self._lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept or refuse one recipient."""
        self.attempts[address] += 1
        reply = self.script("RCPT", address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep (recipient, Message-ID), unless the script refuses."""
        recipient = envelope.rcpt_tos[0]
        reply = self.script("DATA", recipient)
        if reply is None:
            message = message_from_bytes(envelope.content or b"")
            with self._lock:
                self.received.append((recipient, str(message["Message-ID"])))
        if recipient in self.close_after:
            self.close_after.discard(recipient)
            server.transport.close()
        return reply or "250 OK"

    def doubled(self) -> int:
        """How many mails came more than once, counted by Message-ID."""
        return len(self.received) - len({identity for _, identity in self.received})

    def names_per_recipient(self) -> dict[str, int]:
        """How many Message-IDs each recipient saw."""
        return dict(Counter(recipient for recipient, _ in set(self.received)))


@contextmanager
def serving_mail(post: Post, port: int | None = None) -> Iterator[int]:
    """The server runs inside the block; yields its port."""
    controller = Controller(post, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
