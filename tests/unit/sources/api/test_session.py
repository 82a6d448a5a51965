"""A busy vendor is waited for as it asks, a broken line is tried again, a refusal is told at once, all ends in time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from copilot import clock
from copilot.sources.api.auth import OAuthToken
from copilot.sources.api.faults import SourceRefused, SourceSlow
from copilot.sources.api.session import Deadline, Patience, PatientSession
from tests.scripted_api import Answer, Asked, scripted
from tests.sleeping_clock import SleepingClock

OK = Answer({"tickets": []})


def a_session(time: SleepingClock, token: Any = None, **patience: Any) -> PatientSession:
    given = Patience(**{"total_seconds": 600.0, "silence_seconds": 5.0, **patience})
    return PatientSession(Deadline(given, time.monotonic, time.sleep), token=token)


def test_it_waits_exactly_as_long_as_the_vendor_asks() -> None:
    time = SleepingClock()
    busy = Answer({"error": "slow down"}, 429, {"Retry-After": "93"})
    with scripted(busy, busy, OK) as api:
        assert a_session(time).get(api.url).json() == {"tickets": []}
    assert time.slept == [93.0, 93.0]


def test_a_date_in_retry_after_is_waited_for() -> None:
    time = SleepingClock()
    until = format_datetime(clock.now() + timedelta(seconds=120), usegmt=True)
    with scripted(Answer({}, 429, {"Retry-After": until}), OK) as api:
        a_session(time).get(api.url)
    assert len(time.slept) == 1
    assert 115 < time.slept[0] <= 120


def test_without_a_word_the_waits_grow_and_are_not_the_same_for_everybody() -> None:
    waits = []
    for _ in range(2):
        time = SleepingClock()
        with scripted(*[Answer({}, 503)] * 4, OK) as api:
            a_session(time).get(api.url)
        waits.append(time.slept)
    assert waits[0] != waits[1]
    assert all(2**n <= wait <= 2**n + 1 for n, wait in enumerate(waits[0]))


def test_a_vendor_that_asks_for_more_than_is_left_is_not_called_again() -> None:
    time = SleepingClock()
    with scripted(Answer({}, 429, {"Retry-After": "86400"}), OK) as api:
        with pytest.raises(SourceSlow, match="asks to wait 86400 s, and 600 s are left"):
            a_session(time).get(api.url)
        assert len(api.asked) == 1
    assert time.slept == []


def test_a_vendor_that_keeps_failing_is_given_up_after_so_many_tries() -> None:
    with scripted(Answer({}, 500)) as api:
        with pytest.raises(SourceSlow, match="in 3 tries: it answers 500"):
            a_session(SleepingClock(), attempts=3).get(api.url)
        assert len(api.asked) == 3


HALF = {
    "a body that ends early": Answer({"tickets": [{"id": 1}]}, sent=9),
    "half a page of JSON": Answer(b'{"tickets": [{"id": 1}, {"id"'),
    "a body that is no gzip": Answer(b"not gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("broken", HALF.values(), ids=HALF.keys())
def test_a_page_that_is_not_whole_is_asked_for_again(broken: Answer) -> None:
    whole = Answer({"tickets": [{"id": 1}]})
    with scripted(broken, whole) as api:
        assert a_session(SleepingClock()).get(api.url).json() == {"tickets": [{"id": 1}]}
        assert len(api.asked) == 2


def test_a_web_page_with_a_good_status_is_no_answer() -> None:
    page = Answer(b"<html>Back soon</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with scripted(page, OK) as api:
        assert a_session(SleepingClock()).get(api.url).json() == {"tickets": []}
    with scripted(page) as api, pytest.raises(SourceSlow, match="answers with a web page instead of data"):
        a_session(SleepingClock()).get(api.url)


def test_nobody_listening_is_a_slow_source_and_not_a_stack_trace_of_the_library() -> None:
    with scripted(OK) as api:
        url = api.url
    with pytest.raises(SourceSlow, match="gave no answer in 2 tries: ConnectionError"):
        a_session(SleepingClock(), attempts=2).get(url)


def test_a_drip_of_bytes_ends_with_the_deadline() -> None:
    time = SleepingClock()

    def drip(_: Asked) -> Answer:
        time.now += 700
        return OK

    with scripted(drip) as api, pytest.raises(SourceSlow, match="did not finish within 600 s"):
        a_session(time).get(api.url)


@pytest.mark.parametrize("status", [400, 403, 404, 302])
def test_a_refusal_is_told_at_once_with_the_vendors_words_and_without_the_question(status: int) -> None:
    said = Answer({"error": "no such view"}, status, {"Location": "/login"} if status == 302 else {})
    with scripted(said) as api:
        with pytest.raises(SourceRefused) as told:
            a_session(SleepingClock()).get(f"{api.url}/tickets", params={"api_key": "hush"})
        assert len(api.asked) == 1
    assert f"refuses /tickets with {status}" in str(told.value)
    assert "no such view" in str(told.value)
    assert "hush" not in str(told.value)


@dataclass
class Endpoint:
    """A token endpoint that counts."""

    given: int = 0

    def __call__(self, _: Any) -> dict[str, object]:
        """A token that nobody had before."""
        self.given += 1
        return {"access_token": f"token-{self.given}"}


def by_token(*good: str) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        return OK if asked.headers.get("Authorization") in {f"Bearer {one}" for one in good} else Answer({}, 401)

    return answer


def test_an_expired_token_is_renewed_once_and_the_call_repeated() -> None:
    endpoint = Endpoint()
    session = a_session(SleepingClock(), OAuthToken(endpoint, {}))
    with scripted(by_token("token-1"), by_token("token-2"), by_token("token-2"), by_token("token-2")) as api:
        session.get(api.url)
        session.get(api.url)
        session.get(api.url)
        assert endpoint.given == 2
        assert len(api.asked) == 4


def test_a_token_that_is_refused_when_new_is_a_matter_of_settings_and_not_asked_for_again() -> None:
    endpoint = Endpoint()
    session = a_session(SleepingClock(), OAuthToken(endpoint, {}))
    with scripted(by_token("token-1"), by_token()) as api:
        session.get(api.url)
        with pytest.raises(SourceRefused, match="401"):
            session.get(api.url)
        refused = len(api.asked) - 1
    assert (endpoint.given, refused) == (2, 2)


def test_who_was_not_let_in_asks_for_nothing_else() -> None:
    session = a_session(SleepingClock())
    with scripted(Answer({"error": "who are you"}, 401)) as api:
        for stream in ("tickets", "organizations", "users"):
            with pytest.raises(SourceRefused, match="refuses /tickets with 401"):
                session.get(f"{api.url}/{stream}")
        assert len(api.asked) == 1


def test_who_may_not_see_one_stream_asks_for_the_others() -> None:
    session = a_session(SleepingClock())
    with scripted(Answer({}, 403), OK) as api:
        with pytest.raises(SourceRefused, match="403"):
            session.get(f"{api.url}/tickets")
        assert session.get(f"{api.url}/organizations").json() == {"tickets": []}


def test_a_grant_that_was_revoked_is_shown_once() -> None:
    shown = []

    def revoked(grant: Any) -> dict[str, object]:
        shown.append(grant)
        raise SourceRefused("invalid_grant")

    session = a_session(SleepingClock(), OAuthToken(revoked, {}))
    for _ in range(3):
        with pytest.raises(SourceRefused, match="invalid_grant"):
            session.get("http://127.0.0.1:1")
    assert len(shown) == 1


def test_no_secret_is_in_what_an_object_shows_of_itself() -> None:
    token = OAuthToken(Endpoint(), {"client_secret": "hush"})
    token(requests.Request("GET", "http://x").prepare())
    assert "hush" not in repr(token)
    assert "token-1" not in repr(token)
