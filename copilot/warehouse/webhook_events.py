"""Pushed events between the door and landing: kept once under the sender's id, gone from here once they are landed.

The door's login (intake) can only insert. The loader takes what waits, and marks it in the transaction that lands it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import sql

from copilot.sources.webhooks.event import Event
from copilot.warehouse.connect import connect

# Longer than any sender repeats itself by hand: Stripe keeps events for thirty days.
REMEMBERED = timedelta(days=35)
# At a mebibyte each that is as much as may stand in memory at once.
EVENTS_A_WINDOW = 100


class TakenMeanwhile(RuntimeError):  # noqa: N818 - not an error: the work is done
    """Another run has landed one of the events since they were read: nothing of this window is kept."""


@dataclass(frozen=True)
class Waiting:
    """An event that is not landed."""

    event_id: str
    kind: str
    received_at: datetime
    payload: str


def keep(database: str, source: str, event: Event) -> bool:
    """Keep an event until it is landed; False when it has come before, and then nothing changes."""
    with connect("intake", database) as intake:
        # Without naming the key: that would need the right to read it.
        kept = intake.execute(
            "insert into ops.webhook_event (source, event_id, kind, payload) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            (source, event.id, event.kind, event.payload),
        )
        return kept.rowcount == 1


def waiting(cursor: Any, source: str, kinds: Collection[str], after: Waiting | None) -> list[Waiting]:
    """The next events of these kinds that are not landed, in the order in which they came."""
    query = sql.SQL(
        """select event_id, kind, received_at, payload from ops.webhook_event
        where source = {source} and kind = any({kinds}::text[]) and landed_at is null and {later}
        order by received_at, event_id limit {n}"""
    ).format(
        source=sql.Literal(source),
        kinds=sql.Literal(sorted(kinds)),
        later=sql.SQL("(received_at, event_id) > ({}, {})").format(after.received_at, after.event_id)
        if after
        else sql.SQL("true"),
        n=sql.Literal(EVENTS_A_WINDOW),
    )
    cursor.execute(query.as_string(None))
    return [Waiting(*row) for row in cursor.fetchall()]


def mark_landed(cursor: Any, source: str, events: Sequence[Waiting], instant: datetime) -> None:
    """Note inside the caller's transaction that the events are landed, and forget those of long ago.

    Raises TakenMeanwhile.
    """
    words = {
        "source": sql.Literal(source),
        "ids": sql.Literal([event.event_id for event in events]),
        "instant": sql.Literal(instant),
        "forgotten": sql.Literal(instant - REMEMBERED),
    }
    cursor.execute(
        sql.SQL(
            """with marked as (
                update ops.webhook_event set landed_at = {instant}, payload = null
                where source = {source} and event_id = any({ids}::text[]) and landed_at is null
                returning event_id
            )
            select count(*) from marked"""
        )
        .format(**words)
        .as_string(None)
    )
    if cursor.fetchone()[0] != len(events):
        raise TakenMeanwhile(f"{source}: another run has landed what was pushed")
    cursor.execute(
        sql.SQL("delete from ops.webhook_event where source = {source} and landed_at < {forgotten}")
        .format(**words)
        .as_string(None)
    )
