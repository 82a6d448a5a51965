"""A mail server that delivers to files: `python -m copilot.stack.mail_sink --port 25025 --directory var/mail`.

Every mail is kept as .eml with its .html and .txt beside it, so that a person can open it. A mail whose Message-ID is
known is not kept again; it is counted. index.jsonl has one line per mail received. Loopback only, until SIGTERM.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.settings import var_dir

HOST = "127.0.0.1"
LARGEST_MAIL = 10 * 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9_.@+=-]+")
NAME_PART = 60


class Mailbox:
    """The directory of mails; keeps each Message-ID once, also over a restart."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._index = directory / "index.jsonl"
        self._lock = threading.Lock()
        self._known = {entry["message_id"]: entry["file"] for entry in self.entries() if not entry["duplicate"]}

    def entries(self) -> Iterator[dict[str, object]]:
        """One entry per mail received, in order; a line cut short by a crash is skipped."""
        if not self._index.exists():
            return
        for line in self._index.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue

    def keep(self, recipients: list[str], content: bytes) -> bool:
        """Write one mail; False when its Message-ID was known. The files are there before the index names them."""
        # Headers as they came: the parser of the newer policy raises on some that are merely strange.
        message = message_from_bytes(content)
        identity = str(message["Message-ID"] or f"<{hashlib.sha256(content).hexdigest()[:32]}@no-message-id>").strip()
        with self._lock:
            known = self._known.get(identity)
            stem = str(known) if known else self._stem(message, recipients, identity)
            if not known:
                self._write(stem, content)
                self._known[identity] = stem
            entry = {
                "message_id": identity, "file": stem, "duplicate": bool(known), "recipients": recipients,
                "subject": str(message["Subject"] or ""), "sha256": hashlib.sha256(content).hexdigest(),
            }  # fmt: skip
            self._append(json.dumps(entry))
        return not known

    def _append(self, line: str) -> None:
        """Add one line; one that a crash cut short is ended first."""
        with self._index.open("ab+") as index:
            whole = index.tell() == 0 or self._last_byte() == b"\n"
            index.write((line if whole else f"\n{line}").encode() + b"\n")

    def _last_byte(self) -> bytes:
        with self._index.open("rb") as index:
            index.seek(-1, os.SEEK_END)
            return index.read(1)

    def _stem(self, message: Message, recipients: list[str], identity: str) -> str:
        to = recipients[0] if recipients else "nobody"
        parts = (_local_date(message), safe_name(to), safe_name(identity.strip("<>").partition("@")[0]))
        # Two identities may look alike once made safe; the hash keeps them apart.
        return "_".join((*parts, hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:8]))

    def _write(self, stem: str, content: bytes) -> None:
        for subtype, ending in (("html", "html"), ("plain", "txt")):
            text = _body(content, subtype)
            if text is not None:
                (self.directory / f"{stem}.{ending}").write_text(text, encoding="utf-8", errors="replace")
        (self.directory / f"{stem}.eml").write_bytes(content)


def safe_name(text: str) -> str:
    """Letters, digits and _ . @ + = - only, no leading dot: never a path, never an option."""
    return _UNSAFE.sub("-", text)[:NAME_PART].lstrip(".-") or "x"


def _body(content: bytes, subtype: str) -> str | None:
    """The readable part of that kind; None when there is none, or it cannot be decoded (the .eml is kept anyway)."""
    try:
        message = message_from_bytes(content, policy=default)
        part = message.get_body(preferencelist=(subtype,))
        return None if part is None else str(part.get_content())
    except (LookupError, ValueError, AttributeError):
        return None


def _local_date(message: Message) -> str:
    """The date that the sender wrote, as the sender's clock shows it."""
    try:
        return parsedate_to_datetime(str(message["Date"])).date().isoformat()
    except (TypeError, ValueError):
        return "undated"


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        content = envelope.content or b""
        new = self._mailbox.keep(list(envelope.rcpt_tos), content if isinstance(content, bytes) else content.encode())
        return "250 2.0.0 Kept" if new else "250 2.0.0 Kept before"


def controller(directory: Path, port: int) -> Controller:
    """The sink, not started yet."""
    return Controller(_Handler(Mailbox(directory)), hostname=HOST, port=port, data_size_limit=LARGEST_MAIL)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--directory", type=Path, default=var_dir() / "mail")
    given = arguments.parse_args()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    sink = controller(given.directory, given.port)
    sink.start()
    sys.stdout.write(f"mail sink on {HOST}:{given.port}, keeping mail in {given.directory}\n")
    sys.stdout.flush()
    try:
        over.wait()
    finally:
        sink.stop()


if __name__ == "__main__":
    main()
