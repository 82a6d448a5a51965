"""What an operator reads of a reconciliation."""

from datetime import date
from decimal import Decimal

from copilot.reconcile.text import drawn, verdict
from copilot.warehouse.recon_daily import Shown

DAY = date(2026, 11, 17)
GOOD = Shown("billing", "invoices", DAY, "rows", "", Decimal(4), Decimal(4), Decimal(0), Decimal(0), Decimal(4),
             "agrees", "billing.invoices, rows of 2026-11-17: …", None)  # fmt: skip
NOTHING = GOOD._replace(table="churn_events", source_total=Decimal(0), raw_good=Decimal(0), mart_total=None)
SHORT = GOOD._replace(
    measure="amount", currency="EUR", source_total=Decimal("1333.10"), verdict="raw_short",
    message="billing.invoices, EUR amount of 2026-11-17: …", off_since=date(2026, 11, 15),
)  # fmt: skip
SILENT = GOOD._replace(source="usage", table="usage_events", source_total=None, verdict="not_asked", message="down")


def test_the_table_leaves_out_days_of_which_nobody_has_anything() -> None:
    header, *told = drawn([GOOD, NOTHING])
    assert header.endswith("verdict")
    assert [line.split()[0] for line in told] == ["billing.invoices"]


def test_what_is_off_stands_in_the_table_and_below_it_in_words() -> None:
    told = list(drawn([GOOD, SHORT, SILENT]))
    assert "1,333.10" in told[2]
    assert told[2].endswith("RAW IS SHORT")
    assert told[4] == f"- RAW IS SHORT: {SHORT.message} (off since the run of 2026-11-15)"
    assert told[5] == "- not asked: down"


def test_one_line_says_whether_all_agrees_and_who_was_not_asked() -> None:
    assert verdict([GOOD, NOTHING]) == "all 2 comparisons agree"
    first, *others = verdict([GOOD, SHORT, SILENT]).splitlines()
    assert first == "3 comparisons, 1 off, not asked: usage.usage_events"
    assert [line.strip() for line in others] == [f"- RAW IS SHORT: {SHORT.message} (off since the run of 2026-11-15)"]
