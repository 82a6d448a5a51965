"""F27, F28: a book of two thousand accounts, a book of none, and vendors that suddenly have nothing."""

from collections import Counter
from datetime import timedelta

from copilot.digest.text import render_text, word_count
from copilot.sandbox.vendors.edits import records
from tests.faults.estate import KINDS, Estate
from tests.figures import figure
from tests.unit.digest.sample import a_book, a_page, an_account, at_risk

MOST_WORDS = 450


def test_one_csm_with_two_thousand_accounts_gets_one_mail_of_the_usual_size_that_counts_them_all() -> None:
    usual = a_page(a_book(*[at_risk(f"a{n}") for n in range(20)]))
    page = a_page(a_book(*[at_risk(f"a{n:04}") for n in range(2000)]))
    text = render_text(page)

    assert (usual.n_to_act, len(usual.act)) == (20, 5)
    assert page.n_to_act == 2000
    assert len(page.act) == 5
    assert "\n1,995 more to act on: see the board\n" in text or "\n1995 more to act on: see the board\n" in text
    figure("F27 words of the digest of 2,000 accounts at risk", str(word_count(text)), f"<= {MOST_WORDS}")
    assert word_count(text) <= MOST_WORDS


def test_a_book_without_any_account_is_a_page_that_says_so() -> None:
    full, empty = (render_text(a_page(a_book(*book))) for book in ([an_account()], []))

    assert "1 account" in full
    assert "0 accounts, $0 ARR" in empty


def test_a_vendor_that_has_nothing_any_more_takes_nothing_away(vendors: Estate) -> None:
    """Eight days later, when everything is read whole again, every list is empty."""
    now, gone, n_rows, n_empty = vendors.vendors.now, {}, 0, 0
    for vendor, kind in KINDS.items():
        read = vendors.read(vendor)
        before = vendors.rows(read)
        vendors.vendors.now = now + timedelta(days=8)
        vendors.read(vendor, *kind.faults("changed", times=99, change=records(lambda _: [])), source=read.source)
        n_empty += vendors.happened()
        after = vendors.rows(read)
        vendors.vendors.now = now
        n_rows += sum(map(len, before.values()))
        if after != before:
            gone[vendor] = {table: len(Counter(rows) - Counter(after[table])) for table, rows in before.items()}

    n_gone = sum(sum(counts.values()) for counts in gone.values())
    figure("F28 records taken away by vendors that had nothing", f"{n_gone} of {n_rows:,}", "0")
    assert n_empty > 30
    assert gone == {}


def test_a_first_reading_that_brings_nothing_is_an_outage_and_the_next_one_reads_everything(vendors: Estate) -> None:
    lost, n_rows, n_named = {}, 0, 0
    for vendor, kind in KINDS.items():
        usual = vendors.rows(vendors.undisturbed(vendor))
        nothing = vendors.read(vendor, *kind.faults("changed", times=99, change=records(lambda _: [])))
        assert nothing.outcome["landed"] == 0
        assert len(nothing.problems) == len(usual)
        n_named += len(nothing.problems)
        after = vendors.rows(vendors.read(vendor, source=nothing.source))
        n_rows += sum(map(len, usual.values()))
        if after != usual:
            lost[vendor] = {table: len(Counter(rows) - Counter(after.get(table, ()))) for table, rows in usual.items()}

    n_lost = sum(sum(counts.values()) for counts in lost.values())
    figure("F28 records lost to a first reading that brought nothing", f"{n_lost} of {n_rows:,}", "0")
    assert n_named > 25
    assert lost == {}
