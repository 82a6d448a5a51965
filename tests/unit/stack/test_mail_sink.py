"""The local mail server: every mail once, as files that a person can open."""

import json
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import ROOT
from copilot.stack.mail_sink import Mailbox, safe_name
from copilot.stack.postgres import free_port
from tests.unit.digest.test_golden import full_mail


def a_mail(identity: str | None = "<one@example.com>", text: str = "hello") -> bytes:
    """A mail as it may come from anybody: written by hand, not by a library that refuses strange names."""
    name = "" if identity is None else f"Message-ID: {identity}\r\n"
    return f"To: ann@example.com\r\n{name}Subject: Subject\r\n\r\n{text}\r\n".encode()


def test_a_digest_is_kept_as_eml_html_and_text(tmp_path: Path):
    mailbox = Mailbox(tmp_path)
    assert mailbox.keep(["ann.lee@example.com"], full_mail().content)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert [name.rpartition(".")[2] for name in files] == ["eml", "html", "txt", "jsonl"]
    assert files[0].startswith("2026-11-18_ann.lee@example.com_digest.")
    assert (tmp_path / files[0]).read_bytes() == full_mail().content
    assert (tmp_path / files[1]).read_text().startswith("<!doctype html>")
    assert "ACT TODAY" in (tmp_path / files[2]).read_text()


def test_a_known_message_id_is_kept_once_and_counted_also_after_a_restart(tmp_path: Path):
    assert [Mailbox(tmp_path).keep(["a@example.com"], a_mail()) for _ in range(3)] == [True, False, False]
    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert [entry["duplicate"] for entry in Mailbox(tmp_path).entries()] == [False, True, True]


def test_a_crash_in_the_middle_of_a_line_of_the_index_is_survived(tmp_path: Path):
    Mailbox(tmp_path).keep(["a@example.com"], a_mail())
    with (tmp_path / "index.jsonl").open("a") as index:
        index.write('{"message_id": "<tw')
    mailbox = Mailbox(tmp_path)
    assert not mailbox.keep(["a@example.com"], a_mail())
    assert mailbox.keep(["a@example.com"], a_mail("<two@example.com>"))
    assert [entry["duplicate"] for entry in Mailbox(tmp_path).entries()] == [False, True, False]


def test_mails_without_or_with_similar_names_are_all_kept(tmp_path: Path):
    mailbox = Mailbox(tmp_path)
    given = [
        a_mail(None, "a"),
        a_mail(None, "b"),
        a_mail("<x/y@e>"),
        a_mail("<x?y@e>"),
        a_mail("<" + "l" * 500 + "1@e>"),
    ]
    assert [mailbox.keep([], mail) for mail in given] == [True] * 5
    assert len(list(tmp_path.glob("*.eml"))) == 5


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/abs", "..", ".hidden", "-rf", "a/b\\c", "a\x00b", "a\nb", "x" * 999, ""]
)
def test_no_name_leaves_the_directory(tmp_path: Path, name: str):
    made = safe_name(name)
    assert (tmp_path / made).resolve().parent == tmp_path.resolve()
    assert made[0] not in ".-"
    mailbox = Mailbox(tmp_path / "mail")
    mailbox.keep([name], a_mail(f"<{name.encode('unicode_escape').decode()}@e>"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mail"]
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_the_server_takes_mail_until_it_is_told_to_stop(tmp_path: Path):
    port = free_port()
    sink = subprocess.Popen(
        [sys.executable, "-m", "copilot.stack.mail_sink", "--port", str(port), "--directory", str(tmp_path / "mail")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sink.stdout is not None
        assert sink.stdout.readline() == f"mail sink on 127.0.0.1:{port}, keeping mail in {tmp_path / 'mail'}\n"
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
            smtp.sendmail("a@example.com", ["ann.lee@example.com"], full_mail().content)
            smtp.sendmail("a@example.com", ["ann.lee@example.com"], full_mail().content)
    finally:
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(timeout=20) == 0
    index = (tmp_path / "mail" / "index.jsonl").read_text().splitlines()
    assert [json.loads(line)["duplicate"] for line in index] == [False, True]
