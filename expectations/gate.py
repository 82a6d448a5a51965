"""The two gates: each looks at one day, writes one row per check and one verdict, and raises `Held` if it must stop.

    check_raw(run)    before dbt: ops.dq_run_verdict and ops.gate_verdict of gate `raw`
    check_marts(run)  before the model and publish: the same of gate `marts`

Same data and day, same rows: a repeated run replaces its own verdict by an equal one.
"""

import json
from collections.abc import Sequence
from typing import Any

from config.gates import Gates, default_gates
from config.kill_point import kill_point
from config.run import Run
from expectations import columns, identity_checks, marts_checks, model_checks, raw_checks, sources
from expectations.finding import Finding, Gate, reasons_of, verdict_of
from expectations.late_rows import late_row_checks
from expectations.marts_suite import marts_rules
from expectations.overlaps import overlap_checks
from expectations.raw_suite import raw_rules
from expectations.reconciled import reconciled_checks
from expectations.session import Connection, lay_out_raw, open_session
from expectations.volume import judge_volume, recorded_by_day


class Held(RuntimeError):  # noqa: N818  (the day is held; nothing in the gate went wrong)
    """The day must not go on; the message lists the reasons."""


def check_raw(run: Run, gates: Gates | None = None) -> dict[str, Any]:
    """Gate 1: may dbt build from what is known on the day? Returns verdict, checks, failed, reasons; raises Held."""
    with open_session(run, "raw") as connection:
        findings = _raw_findings(connection, run, gates or default_gates())
        return _conclude(connection, run, "raw", findings)


def check_marts(run: Run, gates: Gates | None = None) -> dict[str, Any]:
    """Gate 2: may the day's marts be scored and published? Returns as check_raw; raises Held."""
    with open_session(run, "marts") as connection:
        findings = _marts_findings(connection, run, gates or default_gates())
        return _conclude(connection, run, "marts", findings)


def _raw_findings(connection: Connection, run: Run, gates: Gates) -> list[Finding]:
    slices = lay_out_raw(connection, run, gates)
    listed = sources.declared(run)
    found = sources.deliveries(connection, run)
    counts = recorded_by_day(connection, run, gates.volume)
    return [
        *sources.presence_checks(slices, listed, run),
        *sources.delivery_checks(found, listed, run),
        *sources.quarantine_checks(connection, found, gates.limits["quarantine"]),
        *sources.freshness_checks(counts, slices, run, gates),
        *reconciled_checks(connection, run),
        *(judge_volume(t, counts[t], run.as_of, gates.volume) for t in gates.volume.tables if t in counts),
        *raw_checks.cross_checks(connection, run, gates, slices),
        *identity_checks.account_checks(connection, run, gates, slices),
        *raw_checks.rewritten_events(connection, run, gates, slices),
        *raw_checks.died_columns(connection, run, gates, slices),
        *columns.evaluate(connection, raw_rules(gates, slices)),
    ]


def _marts_findings(connection: Connection, run: Run, gates: Gates) -> list[Finding]:
    n_rows = marts_checks.lay_out_marts(connection, run)
    findings = marts_checks.built_checks(n_rows, run)
    features = marts_checks.feature_columns(connection)
    if n_rows.get("fct_account_days"):
        findings += marts_checks.step_checks(connection, run, gates.marts)
        findings += marts_checks.share_checks(connection, gates)
    if n_rows.get("fct_account_days") and n_rows.get("mart_kpi_daily"):
        findings += marts_checks.kpi_checks(connection)
    if n_rows.get("churn_features"):
        findings += model_checks.feature_checks(connection, run, features, gates.marts)
    findings += identity_checks.money_checks(connection, gates)
    findings += model_checks.label_checks(connection, run, gates.marts)
    findings += late_row_checks(connection, run)
    findings += overlap_checks(connection, run)
    return findings + columns.evaluate(connection, marts_rules(features, n_rows))


def _conclude(connection: Connection, run: Run, gate: Gate, findings: Sequence[Finding]) -> dict[str, Any]:
    verdict, reasons = verdict_of(findings), reasons_of(findings)
    _write(connection, run, gate, findings)
    if verdict == "HOLD":
        listed = "\n".join(f"- {reason}" for reason in reasons)
        raise Held(f"{run.as_of} is held at the {gate} gate; nothing is published, the day before stays:\n{listed}")
    failed = sum(not finding.passed for finding in findings)
    return {"verdict": verdict, "checks": len(findings), "failed": failed, "reasons": reasons}


def _write(connection: Connection, run: Run, gate: Gate, findings: Sequence[Finding]) -> None:
    named = (run.as_of, gate)
    with connection.transaction():
        connection.execute("delete from ops.dq_run_verdict where as_of_date = %s and gate = %s", named)
        connection.execute("delete from ops.gate_verdict where as_of_date = %s and gate = %s", named)
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.dq_run_verdict values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (*named, f.check_id, f.subject, f.severity, f.passed, f.n_checked, f.n_failing, f.message)
                    for f in sorted(findings, key=lambda f: f.check_id)
                ],
            )
        connection.execute(
            "insert into ops.gate_verdict values (%s, %s, %s, %s)",
            (*named, verdict_of(findings), json.dumps(reasons_of(findings))),
        )
        kill_point("gate.before_commit")
    connection.commit()
