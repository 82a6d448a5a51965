"""The mail as it would be sent, for a person who wants to see it first. Reads only; the html goes to var/preview."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.run import Run
from config.settings import var_dir
from copilot import clock
from copilot.digest.choose import decide
from copilot.digest.draft import draft
from copilot.digest.html import render_html
from copilot.digest.text import render_text
from copilot.stack.mail_sink import safe_name
from copilot.warehouse import digest_book
from copilot.warehouse.connect import Connection, connect


class NoPreviewError(ValueError):
    """There is nothing to show; the message says what is missing."""


@dataclass(frozen=True)
class Preview:
    """One digest, not sent. `decision`: what the silence rule says, and why."""

    subject: str
    recipient: str
    decision: str
    text: str
    html: Path


def preview_digest(csm_id: str, as_of: date | None, sources: Path) -> Preview:
    """The digest of that CSM and day (default: the newest published). Raises NoPreviewError."""
    run = Run(as_of or clock.now().date(), sources)
    with connect("mailer", run.database) as connection:
        connection.read_only = True
        day = as_of or digest_book.newest_day(connection, run.as_of)
        return _preview(connection, csm_id, day, sources)


def _preview(connection: Connection, csm_id: str, day: date | None, sources: Path) -> Preview:
    published = None if day is None else digest_book.published_day(connection, day)
    if day is None or published is None:
        raise NoPreviewError(f"{day or 'no day'} is not published: run `copilot run --as-of DATE` first")
    csms = {csm.csm_id: csm for csm in digest_book.csms_with_a_book(connection, day)}
    if csm_id not in csms:
        raise NoPreviewError(f"{csm_id} has no digest on {day}; active CSMs with accounts: {', '.join(csms) or 'none'}")
    made = draft(connection, Run(day, sources), csms[csm_id], published)
    decision, why = decide(made.judged, made.book)
    target = var_dir() / "preview" / f"{day.isoformat()}_{safe_name(csm_id)}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render_html(made.page), encoding="utf-8")
    email = csms[csm_id].email or "(no address)"
    return Preview(made.page.subject, email, f"{decision} ({why})", render_text(made.page), target)
