"""F16: a token that expires is renewed once; a key that is refused is told and not tried again and again."""

from typing import Any

import pytest

from copilot.sandbox.vendors.faults import Fault
from tests.faults.estate import KINDS, Estate
from tests.figures import figure
from tests.running_vendors import WRONG_KEY

MOST_REFUSALS = 2
WITH_TOKENS = ("hubspot", "salesforce")


def refusals(log: list[tuple[str, int]]) -> int:
    """How many calls were answered by `who are you`."""
    return sum(status == 401 for _, status in log)


def test_a_token_that_expires_in_the_middle_is_renewed_once(vendors: Estate) -> None:
    for vendor in WITH_TOKENS:
        usual = vendors.undisturbed(vendor)
        read = vendors.read(vendor, Fault("expired", nth=9))
        tokens = [path for path, _ in read.log if path.endswith("/token")]

        assert vendors.happened() == 1
        assert (refusals(read.log), len(tokens)) == (1, 2)
        assert vendors.rows(read) == vendors.rows(usual)


@pytest.mark.parametrize("shown", [WRONG_KEY, {"password": ""}], ids=["a wrong key", "no key"])
def test_a_vendor_that_does_not_know_us_is_asked_at_most_twice(vendors: Estate, shown: Any) -> None:
    most = 0
    for vendor, kind in KINDS.items():
        n_usual = len(vendors.rows(vendors.undisturbed(vendor)))
        read = vendors.read(vendor, shown={**kind.shown, **shown})
        n_refused = sum(status in (400, 401) for _, status in read.log)

        assert n_refused == len(read.log) > 0
        assert len(read.problems) == n_usual > 0
        assert all("refuses" in problem and "wrong-key" not in problem for problem in read.problems)
        most = max(most, n_refused)

    figure("F16 calls of a run that were refused for its key, of the worst vendor", str(most), f"<= {MOST_REFUSALS}")
    assert 0 < most <= MOST_REFUSALS


def test_a_refresh_token_that_was_revoked_in_the_middle_is_shown_once_more(vendors: Estate) -> None:
    for vendor in WITH_TOKENS:
        read = vendors.read(
            vendor, Fault("expired", nth=9), Fault("status", "/token", 2, 99, 400, body=b"invalid_grant")
        )

        assert vendors.happened() == 2
        assert refusals(read.log) + sum(status == 400 for _, status in read.log) == MOST_REFUSALS
        assert all("invalid_grant" in problem for problem in read.problems)
        assert len(read.problems) > 0


def test_one_stream_that_may_not_be_seen_stops_no_other(vendors: Estate) -> None:
    n_streams = 0
    for vendor in ("chargebee", "intercom", "zendesk"):
        usual = vendors.rows(vendors.undisturbed(vendor))
        for stream, (path, _) in KINDS[vendor].streams.items():
            fault = Fault("status", path, times=99, status=403)
            read = vendors.read(vendor, fault)
            rows = vendors.rows(read)
            gone = {table for table in usual if rows.get(table) != usual[table]}

            assert vendors.happened() > 0
            assert len(gone) < len(usual), stream
            assert {problem.split(" is ")[0].split(".")[1] for problem in read.problems} >= gone
            n_streams += 1

    figure("F16 streams refused one by one that stopped no other", f"{n_streams} of {n_streams}", "all")
    assert n_streams == 9
