"""One SMTP session: hand over a finished mail, and say whether a failure is for ever, for now, or everybody's."""

import re
import smtplib
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from config.digest import SmtpServer

TIMEOUT_SECONDS = 30.0
PERMANENT = 500
ERROR_LIMIT = 300
_ADDRESS = re.compile(r"<?[^\s<>@'\"]+@[^\s<>@'\"]+>?")

Fate = Literal["sent", "dead", "due", "unreachable"]


@dataclass(frozen=True)
class Outcome:
    """What became of one mail. dead: refused for ever; due: try again; unreachable: due, and the next one too."""

    fate: Fate
    error: str = ""


class Post:
    """A lazily opened connection to the mail server, opened anew after it was lost. A context manager."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, recipient: str, content: bytes) -> Outcome:
        """Hand over one mail. `sent` only when the server said 250 after the last line."""
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Outcome("unreachable", _words(error))
        try:
            smtp.sendmail(self._sender, [recipient], content)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = error.recipients[recipient]
            return self._refused(code, reason)
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            # Sender refused, greeting refused, connection lost: nothing that is this recipient's fault.
            self._hang_up()
            return Outcome("due", _words(error))
        return Outcome("sent")

    def _refused(self, code: int, reason: bytes | str) -> Outcome:
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        if code == 421:
            # The server is closing the line: https://www.rfc-editor.org/rfc/rfc5321#section-3.8
            self._hang_up()
        return Outcome("dead" if code >= PERMANENT else "due", _nameless(f"{code} {text}"))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            kind = smtplib.SMTP_SSL if self._server.tls else smtplib.SMTP
            smtp = kind(self._server.host, self._server.port, timeout=TIMEOUT_SECONDS)
            self._smtp = smtp
            if self._server.user and self._server.password:
                if not self._server.tls:
                    smtp.starttls()
                smtp.login(self._server.user, self._server.password)
        return self._smtp

    def _hang_up(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()


def _words(error: Exception) -> str:
    return _nameless(f"{type(error).__name__}: {error}")


def _nameless(text: str) -> str:
    """Servers repeat the recipient in their refusals, and these words reach the log: no address does."""
    return _ADDRESS.sub("<address>", text)[:ERROR_LIMIT]
