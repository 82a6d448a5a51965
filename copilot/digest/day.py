"""Compose and send the digests of one day.

compose: one decision per active CSM with accounts (mail, silent or held, and why), each in its own transaction, so that
a digest that cannot be made holds up nobody else's. send: claim, send, confirm; see copilot/warehouse/outbox.py.
"""

import logging

from config import digest as settings
from config.kill_point import kill_point
from config.run import Run
from config.settings import ConfigError
from copilot import clock
from copilot.digest import schedule
from copilot.digest.book import Csm, Published
from copilot.digest.choose import decide, tell
from copilot.digest.draft import Draft, draft
from copilot.digest.envelope import AddressError, allowed_address, build_mail, message_id
from copilot.digest.post import Post
from copilot.warehouse import digest_book, outbox
from copilot.warehouse.connect import Connection, connect, hold_lock
from copilot.warehouse.outbox import Decided, Key

log = logging.getLogger(__name__)

# The mail server is down, not one mail: after so many failed connections in a row the rest waits for the next attempt.
CONNECTION_ATTEMPTS = 2


class MailNotSent(RuntimeError):  # noqa: N818 - it says what is the case, as in the DAG's log
    """Some mails are still due; a later attempt sends them. The message has the counts and the last error."""


def compose(run: Run) -> dict[str, int]:
    """Decide for every CSM; returns mail, silent, held: how many stand so for this day, whoever decided it and when."""
    counts = {"mail": 0, "silent": 0, "held": 0}
    with connect("mailer", run.database) as connection:
        published = digest_book.published_day(connection, run.as_of)
        known_day = digest_book.newest_day(connection, run.as_of)
        csms = [] if known_day is None else digest_book.csms_with_a_book(connection, known_day)
        for csm in csms:
            counts[_decide_one(connection, run, csm, published)] += 1
    return counts


def _decide_one(connection: Connection, run: Run, csm: Csm, published: Published | None) -> str:
    """The decision that stands for this CSM and day; a digest that cannot be composed is held, with the reason."""
    key = (csm.csm_id, schedule.local_date(run.as_of), schedule.KIND)
    try:
        hold_lock(connection, f"copilot:digest:{csm.csm_id}")
        decided = _decided(connection, run, csm, published, key)
        connection.commit()
    except (ConfigError, OSError):
        raise
    except Exception as error:  # whatever is wrong with one digest, the others go out
        connection.rollback()
        log.exception("digest of CSM %s for %s cannot be composed", csm.csm_id, run.as_of)
        outbox.record(connection, Decided(key, run.as_of, "held", f"cannot be composed: {type(error).__name__}"))
        connection.commit()
        return "held"
    return decided


def _decided(connection: Connection, run: Run, csm: Csm, published: Published | None, key: Key) -> str:
    standing = outbox.standing_decision(connection, key)
    obstacle = _obstacle(connection, csm, published, key)
    if standing is not None and standing[0] != "held":
        if published is not None and obstacle is None:
            _note_other_content(connection, run, csm, published, (key, standing))
        return standing[0]
    if published is None or obstacle is not None:
        decision, reason = obstacle or ("held", "the day is not published")
        outbox.record(connection, Decided(key, run.as_of, decision, reason))
        return decision
    decided = _decide_on_news(run, draft(connection, run, csm, published), key)
    outbox.record(connection, decided)
    return decided.decision


def _obstacle(connection: Connection, csm: Csm, published: Published | None, key: Key) -> tuple[str, str] | None:
    """(decision, reason) that holds whatever the news is; None when the news decides."""
    config = settings.digest_config()
    if not config.enabled:
        return "held", "mail is switched off: `enabled` in config/digest.yml"
    if published is None:
        return "held", "the day is not published"
    try:
        allowed_address(csm.email, config)
    except AddressError as error:
        return "held", str(error)
    if not digest_book.wants_digest(connection, csm.csm_id):
        return "silent", "the CSM asked for no digest"
    if outbox.has_newer(connection, key):
        return "silent", "a newer digest was decided before"
    return None


def _decide_on_news(run: Run, made: Draft, key: Key) -> Decided:
    config = settings.digest_config()
    decision, reason = decide(made.judged, made.book)
    if made.book.last_sent is not None and not config.calendar.is_working(key[1]):
        decision, reason = "silent", f"{key[1]:%A} is no working day"
    content = made.content_sha256
    if decision == "silent":
        return Decided(key, run.as_of, decision, reason, content)
    csm = made.book.csm
    name = message_id(run.database, csm.csm_id, key[1], config.sender.address)
    to = (csm.full_name, allowed_address(csm.email, config))
    return Decided(
        key=key,
        as_of=run.as_of,
        decision=decision,
        reason=reason,
        content_sha256=content,
        arr_at_risk=made.page.headline.arr_at_risk,
        told=tell(made.judged, made.book, config),
        mail=build_mail(made.page, to, config, name, schedule.due_at(run.as_of, csm, config.calendar)),
        sections=tuple(made.page.shown()),
    )


def _note_other_content(
    connection: Connection, run: Run, csm: Csm, published: Published, known: tuple[Key, tuple[str, str]]
) -> None:
    """A decided day stays decided; when it would say something else by now, that is noted for the next digest."""
    key, (_, content) = known
    if content and draft(connection, run, csm, published).content_sha256 != content:
        outbox.note_corrected(connection, key)


def send(run: Run) -> dict[str, int]:
    """Drain the outbox; returns sent, dead, cancelled, due. Raises MailNotSent while a mail is still due."""
    config = settings.digest_config()
    counts = {"sent": 0, "dead": 0, "cancelled": 0, "due": 0}
    if not config.enabled:
        log.warning("mail is switched off: `enabled` in config/digest.yml")
        return counts
    with connect("mailer", run.database) as connection:
        error = _drain(connection, config, counts)
    if counts["due"]:
        raise MailNotSent(
            f"{counts['due']} mails are still due ({counts['sent']} sent, {counts['dead']} dead): {error}"
        )
    return counts


def _drain(connection: Connection, config: settings.DigestConfig, counts: dict[str, int]) -> str:
    """Try every due mail once; returns the last error."""
    until = clock.now() if config.delivery == "local_hour" else None
    tried: list[str] = []
    last_error, unreachable = "", 0
    with Post(settings.smtp_server(), config.sender.address) as post:
        while unreachable < CONNECTION_ATTEMPTS:
            mail = outbox.claim(connection, tried, until)
            if mail is None:
                break
            tried.append(mail if isinstance(mail, str) else mail.message_id)
            if isinstance(mail, str):
                continue
            kill_point("digest.after_claim")
            fate, error = _deliver(connection, post, mail, config)
            kill_point("digest.before_confirm")
            outbox.settle(connection, mail, "due" if fate == "unreachable" else fate, error)
            unreachable = unreachable + 1 if fate == "unreachable" else 0
            if fate in ("sent", "dead", "cancelled"):
                counts[fate] += 1
            last_error = error or last_error
    counts["due"] = outbox.n_due(connection, until)
    return last_error


def _deliver(connection: Connection, post: Post, mail: outbox.Claim, config: settings.DigestConfig) -> tuple[str, str]:
    """(fate, error) of one claimed mail: the address and the owner are checked once more, at the last moment."""
    try:
        allowed_address(mail.recipient, config)
    except AddressError as error:
        return "cancelled", str(error)
    stale = outbox.misdirected(connection, mail)
    if stale:
        return "cancelled", stale
    outcome = post.send(mail.recipient, mail.content)
    return outcome.fate, outcome.error
