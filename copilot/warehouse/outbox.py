"""The digest's own tables: what was decided, and the mails that are due: claim, send, confirm. Login: mailer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from psycopg.types.json import Jsonb

from copilot.digest.book import Told
from copilot.digest.envelope import Mail
from copilot.digest.page import Shown
from copilot.warehouse.connect import Connection

Key = tuple[str, date, str]


@dataclass(frozen=True)
class Decided:
    """One decision about one CSM and morning, and for a mail everything that goes with it."""

    key: Key
    as_of: date
    decision: str
    reason: str
    content_sha256: str = ""
    arr_at_risk: Decimal | None = None
    told: Mapping[str, Told] | None = None
    mail: Mail | None = None
    sections: tuple[tuple[str, int, Shown], ...] = ()


def standing_decision(connection: Connection, key: Key) -> tuple[str, str] | None:
    """(decision, content hash) already taken for that CSM and morning."""
    row = connection.execute(
        "select decision, content_sha256 from ops.digest_log where (csm_id, local_date, kind) = (%s, %s, %s)", key
    ).fetchone()
    return cast(tuple[str, str] | None, row)


def note_corrected(connection: Connection, key: Key) -> None:
    """Remember that the day says something else by now; the next digest tells what."""
    connection.execute(
        "update ops.digest_log set corrected = true where (csm_id, local_date, kind) = (%s, %s, %s) and not corrected",
        key,
    )


def has_newer(connection: Connection, key: Key) -> bool:
    """Whether a later morning was decided already: then an older day is not news any more."""
    row = connection.execute(
        """select 1 from ops.digest_log
        where csm_id = %s and local_date > %s and kind = %s and decision in ('mail', 'silent') limit 1""",
        key,
    ).fetchone()
    return row is not None


def record(connection: Connection, decided: Decided) -> None:
    """Write one decision: log, items, outbox. Replaces a held one; a mail cancels older ones still due."""
    connection.execute("delete from ops.digest_log where (csm_id, local_date, kind) = (%s, %s, %s)", decided.key)
    told = (
        None if decided.told is None else Jsonb({name: told.to_json() for name, told in sorted(decided.told.items())})
    )
    connection.execute(
        "insert into ops.digest_log (csm_id, local_date, kind, as_of_date, decision, reason, content_sha256,"
        " arr_at_risk_usd, told) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *decided.key,
            decided.as_of,
            decided.decision,
            decided.reason,
            decided.content_sha256,
            decided.arr_at_risk,
            told,
        ),
    )
    if decided.mail is not None:
        _put_in_outbox(connection, decided, decided.mail)


def _put_in_outbox(connection: Connection, decided: Decided, mail: Mail) -> None:
    connection.execute(
        "update ops.digest_outbox set state = 'cancelled', last_error = 'a newer digest took its place'"
        " where csm_id = %s and local_date < %s and kind = %s and state = 'due'",
        decided.key,
    )
    connection.execute(
        "insert into ops.digest_outbox (csm_id, local_date, kind, as_of_date, message_id, recipient, subject,"
        " body_sha256, message, due_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            *decided.key,
            decided.as_of,
            mail.message_id,
            mail.recipient,
            mail.subject,
            mail.sha256,
            mail.content,
            mail.due_at,
        ),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.digest_item (csm_id, local_date, kind, item_key, section, rank, account_id, alert_id,"
            " shown) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (*decided.key, f"{shown.account_id}|{shown.reason}|{section}", section, rank, shown.account_id,
                 shown.alert_id, Jsonb(shown.figures, dumps=_stable))
                for section, rank, shown in decided.sections
            ],
        )  # fmt: skip


def _stable(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


@dataclass(frozen=True)
class Claim:
    """A mail that this process, and no other, is sending now."""

    key: Key
    as_of: date
    message_id: str
    recipient: str
    content: bytes
    attempts: int


def claim(connection: Connection, not_these: Iterable[str], until: datetime | None) -> Claim | str | None:
    """Take one mail: a Claim, the Message-ID of one that another living sender holds, or None when none is left.

    The claim is committed, and an advisory lock is held while this session lives. A mail that stands as `sending` with
    nobody holding its lock belonged to a sender that died: it is sent again under the same Message-ID.
    """
    row = connection.execute(
        """select csm_id, local_date, kind, as_of_date, message_id, recipient, message, attempts
        from ops.digest_outbox
        where state in ('due', 'sending') and message_id <> all(%(not_these)s)
            and (%(until)s::timestamptz is null or due_at <= %(until)s)
        order by local_date, csm_id, kind limit 1 for update skip locked""",
        {"not_these": list(not_these), "until": until},
    ).fetchone()
    if row is None:
        connection.rollback()
        return None
    values = cast(tuple[Any, ...], row)
    mail = Claim((values[0], values[1], values[2]), values[3], values[4], values[5], values[6], values[7] + 1)
    lock = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (mail.message_id,)).fetchone()
    if not lock or not lock[0]:
        connection.rollback()
        return mail.message_id
    connection.execute(
        "update ops.digest_outbox set state = 'sending', attempts = %s where (csm_id, local_date, kind) = (%s, %s, %s)",
        (mail.attempts, *mail.key),
    )
    connection.commit()
    return mail


def settle(connection: Connection, mail: Claim, state: str, error: str = "") -> None:
    """Write how a claimed mail ended (sent, due again, dead, cancelled) and let it go."""
    connection.execute(
        """update ops.digest_outbox
        set state = %s, last_error = %s, sent_at = case when %s = 'sent' then now() end
        where (csm_id, local_date, kind) = (%s, %s, %s)""",
        (state, error, state, *mail.key),
    )
    connection.commit()
    connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (mail.message_id,))
    connection.commit()


def misdirected(connection: Connection, mail: Claim) -> str:
    """Why this mail must not go to its recipient any more, by the newest published day; empty when it may."""
    row = connection.execute(
        """with today as (select max(as_of_date) as day from serving.published_day),
        mine as (
            select c.email, c.is_active from serving.csm as c
            inner join today on c.as_of_date = today.day where c.csm_id = %(csm)s
        )
        select
            (select m.is_active and m.email = %(recipient)s from mine as m),
            (
                select count(*) from ops.digest_item as i
                inner join serving.account_day as a on i.account_id = a.account_id
                inner join today on a.as_of_date = today.day
                where (i.csm_id, i.local_date, i.kind) = (%(csm)s, %(date)s, %(kind)s)
                    and a.csm_id is distinct from i.csm_id
            )""",
        {"csm": mail.key[0], "date": mail.key[1], "kind": mail.key[2], "recipient": mail.recipient},
    ).fetchone()
    connection.rollback()
    still_there, moved = cast(tuple[bool | None, int], row)
    if not still_there:
        return "the CSM left, or has another address now"
    return f"{moved} of its accounts have another CSM now" if moved else ""


def n_due(connection: Connection, until: datetime | None) -> int:
    """How many mails still wait to be sent; those that another sender holds, or is just taking, are not counted."""
    row = connection.execute(
        """select count(*) from (
            select 1 from ops.digest_outbox
            where state = 'due' and (%(until)s::timestamptz is null or due_at <= %(until)s) for update skip locked
        ) as waiting""",
        {"until": until},
    ).fetchone()
    connection.rollback()
    return cast(int, row[0]) if row else 0
