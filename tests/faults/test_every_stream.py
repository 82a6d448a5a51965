"""One contract for every stream of every vendor: what goes wrong on the way is mended or refused, and nothing is lost.

Each case disturbs all streams of a vendor at once. What passes leaves the rows of a reading that nothing disturbed;
what lasts lands nothing, says why, and the next reading has the rows of the undisturbed one.
"""

from collections import Counter

import pytest

from copilot.sources.api.connector import Stream
from copilot.sources.connectors import CONNECTORS
from tests.faults.estate import EVERY_STREAM, KINDS, Estate, Read, declared
from tests.faults.every_fault import LASTING, PASSING, Case
from tests.figures import figure

# Far above what any refused stream of this small company takes; the vendors' own lists have 50 pages at most.
MOST_CALLS_A_STREAM = 60
# Longer than a busy machine takes to answer.
SILENCE_SECONDS = 3.0


def lost_and_doubled(vendors: Estate, vendor: str, read: Read) -> tuple[int, int]:
    """Of how many rows of the undisturbed reading this one has too few or too many."""
    usual, rows = (
        Counter((table, row) for table, found in vendors.rows(one).items() for row in found)
        for one in (vendors.undisturbed(vendor), read)
    )
    assert usual.total() > 100
    return (usual - rows).total() + (rows - usual).total(), usual.total()


def refers_to_others(vendor: str) -> list[str]:
    """The streams that read another list before their own."""
    streams = CONNECTORS[vendor].stream(KINDS[vendor].options)  # type: ignore[index]
    return [stream.name for stream in streams if isinstance(stream, Stream) and stream.beside]


def test_every_stream_that_a_connector_declares_is_disturbed() -> None:
    assert len(EVERY_STREAM) > 30
    assert declared() == set(EVERY_STREAM)


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.name)
def test_what_passes_is_mended_and_nothing_is_lost_or_doubled(vendors: Estate, case: Case) -> None:
    wrong, n_lost, n_rows, n_faults = {}, 0, 0, 0
    vendors.silence_seconds = SILENCE_SECONDS if "silence" in case.name else 600.0
    for vendor in case.vendors:
        script = case.script(vendor)
        read = vendors.read(vendor, *script)
        n_faults += vendors.happened()
        assert vendors.vendors.faults.happened.keys() == set(script)
        n_wrong, n = lost_and_doubled(vendors, vendor, read)
        n_lost, n_rows = n_lost + n_wrong, n_rows + n
        if n_wrong or read.problems:
            wrong[vendor] = (n_wrong, read.problems)

    figure(f"{case.name}: records lost or doubled", f"{n_lost:,} of {n_rows:,} ({n_faults} faults)", "0")
    assert wrong == {}


@pytest.mark.parametrize("case", LASTING, ids=lambda case: case.name)
def test_what_lasts_is_refused_whole_and_the_next_reading_has_everything(vendors: Estate, case: Case) -> None:
    n_landed, n_lost, n_rows, n_calls, wrong = 0, 0, 0, 0, {}
    for vendor in case.vendors:
        script = case.script(vendor)
        refused = vendors.read(vendor, *script)
        # What refers to a list that cannot be read is not asked for any more.
        assert 0 <= len(script) - len(vendors.vendors.faults.happened) <= len(refers_to_others(vendor))
        n_calls += len(refused.log)
        n_landed += sum(map(len, vendors.rows(refused).values()))
        read = vendors.read(vendor, source=refused.source)
        n_wrong, n = lost_and_doubled(vendors, vendor, read)
        n_lost, n_rows = n_lost + n_wrong, n_rows + n
        is_said = [case.says in problem for problem in refused.problems]
        if n_wrong or read.problems or len(is_said) != len(vendors.rows(read)) or not all(is_said):
            wrong[vendor] = (n_wrong, refused.problems, read.problems)

    allowed = MOST_CALLS_A_STREAM * sum(len(KINDS[vendor].streams) for vendor in case.vendors)
    figure(f"{case.name}: records taken, lost after it", f"{n_landed}, {n_lost:,} of {n_rows:,}", "0, 0")
    figure(f"{case.name}: calls made", str(n_calls), f"<= {allowed:,}")
    assert n_landed == 0
    assert wrong == {}
    assert n_calls <= allowed
