"""A broken JSON line costs that line; its neighbours are read by the slow way and give the same rows as by the fast."""

import json

import pytest

GOOD = b'{"ticket_id":"t1","account_id":"a1","opened_at":"2026-01-02","csat":4.5,"is_escalated":true}\n'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "malformed_json"),
        (b"[1]", "malformed_json"),
        (b'{"ticket_id":"t2","account_id":"a1","opened_at":"2026-01-02","csat":NaN}', "malformed_json"),
        (b'{"ticket_id":"\\ud800","account_id":"a1","opened_at":"2026-01-02"}', "malformed_json"),
        (b'{"ticket_id":"\xff","account_id":"a1","opened_at":"2026-01-02"}', "not_utf8"),
        (b'{"ticket_id":"t2","account_id":"a\\u0000","opened_at":"2026-01-02"}', "nul_byte"),
        (b'{"ticket_id":"t2","account_id":"a1","opened_at":"2026-01-02","csat":1e999}', "out_of_range"),
        (b'{"ticket_id":"t2","account_id":"a1","opened_at":"2026-01-02","csat":""}', "not_a_number"),
        (b'{"ticket_id":"t2","account_id":"a1","opened_at":1700000000}', "not_a_date"),
        (b'{"ticket_id":null,"account_id":"a1","opened_at":"2026-01-02"}', "missing_key"),
    ],
)
def test_a_broken_line_is_rejected_and_its_neighbours_are_good(gated, line, code):
    good, rejected = gated("t.jsonl", GOOD + line + b"\n" + GOOD)
    assert [row["_row_number"] for row in good] == [1, 3]
    assert [(reject.row_number, reject.code) for reject in rejected] == [(2, code)]


def test_the_slow_way_gives_the_same_rows_as_the_fast(gated):
    lines = [
        {"ticket_id": f"t{n}", "account_id": "a1", "opened_at": "2026-01-02", "csat": 1 + n / 10} for n in range(30)
    ]
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    fast, _ = gated("t.jsonl", content)
    slow, _ = gated("t.jsonl", content + b"\n")
    assert len(fast) == 30
    assert fast == slow


def test_numbers_may_be_ids(gated):
    good, _ = gated("t.jsonl", GOOD.replace(b'"t1"', b"17"))
    assert [row["ticket_id"] for row in good] == ["17"]


def test_a_last_line_without_an_end_and_a_byte_order_mark_are_read(gated):
    good, _ = gated("t.jsonl", b"\xef\xbb\xbf" + GOOD + GOOD.strip())
    assert [row["_row_number"] for row in good] == [1, 2]
