"""F15, F17, F18: pages that shift while they are read, deliveries that repeat, and states older than what is known."""

from datetime import timedelta

import psycopg

from config.settings import dsn
from copilot.sandbox.vendors.faults import Fault
from tests.faults.estate import KINDS, Estate
from tests.faults.every_fault import PAGED
from tests.figures import figure

DAY = timedelta(days=1)


def test_what_changes_while_pages_are_turned_is_there_after_the_next_reading(vendors: Estate) -> None:
    """Half a day of the company's life passes between one page and the next, for ten days."""
    now, lost, n_records, n_moved = vendors.vendors.now, {}, 0, 0
    for vendor in PAGED:
        usual = vendors.newest(vendors.undisturbed(vendor))

        def live() -> None:
            vendors.vendors.now = min(now, vendors.vendors.now + DAY / 2)

        vendors.vendors.now = now - 10 * DAY
        read = vendors.read(vendor, Fault("meanwhile", nth=2, times=20, meanwhile=live))
        n_moved += vendors.happened()
        vendors.vendors.now = now
        again = vendors.read(vendor, source=read.source)
        assert again.problems == []
        states = vendors.newest(again)
        n_records += sum(map(len, usual.values()))
        missing = {table: len(rows) - len(states.get(table, ())) for table, rows in usual.items()}
        if any(missing.values()):
            lost[vendor] = missing

    n_lost = sum(max(n, 0) for missing in lost.values() for n in missing.values())
    figure("F15 records lost to pages that shifted", f"{n_lost} of {n_records:,} ({n_moved} shifts)", "0")
    assert n_moved > 50
    assert lost == {}


def test_everything_delivered_once_more_changes_nothing(vendors: Estate) -> None:
    doubled, n_again = {}, 0
    for vendor in KINDS:
        usual = vendors.undisturbed(vendor)
        before = vendors.rows(usual)
        _forget(vendors, usual.source)
        again = vendors.read(vendor, source=usual.source)
        n_again += again.outcome["received"]
        if vendors.rows(usual) != before or again.outcome["landed"]:
            doubled[vendor] = again.outcome

    n_doubled = sum(outcome["landed"] for outcome in doubled.values())
    figure("F17 rows doubled by a second delivery", f"{n_doubled} of {n_again:,}", "0")
    assert n_again > 3000
    assert doubled == {}


def test_a_vendor_that_goes_back_to_yesterdays_state_takes_nothing_back(vendors: Estate) -> None:
    """A copy that lags behind answers: everything that it says is older than what is known."""
    now, regressed, n_older, n_records = vendors.vendors.now, {}, 0, 0
    for vendor in KINDS:
        read = vendors.read(vendor)
        before = vendors.newest(read)
        _forget(vendors, read.source)
        vendors.vendors.now = now - 10 * DAY
        older = vendors.read(vendor, source=read.source)
        vendors.vendors.now = now
        after = vendors.newest(read)
        n_older += older.outcome["received"]
        n_records += sum(map(len, before.values()))
        back = {table: [row for row in rows if row not in after[table]] for table, rows in before.items()}
        if any(back.values()):
            regressed[vendor] = back

    n_back = sum(len(rows) for back in regressed.values() for rows in back.values())
    figure("F18 records that went back to an older state", f"{n_back} of {n_records:,}", "0")
    assert n_older > 3000
    assert regressed == {}


def _forget(vendors: Estate, source: str) -> None:
    """So that everything is asked for again."""
    with psycopg.connect(dsn("owner", vendors.vendors.database)) as owner:
        owner.execute("delete from ops.stream_position where source = %s", (source,))
