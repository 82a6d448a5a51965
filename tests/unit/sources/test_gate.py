"""A record has one fate: it is good and typed, or it is rejected with the first thing that is wrong with it."""

import pytest

HEADER = b"ticket_id,account_id,opened_at,priority,csat\n"


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (b",a1,2026-01-02,low,5", "missing_key", "ticket_id is empty"),
        (b"t1,,2026-01-02,low,5", "missing_value", "account_id is empty"),
        (b"t1,a1,2026-01-02,High,5", "unknown_value", "priority is 'High': did you mean high?"),
        (b"t1,a1,2026-01-02,low,9", "out_of_range", "csat is '9', out of range"),
        (b"t1,a1,2026-01-02,low,NaN", "not_a_number", "csat is 'NaN'"),
        (b"t1,a1,02.01.2026,low,5", "not_a_date", "opened_at is '02.01.2026'"),
        (b"t1,a1,2026-01-02,N/A,5", "unknown_value", "priority is 'N/A'"),
    ],
)
def test_a_fault_is_named_with_its_column_and_value(gated, row, code, words):
    good, rejected = gated("t.csv", HEADER + row + b"\nt9,a1,2026-01-02,low,5\n")
    assert [row["ticket_id"] for row in good] == ["t9"]
    assert [(reject.row_number, reject.code) for reject in rejected] == [(2, code)]
    assert words in rejected[0].reason


def test_a_negative_mrr_is_out_of_range_but_a_credit_note_is_not(gated):
    _, rejected = gated("s.csv", b"subscription_id,account_id,started_on,mrr\ns1,a1,2026-01-02,-5\n", "subscriptions")
    assert [reject.code for reject in rejected] == ["out_of_range"]
    good, _ = gated("i.csv", b"invoice_id,account_id,issued_on,amount\ni1,a1,2026-01-02,-5\n", "invoices")
    assert good[0]["amount"] == -5


def test_values_are_mapped_to_the_canonical_choices_and_others_stay(gated):
    rows = b"t1,a1,2026-01-02,P1,5\nt2,a1,2026-01-02,low,5\n"
    good, _ = gated("t.csv", HEADER + rows, values={"priority": {"P1": "urgent"}})
    assert [row["priority"] for row in good] == ["urgent", "low"]


def test_a_constant_fills_a_column_that_the_file_does_not_have(gated):
    good, _ = gated("t.csv", b"ticket_id,account_id,opened_at\nt1,a1,2026-01-02\n", constants={"priority": "high"})
    assert good[0]["priority"] == "high"


def test_usage_needs_an_account_or_a_subscription(gated):
    rows = b"event_id,account_id,subscription_id,occurred_at\ne1,,,2026-01-02\ne2,,s1,2026-01-02\n"
    good, rejected = gated("u.csv", rows, "usage_events")
    assert ([row["event_id"] for row in good], [r.reason for r in rejected]) == (
        ["e2"], ["account_id or subscription_id is empty, and it is needed"],
    )  # fmt: skip


def test_a_personal_value_is_kept_in_the_record_and_not_in_the_reason(gated):
    row = b"contact_id,account_id,email\nc1,a1," + b"secret@example.com" * 5000 + b"\n"
    _, rejected = gated("c.csv", row, "contacts")
    assert "secret" not in rejected[0].reason
    assert "secret" in rejected[0].record


def test_null_and_na_are_ordinary_text_where_text_is_allowed(gated):
    good, rejected = gated("a.csv", b"account_id,name\na1,NULL\na2,N/A\n", "accounts")
    assert ([row["name"] for row in good], rejected) == (["NULL", "N/A"], [])


def test_a_key_too_long_for_an_index_is_rejected_before_it_breaks_the_batch(gated):
    _, rejected = gated("t.csv", HEADER + b"t" * 3000 + b",a1,2026-01-02,low,5\n")
    assert [reject.code for reject in rejected] == ["too_long"]


def test_the_three_formats_give_the_same_row(gated, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted, _ = gated("t.csv", HEADER + b"t1,a1,2026-01-02T03:04:05Z,low,4.5\n")
    line = b'{"ticket_id":"t1","account_id":"a1","opened_at":"2026-01-02T03:04:05Z","priority":"low","csat":4.5}\n'
    json_rows, _ = gated("t.jsonl", line)
    typed = {
        "ticket_id": ["t1"],
        "account_id": ["a1"],
        "opened_at": [wanted[0]["opened_at"]],
        "priority": ["low"],
        "csat": [4.5],
    }
    pq.write_table(pa.table(typed), tmp_path / "made.parquet")
    parquet_rows, _ = gated("t.parquet", (tmp_path / "made.parquet").read_bytes())
    for rows in (json_rows, parquet_rows):
        assert [{**row, "_row_number": 2} for row in rows] == wanted
