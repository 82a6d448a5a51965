"""What is wrong with CSV files in the wild costs a row, or one file with a clear message; never the others."""

import gzip
from datetime import UTC, datetime

import pytest

from copilot.sources.files import UnreadableFile

HEADER = b"ticket_id,account_id,opened_at,priority,csat\n"
GOOD = b"t1,a1,2026-01-02,low,5\n"


def codes(rejected):
    return [(reject.row_number, reject.code) for reject in rejected]


def test_a_ragged_row_is_rejected_with_its_own_row_number(gated):
    good, rejected = gated(
        "t.csv", HEADER + GOOD + b"t2,a1\n" + b"t3,a1,2026-01-02,low,5,9\n" + b"t4,a1,2026-01-02,,\n"
    )
    assert [row["_row_number"] for row in good] == [2, 5]
    assert codes(rejected) == [(3, "ragged_row"), (4, "ragged_row")]
    assert rejected[0].record == "t2,a1"


def test_a_quoted_line_break_does_not_shift_the_row_numbers(gated):
    good, rejected = gated("t.csv", HEADER + b'"t\n1",a1,2026-01-02,low,5\nt2,a1,never,low,5\n')
    assert good[0]["ticket_id"] == "t\n1"
    assert codes(rejected) == [(3, "not_a_date")]


def test_a_blank_line_is_no_record_and_keeps_the_count_of_rows(gated):
    good, rejected = gated("t.csv", HEADER + GOOD + b"\n" + GOOD)
    assert ([row["_row_number"] for row in good], rejected) == ([2, 4], [])


def test_a_quotation_mark_that_is_never_closed_is_one_rejected_row(gated):
    good, rejected = gated("t.csv", HEADER + GOOD + b't2,"a1,2026-01-02,low,5\n' + GOOD)
    assert (len(good), codes(rejected)) == (1, [(3, "ragged_row")])


def test_invalid_utf8_costs_the_row_and_names_the_setting(gated):
    good, rejected = gated("t.csv", HEADER + b"t1,caf\xe9,2026-01-02,low,5\n" + GOOD)
    assert (len(good), codes(rejected)) == (1, [(2, "not_utf8")])
    assert "encoding" in rejected[0].reason
    assert "caf\\\\xe9" in rejected[0].record


def test_latin_1_is_read_when_the_mapping_says_so(gated):
    good, rejected = gated("t.csv", HEADER + b"t1,caf\xe9,2026-01-02,low,5\n", encoding="latin-1")
    assert ([row["account_id"] for row in good], rejected) == (["café"], [])


def test_utf16_with_a_byte_order_mark_is_read(gated):
    good, _ = gated("t.csv", (HEADER + "t1,é,2026-01-02,low,5\n".encode()).decode().encode("utf-16"))
    assert [row["account_id"] for row in good] == ["é"]


def test_a_utf8_byte_order_mark_and_crlf_are_not_part_of_the_names_or_values(gated):
    good, _ = gated("t.csv", b"\xef\xbb\xbf" + (HEADER + GOOD).replace(b"\n", b"\r\n"))
    assert (good[0]["ticket_id"], good[0]["csat"]) == ("t1", 5)


def test_a_nul_byte_costs_the_row(gated):
    good, rejected = gated("t.csv", HEADER + b"t1,a\x001,2026-01-02,low,5\n" + GOOD)
    assert (len(good), codes(rejected)) == (1, [(2, "nul_byte")])
    assert "\0" not in rejected[0].record


def test_a_megabyte_in_one_field_costs_the_row_and_is_kept_whole(gated):
    good, rejected = gated("t.csv", HEADER + b"t1," + b"x" * 1_000_000 + b",2026-01-02,low,5\n" + GOOD)
    assert (len(good), codes(rejected)) == (1, [(2, "too_long")])
    assert len(rejected[0].record) > 1_000_000
    assert len(rejected[0].reason) < 200


def test_a_delimiter_at_the_end_of_every_row_is_no_column(gated):
    good, rejected = gated("t.csv", HEADER + GOOD.replace(b"\n", b",\n") * 2)
    assert (len(good), rejected) == (2, [])


def test_another_delimiter_is_read_when_the_mapping_says_so(gated):
    good, _ = gated("t.csv", (HEADER + GOOD).replace(b",", b";"), delimiter=";")
    assert len(good) == 1


def test_columns_that_nobody_asked_for_are_dropped_even_when_they_occur_twice(gated):
    good, _ = gated("t.csv", b"ticket_id,account_id,opened_at,x,x\nt1,a1,2026-01-02,1,2\n")
    assert "x" not in good[0]


@pytest.mark.parametrize("content", [b"", b"\n", HEADER])
def test_an_empty_file_and_a_header_alone_hold_no_rows(gated, content):
    assert gated("t.csv", content) == ([], [])


@pytest.mark.parametrize(
    ("name", "content", "mapping", "message"),
    [
        ("t.csv", b"ticket_id,acount_id,opened_at\n1,2,3\n", {}, "no column account_id: did you mean acount_id?"),
        ("t.csv", b"account_id,ticket_id,opened_at,account_id\n1,2,3,4\n", {}, "account_id occurs 2 times"),
        (
            "t.csv", HEADER + GOOD,
            {"columns": {"ticket_id": "ticket_id", "account_id": "acct_id", "opened_at": "opened_at"}},
            "mapped to column acct_id, which is not in the file: did you mean account_id?",
        ),
        ("t.csv.gz", gzip.compress(HEADER + GOOD * 5000)[:-30], {}, "ends too early"),
        ("t.csv.gz", b"not gzip", {}, "cannot be read"),
        ("t.parquet", b"PAR1 not parquet PAR1", {}, "cannot be read"),
        ("t.csv", HEADER + GOOD, {"encoding": "klingon"}, "set `encoding:`"),
        ("t.xlsx", b"PK", {}, "unknown kind of file"),
        ("t.csv", HEADER + b'"' + b"x" * (20 << 20), {}, "one record is longer than 8 MiB"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(gated, name, content, mapping, message):
    with pytest.raises(UnreadableFile) as raised:
        gated(name, content, **mapping)
    assert message in str(raised.value)


def test_a_row_without_recorded_at_is_known_from_its_own_date(gated):
    good, _ = gated("t.csv", HEADER + GOOD)
    assert good[0]["recorded_at"] == datetime(2026, 1, 2, tzinfo=UTC)
