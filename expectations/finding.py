"""One check's result, and the verdict that many of them make. Pure: no database, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from config.gates import NEVER, Limit

Severity = Literal["warn", "fail"]
Verdict = Literal["PASS", "DEGRADED", "HOLD"]
Gate = Literal["raw", "marts"]


@dataclass(frozen=True)
class Finding:
    """What one check saw. `message` is a sentence with numbers; of a row it holds at most the id."""

    check_id: str
    subject: str
    severity: Severity
    passed: bool
    n_checked: int
    n_failing: int
    message: str


@dataclass(frozen=True)
class Rows:
    """How many rows were looked at and how many of them are wrong."""

    n_checked: int
    n_failing: int

    @property
    def ratio(self) -> float:
        """Share of wrong rows in [0, 1]; 0 when there is nothing to look at."""
        return self.n_failing / self.n_checked if self.n_checked else 0.0


def graded(check_id: str, subject: str, what: str, rows: Rows, limit: Limit) -> Finding:
    """The finding of a check that counts wrong rows: `accounts: 3 of 1,012 rows without name`."""
    passed = rows.ratio <= limit.warn
    message = f"{subject}: {rows.n_failing:,} of {rows.n_checked:,} rows {what}"
    if rows.n_failing:
        message += f" ({percent(rows.ratio)}; allowed {percent(limit.warn)})"
    return Finding(check_id, subject, severity_of(rows.ratio, limit), passed, rows.n_checked, rows.n_failing, message)


def severity_of(ratio: float, limit: Limit) -> Severity:
    """Whether that share of wrong rows holds the day, or would; `warn` where the limit never holds it."""
    if ratio <= limit.warn:
        return "fail" if limit.fail < NEVER else "warn"
    return "fail" if limit.fail < NEVER and ratio > limit.fail else "warn"


def percent(ratio: float) -> str:
    """A share for people: 0.7771 is `77.7 %`, and a share that is not nothing is never written as 0."""
    if 0 < ratio < 0.001:
        return "less than 0.1 %"
    tenths = (Decimal(str(round(ratio, 9))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{tenths} %".replace(".0 %", " %")


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """HOLD when a fail check failed, DEGRADED when only warn checks did, else PASS."""
    failed = {finding.severity for finding in findings if not finding.passed}
    if "fail" in failed:
        return "HOLD"
    return "DEGRADED" if failed else "PASS"


def reasons_of(findings: Iterable[Finding]) -> list[str]:
    """The failed checks' sentences, the worst first, then by check."""
    failed = (finding for finding in findings if not finding.passed)
    return [finding.message for finding in sorted(failed, key=lambda f: (f.severity != "fail", f.check_id))]
