"""P6, F29 to F32: a mail server that dies in every way, senders that are killed, and two at once."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config import digest as settings
from config.settings import ROOT
from copilot.digest.day import MailNotSent, compose, send
from copilot.stack.postgres import free_port
from tests.armed import armed
from tests.integration.digest.company import TUESDAY, Company, Post, serving_mail

N = 9


@pytest.fixture
def company(database: str, tmp_path: Path) -> Iterator[Company]:
    """Nine CSMs with a mail due each."""
    made = Company(database, tmp_path)
    made.day(csms=N)
    compose(made.run())
    assert made.states() == {"due": N}
    yield made
    made.close()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A mail server that the senders use."""
    server = Post()
    with serving_mail(server) as port:
        monkeypatch.setenv("COPILOT_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield server


def assert_all_sent_once(company: Company, post: Post) -> None:
    """The undisturbed figure: as many mails as CSMs, none twice."""
    assert company.states() == {"sent": N}
    assert len(post.received) == N
    assert post.doubled() == 0
    assert set(post.names_per_recipient().values()) == {1}


def test_undisturbed_every_mail_goes_once_and_a_second_drain_sends_none(company: Company, post: Post):
    assert send(company.run()) == {"sent": N, "dead": 0, "cancelled": 0, "due": 0}
    assert send(company.run()) == {"sent": 0, "dead": 0, "cancelled": 0, "due": 0}
    assert_all_sent_once(company, post)


def test_a_server_that_is_down_loses_nothing_and_is_asked_twice_only(company: Company, monkeypatch: pytest.MonkeyPatch):
    port = free_port()
    monkeypatch.setenv("COPILOT_SMTP_URL", f"smtp://127.0.0.1:{port}")
    with pytest.raises(MailNotSent, match=rf"{N} mails are still due \(0 sent, 0 dead\): ConnectionRefusedError"):
        send(company.run())
    assert company.states() == {"due": N}
    assert company.rows("select sum(attempts) from ops.digest_outbox") == [(2,)]
    post = Post()
    with serving_mail(post, port):
        send(company.run())
    assert_all_sent_once(company, post)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize("reply", ["550 5.1.1 No such user", "554 5.7.1 Refused"])
def test_a_permanent_refusal_is_dead_with_its_reason_and_the_others_go(
    company: Company, post: Post, step: str, reply: str
):
    post.script = lambda at, to: reply if (at, to) == (step, "csm_2@example.com") else None
    assert send(company.run()) == {"sent": N - 1, "dead": 1, "cancelled": 0, "due": 0}
    dead = company.rows("select recipient, last_error from ops.digest_outbox where state = 'dead'")
    assert dead == [("csm_2@example.com", reply)]
    assert send(company.run())["sent"] == 0
    assert post.attempts["csm_2@example.com"] == 1


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize("reply", ["450 4.2.0 Greylisted", "451 4.3.0 Try later", "421 4.3.2 Shutting down"])
def test_a_temporary_refusal_stays_due_and_goes_the_next_time(company: Company, post: Post, step: str, reply: str):
    post.script = lambda at, to: reply if (at, to) == (step, "csm_2@example.com") else None
    with pytest.raises(MailNotSent, match=rf"1 mails are still due \({N - 1} sent, 0 dead\): {reply[:3]}"):
        send(company.run())
    waiting = company.rows("select attempts, last_error from ops.digest_outbox where state = 'due'")
    assert [(attempts, error[:3]) for attempts, error in waiting] == [(1, reply[:3])]
    post.script = lambda _at, _to: None
    send(company.run())
    assert_all_sent_once(company, post)


def test_the_address_that_a_server_repeats_in_its_refusal_reaches_no_log(company: Company, post: Post):
    post.script = lambda at, to: f"450 4.2.1 <{to}>: mailbox busy" if at == "RCPT" else None
    with pytest.raises(MailNotSent, match=r"450 4\.2\.1 <address>: mailbox busy") as raised:
        send(company.run())
    assert "@" not in str(raised.value)
    assert company.rows("select count(*) from ops.digest_outbox where last_error like '%@%'") == [(0,)]


def test_a_connection_lost_before_the_answer_is_tried_again_under_the_same_name(company: Company, post: Post):
    post.close_after = {"csm_2@example.com", "csm_5@example.com"}
    with pytest.raises(MailNotSent, match="2 mails are still due"):
        send(company.run())
    send(company.run())
    assert company.states() == {"sent": N}
    assert len(post.received) == N + 2
    assert post.doubled() == 2
    assert set(post.names_per_recipient().values()) == {1}


def test_two_senders_at_once_send_no_mail_twice(company: Company, post: Post):
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def sender() -> None:
        together.wait()
        try:
            send(company.run())
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_all_sent_once(company, post)


def killed_sender(company: Company, place: str) -> int:
    """Run one sender in its own process, which dies at that place; returns its exit code."""
    code = (
        "import sys; from datetime import date; from pathlib import Path; from config.run import Run;"
        "from copilot.digest.day import send; send(Run(date.fromisoformat(sys.argv[1]), Path(sys.argv[2])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, TUESDAY.isoformat(), str(company.sources)], cwd=ROOT, env=armed(place), check=False
    )
    return done.returncode


@pytest.mark.parametrize(("place", "in_the_gap"), [("digest.after_claim", 0), ("digest.before_confirm", 1)])
def test_a_killed_sender_loses_nothing_and_doubles_only_in_the_gap_with_the_same_name(
    company: Company, post: Post, place: str, in_the_gap: int
):
    kills = 3
    assert [killed_sender(company, place) for _ in range(kills)] == [-9] * kills
    assert company.rows("select sum(attempts) from ops.digest_outbox") == [(kills,)]
    send(company.run())
    assert company.states() == {"sent": N}
    assert set(post.names_per_recipient().values()) == {1}
    assert len(post.names_per_recipient()) == N
    assert post.doubled() == in_the_gap * kills


def test_a_mail_that_a_living_sender_holds_is_left_alone(company: Company, post: Post, monkeypatch: pytest.MonkeyPatch):
    other, meanwhile = Post(), []

    def while_sending(step: str, _to: str) -> None:
        if step == "DATA" and not meanwhile:
            monkeypatch.setenv("COPILOT_SMTP_URL", f"smtp://127.0.0.1:{port}")
            meanwhile.append(send(company.run()))

    post.script = while_sending
    with serving_mail(other) as port:
        assert send(company.run())["sent"] == 1
    assert meanwhile == [{"sent": N - 1, "dead": 0, "cancelled": 0, "due": 0}]
    assert (len(post.received), len(other.received)) == (1, N - 1)
    assert company.states() == {"sent": N}


def test_what_happens_after_composing_is_seen_before_sending(company: Company, post: Post):
    wednesday = TUESDAY + timedelta(days=1)
    company.day(wednesday, csms=N)
    company.do("update serving.csm set is_active = false where csm_id = 'csm_1' and as_of_date = '2026-11-18'")
    company.do("update serving.csm set email = 'new@example.com' where csm_id = 'csm_2' and as_of_date = '2026-11-18'")
    company.do("update serving.account_day set csm_id = 'csm_9' where account_id = 'a3' and as_of_date = '2026-11-18'")
    assert send(company.run()) == {"sent": N - 3, "dead": 0, "cancelled": 3, "due": 0}
    stopped = company.rows("select csm_id, last_error from ops.digest_outbox where state = 'cancelled' order by csm_id")
    assert stopped == [
        ("csm_1", "the CSM left, or has another address now"),
        ("csm_2", "the CSM left, or has another address now"),
        ("csm_3", "1 of its accounts have another CSM now"),
    ]
    assert {"csm_1@example.com", "csm_2@example.com", "csm_3@example.com"} & set(post.names_per_recipient()) == set()


def test_the_kill_switch_stops_what_is_already_in_the_outbox(
    company: Company, post: Post, monkeypatch: pytest.MonkeyPatch
):
    shipped = settings.digest_config()
    monkeypatch.setattr(settings, "digest_config", lambda: shipped.model_copy(update={"enabled": False}))
    assert send(company.run())["sent"] == 0
    monkeypatch.setattr(settings, "digest_config", lambda: shipped.model_copy(update={"recipients": ("x.example",)}))
    assert send(company.run())["cancelled"] == N
    assert post.received == []


def test_with_local_hours_a_mail_waits_for_its_morning(company: Company, post: Post, monkeypatch: pytest.MonkeyPatch):
    shipped = settings.digest_config()
    monkeypatch.setattr(settings, "digest_config", lambda: shipped.model_copy(update={"delivery": "local_hour"}))
    company.do("update ops.digest_outbox set due_at = '2999-01-01' where csm_id <> 'csm_1'")
    assert send(company.run())["sent"] == 1
    assert len(post.received) == 1
    assert company.states() == {"sent": 1, "due": N - 1}


def test_a_wrong_password_kills_no_mail(company: Company, post: Post, monkeypatch: pytest.MonkeyPatch):
    url = os.environ["COPILOT_SMTP_URL"].replace("smtp://", "smtp://user:secret@")
    monkeypatch.setenv("COPILOT_SMTP_URL", url)
    with pytest.raises(MailNotSent) as error:
        send(company.run())
    assert company.states() == {"due": N}
    assert "secret" not in str(error.value)
    assert post.received == []
