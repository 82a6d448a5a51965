"""config/digest.yml: what it says is checked, and the shipped file lets mail go to made-up addresses only."""

from pathlib import Path

import pytest
import yaml

from config.digest import PATH, answer_url, board_url, digest_config, smtp_server
from config.settings import ConfigError


def written(tmp_path: Path, **changed: object) -> Path:
    """The shipped file with some settings changed."""
    path = tmp_path / "digest.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(PATH.read_text()), **changed}))
    return path


def test_the_shipped_file_is_valid_and_open_to_reserved_names_only():
    config = digest_config()
    domains = [
        "example.com",
        "example.org",
        "acme.example",
        "gmail.com",
        "example.com.evil.net",
        "example",
        "notexample.com",
    ]
    assert [domain for domain in domains if config.allows(domain)] == ["example.com", "example.org", "acme.example"]


def test_everybody_must_be_written_down(tmp_path: Path):
    assert digest_config(written(tmp_path, recipients=["*"])).allows("gmail.com")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"enabeld": True}, "enabeld"),
        ({"noise": {"probability": 5, "health": 5}}, "noise.probability"),
        (
            {"sender": {"name": "x", "address": "a@b.c\nBcc: x@y.z", "list_id": "l", "unsubscribe": "a@b.c"}},
            "sender.address",
        ),
        ({"calendar": {"working_days": ["montag"]}}, "calendar.working_days.0"),
        ({"calendar": {"working_days": ["mon"], "default_timezone": "Mars/Olympus"}}, "calendar.default_timezone"),
        ({"delivery": "whenever"}, "delivery"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, changed: dict[str, object], named: str):
    path = written(tmp_path, **changed)
    with pytest.raises(ConfigError) as error:
        digest_config(path)
    assert named in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 25, False, None, None)),
        ("smtps://mail.example.com", ("mail.example.com", 465, True, None, None)),
        ("smtps://ann:p%40ss%2F@mail.example.com:2465", ("mail.example.com", 2465, True, "ann", "p@ss/")),
    ],
)
def test_a_mail_server_is_one_address(monkeypatch: pytest.MonkeyPatch, url: str, seen: tuple):
    monkeypatch.setenv("COPILOT_SMTP_URL", url)
    server = smtp_server()
    assert (server.host, server.port, server.tls, server.user, server.password) == seen
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize("url", ["mail.example.com:25", "http://mail.example.com", "smtp://"])
def test_a_wrong_address_says_how_it_should_look(monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("COPILOT_SMTP_URL", url)
    with pytest.raises(ConfigError, match="smtp://host:port"):
        smtp_server()


def test_without_a_stack_there_are_no_bases_and_no_mail_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    for name in ("COPILOT_SMTP_URL", "COPILOT_ANSWER_URL", "COPILOT_BOARD_URL"):
        monkeypatch.delenv(name, raising=False)
    assert (answer_url(), board_url()) == (None, None)
    with pytest.raises(ConfigError, match="copilot up"):
        smtp_server()
    (tmp_path / "stack.json").write_text(
        '{"airflow": {"url": "http://127.0.0.1:1/"}, "smtp": {"host": "h", "port": 2}}'
    )
    assert (answer_url(), board_url(), smtp_server().port) == ("http://127.0.0.1:1", None, 2)
