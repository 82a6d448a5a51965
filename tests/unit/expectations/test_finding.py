"""Findings, verdicts and their sentences."""

from datetime import date

import pytest

from config.gates import Limit
from config.run import Run
from expectations.finding import Finding, Rows, graded, percent, reasons_of, verdict_of
from expectations.report import NEXT_STEPS, OTHERWISE, next_step, render


def a_finding(check: str = "accounts.name.present", severity="warn", passed=False) -> Finding:
    return Finding(check, "accounts", severity, passed, 1012, 3, f"accounts: sentence of {check}")


@pytest.mark.parametrize(
    ("failing", "passed", "severity"),
    [
        (0, True, "fail"),
        (1, True, "fail"),
        (2, False, "warn"),
        (20, False, "warn"),
        (21, False, "fail"),
        (100, False, "fail"),
    ],
)
def test_a_share_is_graded_at_the_limits_and_not_before(failing, passed, severity):
    finding = graded("c", "accounts", "without name", Rows(100, failing), Limit(0.01, 0.20))

    assert (finding.passed, finding.severity) == (passed, severity)


def test_a_limit_without_fail_never_holds_a_day():
    finding = graded("c", "accounts", "without name", Rows(5, 5), Limit(0.0))

    assert (finding.passed, finding.severity, verdict_of([finding])) == (False, "warn", "DEGRADED")


def test_a_limit_of_nothing_holds_at_the_first_row():
    finding = graded("c", "accounts", "without name", Rows(10**9, 1), Limit(0.0, 0.0))

    assert (finding.passed, finding.severity) == (False, "fail")
    assert "less than 0.1 %" in finding.message


def test_the_sentence_names_table_numbers_and_limit():
    finding = graded("c", "accounts", "without name", Rows(1012, 33), Limit(0.01))

    assert finding.message == "accounts: 33 of 1,012 rows without name (3.3 %; allowed 1 %)"


def test_no_rows_are_no_share():
    assert graded("c", "accounts", "without name", Rows(0, 0), Limit(0.0)).passed


@pytest.mark.parametrize(
    ("ratio", "text"), [(0, "0 %"), (0.7771, "77.7 %"), (0.5385, "53.9 %"), (1, "100 %"), (0.0001, "less than 0.1 %")]
)
def test_percentages_are_rounded_half_up_and_a_little_is_not_nothing(ratio, text):
    assert percent(ratio) == text


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], "PASS"),
        ([a_finding(passed=True, severity="fail")], "PASS"),
        ([a_finding(), a_finding(passed=True, severity="fail")], "DEGRADED"),
        ([a_finding(), a_finding("b", "fail")], "HOLD"),
    ],
)
def test_the_verdict_is_that_of_the_worst_failed_check(findings, verdict):
    assert verdict_of(findings) == verdict


def test_reasons_put_what_stops_first_and_leave_out_what_passed():
    findings = [a_finding("b"), a_finding("a"), a_finding("z", "fail"), a_finding("y", "fail", passed=True)]

    assert reasons_of(findings) == [f"accounts: sentence of {check}" for check in ("z", "a", "b")]


def test_the_report_says_what_failed_and_what_to_do_next():
    findings = [
        a_finding("usage_events.volume"),
        a_finding("fct_account_days.mrr.step", "fail"),
        a_finding("a", passed=True),
    ]

    lines = render(Run(date(2026, 3, 10)), "marts", findings).splitlines()

    assert (
        lines[0] == "2026-03-10  gate marts  HOLD: nothing of this day is published; readers still see the day before"
    )
    assert lines[1] == "  1 of 3 checks passed"
    assert lines[2].startswith("  STOP  accounts: sentence of fct_account_days.mrr.step")
    assert lines[3].endswith(NEXT_STEPS["mrr.step"])
    assert lines[4].startswith("  warn  accounts: sentence of usage_events.volume")
    assert lines[6:] == ["  note  accounts: sentence of a"]


def test_every_check_has_a_next_step():
    assert next_step("subscriptions.currency.known") == NEXT_STEPS["currency.known"]
    assert next_step("tickets.csat.range") == OTHERWISE
