"""A day's verdicts as plain text, for the operator who is called at night: what failed, how much, what to do next."""

from collections.abc import Sequence

from config.run import Run
from expectations.finding import Finding, Gate, Verdict, verdict_of
from expectations.session import open_session

MEANING: dict[Verdict, str] = {
    "PASS": "everything was as it should be",
    "DEGRADED": "published, with these reservations",
    "HOLD": "nothing of this day is published; readers still see the day before",
}
# The last words of a check's name -> what to do. The longest match counts.
NEXT_STEPS: dict[str, str] = {
    "delivered": "ask the source's owner, deliver the file again, then run the day again: no row is doubled",
    "readable": "see quarantine.rejected_record for file, row and reason; repair the file and deliver it again",
    "present": "look at the source's column mapping (`copilot sources check`), then run the day again",
    "fresh": "the source's export has stopped: restart it; the days after it are corrected by running them again",
    "volume": "compare with the source's own count of that day; a late file is taken in by the next run",
    "alive": "a column was renamed or dropped at the source: correct the mapping, deliver the day again",
    "account.known": "the ids of two sources do not match: look at the mapping of account_id",
    "subscription.known": "the ids of two sources do not match: look at the mapping of subscription_id",
    "account.created": "one of the two dates is not what it says: look at the mapping of opened_at and created_on",
    "period": "usage cannot be tied to subscriptions: look at the mapping of started_on, ended_on and occurred_at",
    "currency.known": "add a dated rate to dbt/seeds/fx_rates.csv and the currency to config/gates.yml",
    "priced": "see gate raw for the subscriptions without a price or rate; add dated rates to dbt/seeds/fx_rates.csv",
    "mrr.step": "look at billing's newest files; if the fall is real, record the notices or raise marts.mrr_fall",
    "accounts.step": "look at the CRM's newest files; if the change is real, raise marts.account_fall",
    "built": "run the build again and read its log; the gate only looks",
    "base_rate": "look at recorded notices and ends of subscriptions; until then do not trust a new model",
}
OTHERWISE = "find the rows with the check's table and column; if they are right, change config/gates.yml and say why"


def render(run: Run, gate: Gate, findings: Sequence[Finding]) -> str:
    """One gate's day in lines of plain text, the worst first; no value of any row."""
    verdict = verdict_of(findings)
    failed = sorted((f for f in findings if not f.passed), key=lambda f: (f.severity != "fail", f.check_id))
    lines = [
        f"{run.as_of}  gate {gate}  {verdict}: {MEANING[verdict]}",
        f"  {len(findings) - len(failed)} of {len(findings)} checks passed",
    ]
    for finding in failed:
        mark = "STOP" if finding.severity == "fail" else "warn"
        lines += [f"  {mark}  {finding.message}", f"        {finding.check_id}: {next_step(finding.check_id)}"]
    # What stayed within its limit is no reservation, but it is not nothing either.
    lines += [f"  note  {f.message}" for f in findings if f.passed and f.n_failing]
    return "\n".join(lines)


def next_step(check_id: str) -> str:
    """What to do about a failed check."""
    matching = [ending for ending in NEXT_STEPS if check_id.endswith(f".{ending}")]
    return NEXT_STEPS[max(matching, key=len)] if matching else OTHERWISE


def day_report(run: Run) -> str:
    """What both gates wrote about the day; says so when a gate has not judged it."""
    gates: tuple[Gate, ...] = ("raw", "marts")
    return "\n".join(_gate_report(run, gate) for gate in gates)


def _gate_report(run: Run, gate: Gate) -> str:
    findings = read_findings(run, gate)
    return render(run, gate, findings) if findings else f"{run.as_of}  gate {gate}  has not judged this day"


def read_findings(run: Run, gate: Gate) -> list[Finding]:
    """The checks that the gate wrote for the day, by name."""
    with open_session(run, gate) as connection:
        rows = connection.execute(
            """select check_id, subject, severity, passed, n_checked, n_failing, message from ops.dq_run_verdict
            where as_of_date = %s and gate = %s order by check_id""",
            (run.as_of, gate),
        )
        return [Finding(*row) for row in rows]
