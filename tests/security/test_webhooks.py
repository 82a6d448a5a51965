"""S7: what is not signed, not now, too big or of another kind is refused before it is parsed; a replay does nothing."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from config.settings import ConfigError, dsn
from copilot.sources.webhooks import intake
from copilot.sources.webhooks.intake import LARGEST_BODY
from copilot.sources.webhooks.signature import HEADERS, sign
from tests.hook_door import PREVIOUS, SECRET, Door

BODY = json.dumps({"id": "evt_1", "table": "tickets", "rows": [{"ticket_id": "t1"}]}).encode()
JSON = "application/json"
DESK = {"name": "desk", "type": "files", "role": "support", "tables": ["tickets"]}
HOOK = {"webhook": {"signature": "hmac", "secret": "desk_hook"}}
STRIPE = {"name": "billing", "type": "stripe", "connection": "stripe"}
STRIPE |= {"webhook": {"signature": "stripe", "secret": "stripe_hook"}}


@pytest.fixture
def door(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door(database, tmp_path / "sources.yml", monkeypatch)
    made.open({**DESK, **HOOK}, {**DESK, "name": "closed", "path": "{table}.csv"}, STRIPE)
    return made


@pytest.fixture
def kept(database: str) -> Iterator[Any]:
    """What stands in the warehouse: (source, id, kind, payload) of each event."""
    with psycopg.connect(dsn("owner", database), autocommit=True) as owner:
        yield lambda: owner.execute("select source, event_id, kind, payload from ops.webhook_event").fetchall()


@pytest.fixture
def unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks into a body fails."""

    def never(*_: object) -> None:
        raise AssertionError("the body was parsed")

    monkeypatch.setattr(intake, "read", never)


def signed(door: Door, body: bytes = BODY, **changed: str) -> dict[str, str]:
    return {"content-type": JSON, HEADERS["hmac"]: sign(body, SECRET, door.now), **changed}


def test_a_signed_event_is_kept_as_it_came_and_told_of_once(door: Door, kept: Any) -> None:
    answer = door.push("desk", BODY)
    assert (answer.status_code, answer.json()) == (200, {"event": "kept"})
    assert kept() == [("desk", "evt_1", "tickets", BODY.decode())]
    assert [hook.source.name for hook in door.arrived] == ["desk"]


def test_a_replay_is_answered_alike_and_does_nothing(door: Door, kept: Any) -> None:
    door.push("desk", BODY)
    before = kept()
    again = door.push("desk", BODY)
    later = door.push("desk", BODY.replace(b"t1", b"t2"), at=door.now + timedelta(seconds=9))
    assert [(one.status_code, one.json()) for one in (again, later)] == [(200, {"event": "known"})] * 2
    assert kept() == before
    assert len(door.arrived) == 1


def test_one_id_of_two_sources_is_two_events(door: Door, kept: Any) -> None:
    door.open({**DESK, **HOOK}, {**DESK, **HOOK, "name": "other"})
    assert [door.push(name, BODY).json() for name in ("desk", "other")] == [{"event": "kept"}] * 2
    assert len(kept()) == 2


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY.replace(b"t1", b"t2")},
        {"body": BODY + b"\n"},
        {"at": timedelta(hours=1)},
        {"at": timedelta(hours=-1)},
        {"at": timedelta(seconds=301)},
        {"at": timedelta(seconds=-301)},
        {"header": ""},
        {"header": None},
        {"secret": "whsec_of_somebody_else"},
        {"name": "Stripe-Signature"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_signed_here_and_now_is_refused_before_it_is_parsed(
    door: Door, kept: Any, changed: dict[str, Any]
) -> None:
    header = sign(BODY, changed.get("secret", SECRET), door.now + changed.get("at", timedelta()))
    shown = {changed.get("name", HEADERS["hmac"]): changed.get("header", header)}
    headers = {"content-type": JSON, **{name: value for name, value in shown.items() if value is not None}}
    answer = door.ask("desk", changed.get("body", BODY), headers)
    assert answer.status_code == 400
    assert "not signed" in answer.json()["error"]
    assert (kept(), door.arrived) == ([], [])


@pytest.mark.usefixtures("unparsed")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""])
def test_another_kind_of_content_is_refused(door: Door, kept: Any, kind: str) -> None:
    assert door.ask("desk", BODY, signed(door, **{"content-type": kind})).status_code == 415
    assert kept() == []


class Flood:
    """Fifty mebibytes, and how many of them were taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """A mebibyte at a time, without saying how many there will be."""
        for _ in range(50):
            self.taken += 1
            yield b"x" * LARGEST_BODY


@pytest.mark.usefixtures("unparsed")
def test_fifty_mebibytes_are_refused_and_not_read(door: Door, kept: Any) -> None:
    flood, size = Flood(), str(50 * LARGEST_BODY)
    assert door.ask("desk", flood.chunks(), signed(door, **{"content-length": size})).status_code == 413
    assert (flood.taken, kept()) == (0, [])


@pytest.mark.usefixtures("unparsed")
def test_a_body_that_does_not_say_its_size_is_read_no_further_than_the_limit(door: Door, kept: Any) -> None:
    signed_one, unsigned = Flood(), Flood()
    assert door.ask("desk", signed_one.chunks(), signed(door)).status_code == 413
    assert door.ask("desk", unsigned.chunks(), {"content-type": JSON}).status_code == 400
    assert (signed_one.taken, unsigned.taken) == (2, 0)
    assert kept() == []


def test_the_secret_before_is_taken_while_it_is_rotated_out_and_then_no_more(door: Door) -> None:
    assert door.push("desk", BODY, secret=PREVIOUS).status_code == 200
    door.secrets = [SECRET]
    assert door.push("desk", BODY.replace(b"evt_1", b"evt_2"), secret=PREVIOUS).status_code == 400


def test_nobody_else_takes_events(door: Door, kept: Any) -> None:
    answers = [door.push(name, BODY).status_code for name in ("closed", "nowhere", "desk%2F..", "desk/x")]
    assert answers == [404] * 4
    door.database = "another_company"
    assert door.push("desk", BODY).status_code == 404
    assert kept() == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"{", "no JSON"),
        (b"[1]", "no JSON object"),
        (b'{"id": NaN}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"id": "\xff"}', "no JSON in UTF-8"),
        ({"id": "e", "table": "accounts", "rows": [{}]}, "accounts' is not taken here"),
        ({"id": "e", "table": "ticket", "rows": [{}]}, "did you mean tickets?"),
        ({"id": "e", "table": ["tickets"], "rows": [{}]}, "is not taken here"),
        ({"id": "e", "table": "tickets", "rows": []}, "rows: a list"),
        ({"id": "e", "table": "tickets", "rows": "x"}, "rows: a list"),
        ({"id": "", "table": "tickets", "rows": [{}]}, "id: a text"),
        ({"id": 7, "table": "tickets", "rows": [{}]}, "id: a text"),
        ({"id": "e" * 256, "table": "tickets", "rows": [{}]}, "id: a text"),
        ({"id": "e\0", "table": "tickets", "rows": [{}]}, "id: a text"),
        ({"table": "tickets", "rows": [{}]}, "id: a text"),
    ],
)  # fmt: skip
def test_a_signed_body_that_we_cannot_take_says_why(door: Door, kept: Any, said: Any, words: str) -> None:
    answer = door.push("desk", said)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert (kept(), door.arrived) == ([], [])


def an_event(**changed: Any) -> dict[str, Any]:
    customer = {"id": "cus_1", "phone": "555", "address": {"line1": "1 Main Street"}, "metadata": {"account_id": "a"}}
    event = {"id": "evt_1", "object": "event", "api_version": "2024-06-20", "created": 1, "type": "customer.updated"}
    return {**event, "data": {"object": customer}, **changed}


def test_of_stripes_events_personal_fields_are_never_kept(door: Door, kept: Any) -> None:
    assert door.push("billing", an_event(), scheme="stripe").json() == {"event": "kept"}
    [(source, event_id, kind, payload)] = kept()
    assert (source, event_id, kind) == ("billing", "evt_1", "customer.updated")
    assert json.loads(payload)["data"] == {"object": {"id": "cus_1", "metadata": {"account_id": "a"}}}


def test_an_event_that_nothing_is_read_from_is_answered_and_not_kept(door: Door, kept: Any) -> None:
    assert door.push("billing", an_event(type="payout.paid"), scheme="stripe").json() == {"event": "not followed"}
    assert (kept(), door.arrived) == ([], [])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"object": "customer"}, "no event"),
        ({"data": None}, "no event"),
        ({"data": {"object": "cus_1"}}, "no event"),
        ({"api_version": "2019-01-01"}, "API version 2024-06-20"),
        ({"id": None}, "id: a text"),
    ],
)
def test_what_is_no_event_of_the_version_that_we_read_is_refused(
    door: Door, kept: Any, changed: dict[str, Any], words: str
) -> None:
    answer = door.push("billing", an_event(**changed), scheme="stripe")
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)
    assert kept() == []


def test_what_we_are_not_able_to_keep_is_asked_for_again_and_shows_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> bool:
        raise psycopg.OperationalError("the address of the server")

    def no_secret(_: str) -> list[str]:
        raise ConfigError("connection desk_hook: not found")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "keep", down)
        answers: list[httpx.Response] = [door.push("desk", BODY)]
    monkeypatch.setattr(door, "_app", intake.make_app(no_secret, lambda *_: None, lambda: door.now))
    answers.append(door.push("desk", BODY))
    assert [(one.status_code, one.json()) for one in answers] == [(503, {"error": "not now: send it again later"})] * 2


def test_the_login_behind_the_door_can_insert_and_nothing_else(database: str) -> None:
    with psycopg.connect(dsn("intake", database), autocommit=True) as connection:
        rights = connection.execute(
            """select c.oid::regclass::text || '.' || a.attname || ':' || p from pg_class as c
            inner join pg_namespace as n on c.relnamespace = n.oid
            inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0,
            unnest(array['select', 'insert', 'update', 'references']) as p
            where c.relkind in ('r', 'v', 'p', 'm') and n.nspname !~ '^(pg_|information_schema)'
                and has_column_privilege(c.oid, a.attnum, p)
            order by a.attnum"""
        ).fetchall()
    columns = ("source", "event_id", "kind", "payload")
    assert [right for (right,) in rights] == [f"ops.webhook_event.{column}:insert" for column in columns]
