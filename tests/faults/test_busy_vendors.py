"""F12, F13: a busy vendor is waited for as it asks and never longer; a dripping one ends with the deadline."""

import io
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from copilot.sandbox.vendors import faults
from copilot.sandbox.vendors.faults import Fault
from copilot.sources.api.faults import SourceSlow
from copilot.sources.api.session import Deadline, Patience, PatientSession
from tests.faults.endless import FOR_EVER
from tests.faults.estate import KINDS, Estate
from tests.faults.every_fault import SOON
from tests.figures import figure
from tests.running_vendors import KEY

DEADLINE_SECONDS = 30.0


def test_each_wait_is_the_one_that_was_asked_for_and_no_call_is_made_before_its_end(vendors: Estate) -> None:
    overrun, n_calls = 0, 0
    for vendor in KINDS:
        usual = vendors.undisturbed(vendor)
        script = [
            Fault("status", "/", 1, 1, 429, (("Retry-After", "7"),)),
            Fault("status", "/", 1, 1, 429, (("Retry-After", SOON),)),
            Fault("status", "/", 1, 1, 429),
        ]
        read = vendors.read(vendor, *script)

        assert vendors.happened() == 3
        told, until, own = read.slept
        assert told == 7.0
        assert 89 < until <= 90
        assert 4 <= own <= 5, "the third wait of our own: 4 s and up to a second of jitter"
        n_calls += len(read.log)
        overrun += len(read.log) - len(usual.log) - 3
        assert read.problems == []

    figure("F12 calls beyond those that were allowed, of all", f"{overrun} of {n_calls}", "0")
    assert overrun == 0


def test_a_vendor_that_bans_us_for_a_day_is_asked_once_for_each_stream(vendors: Estate) -> None:
    n_banned, n_streams = 0, 0
    for vendor, kind in KINDS.items():
        read = vendors.read(vendor, Fault("status", "/", 1, FOR_EVER, 429, (("Retry-After", "86400"),)))
        n_banned += len(read.log)
        n_streams += len(kind.streams)
        assert read.slept == []
        assert len(read.problems) > 0
        assert all("asks to wait 86400 s" in problem for problem in read.problems)

    figure(
        "F12 calls to vendors that asked for a day's rest, of all streams", f"{n_banned} of {n_streams}", "<= 1 each"
    )
    assert 0 < n_banned <= n_streams


def test_a_source_that_stays_away_is_named_table_by_table_and_the_day_goes_on(vendors: Estate) -> None:
    read = vendors.read("stripe", *KINDS["stripe"].faults("status", status=502, times=FOR_EVER))
    states = vendors.vendors.rows(
        f"select table_name, state, message from ops.source_state where source = '{read.source}' order by 1"
    )

    assert vendors.happened() > 6
    assert [state[:2] for state in states] == [
        (table, "error") for table in ("churn_events", "customers", "invoices", "payments", "subscriptions")
    ]
    assert all("gave no answer in 6 tries: it answers 502" in message for _, _, message in states)
    figure("F13 tables of a source that stays away that are named", f"{len(states)} of 5", "all")


@dataclass
class Looked:
    """A clock on which every look takes a second, as a byte does of a vendor that sends one a second."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        self.seconds += 1
        return self.seconds


@pytest.mark.parametrize("into", [None, io.BytesIO()], ids=["into memory", "into a file"])
def test_a_byte_a_second_ends_with_the_deadline_and_not_with_the_page(
    vendors: Estate, monkeypatch: pytest.MonkeyPatch, into: Any
) -> None:
    monkeypatch.setattr(faults, "_DRIP_SECONDS", 0.005)
    url = f"http://127.0.0.1:{vendors.vendors.port}/chargebee/api/v2/customers"
    request = requests.Request("GET", url, params={"limit": 100}, auth=(KEY, ""))

    def ask(*script: Fault) -> tuple[int, float]:
        """How many bytes came, and when."""
        vendors.vendors.faults.play(*script)
        clock = Looked()
        session = PatientSession(Deadline(Patience(total_seconds=DEADLINE_SECONDS), clock.monotonic))
        n_bytes = 0
        with suppress(SourceSlow):
            response = session.send(session.prepare_request(request), into=into)
            n_bytes = int(response.headers["content-length"])
        return n_bytes, clock.seconds

    whole, _ = ask()
    dripped, seconds = ask(Fault("drip", "customers"))

    assert whole > 10 * DEADLINE_SECONDS
    assert vendors.happened() == 1
    assert dripped == 0
    figure("F13 a byte a second: seconds until it is given up", f"{seconds:.0f}", f"<= {DEADLINE_SECONDS + 2:.0f}")
    assert DEADLINE_SECONDS <= seconds <= DEADLINE_SECONDS + 2
