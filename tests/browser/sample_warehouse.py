"""A small published warehouse for boards: plausible rows straight into `serving`, the same on every run.

It stands in for the pipeline where only the board is under test. 60 published days, so that every history has a shape.
"""

import json
import math
import random
from datetime import date, timedelta
from typing import Any

from copilot.warehouse.connect import Connection, connect

LAST_DAY = date(2026, 11, 17)
N_DAYS = 60
N_ACCOUNTS = 200
SEED = 7

SEGMENTS = ("Enterprise", "Mid-Market", "SMB")
REGIONS = ("EMEA", "North America", "APAC", "LATAM")
CSMS = ("Ana Ruiz", "Ben Okafor", "Chloe Martin", "Deepak Rao", "Elif Kaya", "Farid Haddad", "Grace Liu", "Henrik Dahl")
FIRST = ("Acme", "Northwind", "Blue Harbor", "Cobalt", "Delta Ridge", "Evergreen", "Falcon", "Granite", "Helios", "Iron Gate")
SECOND = ("Labs", "Systems", "Logistics", "Health", "Energy", "Foods", "Retail", "Analytics", "Media", "Bank")
REASONS = (
    "3 of 40 seats active, was 22",
    "No login for 24 days",
    "Invoice 31 days past due",
    "2 urgent tickets open, oldest 12 days",
    "Champion not seen for 45 days",
    "Renewal in 38 days without a meeting",
    "Usage 62 % below peers of the segment",
)
STEPS = ("Call the champion this week", "Escalate the open tickets", "Book a renewal review", "Agree a payment plan")
RULES = ("usage_drop", "login_gap", "urgent_tickets", "payment_overdue", "churn_risk", "champion_left")
SEVERITIES = ("critical", "high", "medium", "low")
CANDIDATES = (("xgboost", 0.31, 0.82, 4.6), ("logistic", 0.28, 0.80, 4.1), ("rules", 0.17, 0.71, 2.4), ("constant", 0.05, 0.5, 1.0))

Row = dict[str, Any]


def fill(database: str) -> None:
    """Publish all days afresh. The warehouse must be migrated."""
    with connect("owner", database) as owner:
        owner.execute("delete from serving.published_day")
        accounts = _accounts()
        for back in range(N_DAYS - 1, -1, -1):
            day = LAST_DAY - timedelta(days=back)
            for table, rows in _day(day, back, accounts).items():
                _insert(owner, table, rows)


def _insert(owner: Connection, table: str, rows: list[Row]) -> None:
    if not rows:
        return
    rows = [_missing_values(owner, table, rows[0]) | row for row in rows]
    names = ", ".join(rows[0])
    with owner.cursor().copy(f"copy serving.{table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row([json.dumps(v) if isinstance(v, list | dict) else v for v in row.values()])


def _missing_values(owner: Connection, table: str, row: Row) -> Row:
    """Neutral values for required columns that this sample says nothing about."""
    required = owner.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'serving' and table_name = %s and is_nullable = 'NO'", (table,),
    )
    neutral: dict[str, Any] = {"jsonb": [], "boolean": False, "text": ""}
    return {str(name): neutral.get(str(kind), 0) for name, kind in required if name not in row}


def _accounts() -> list[Row]:
    chance = random.Random(SEED)
    rows = []
    for number in range(N_ACCOUNTS):
        segment = SEGMENTS[0 if number % 7 == 0 else 1 if number % 3 == 0 else 2]
        arr = {"Enterprise": 140_000, "Mid-Market": 42_000, "SMB": 9_000}[segment] * (0.5 + chance.random())
        name = f"{FIRST[number % 10]} {SECOND[(number // 10) % 10]}" + (" Group" if number >= 100 else "")
        rows.append(
            {
                "account_id": f"acc-{number:04d}", "name": name, "segment": segment, "region": REGIONS[number % 4],
                "tier": ("Premium", "Standard")[number % 2], "csm": number % len(CSMS), "arr": round(arr, 2),
                "renewal": chance.randrange(10, 360), "phase": chance.random() * 6, "base": chance.betavariate(5, 2) * 100,
                "swing": chance.random() * 14, "drift": chance.gauss(0, 0.16),
            }
        )
    return rows


def _score(account: Row, back: int) -> float:
    wave = account["swing"] * math.sin(account["phase"] + back / 9)
    return max(2.0, min(99.0, account["base"] + wave - account["drift"] * (N_DAYS - back)))


def _day(day: date, back: int, accounts: list[Row]) -> dict[str, list[Row]]:
    account_rows = [_account_row(day, back, a) for a in accounts]
    alert_rows = [row for number, a in enumerate(accounts) if (row := _alert_row(day, back, number, a))]
    return {
        "published_day": [_published(day, back)],
        "account_day": account_rows,
        "alert_day": alert_rows,
        "kpi_day": _kpi_rows(day, account_rows, alert_rows),
        "source_day": _source_rows(day, back),
        "dq_verdict_day": _verdict_rows(day, back),
        "model_performance": _model_rows(day) if back == 0 else [],
    }


def _published(day: date, back: int) -> Row:
    degraded = back in {4, 17, 18}
    return {
        "as_of_date": day, "run_id": f"run-{day}", "verdict": "DEGRADED" if degraded else "PASS",
        "reasons": ["support: tickets arrived late"] if degraded else [], "model_mode": "model",
        "model_version": "churn-90d v3", "model_note": "", "n_accounts": N_ACCOUNTS,
        "n_sources_fresh": 3 if degraded else 4, "n_sources": 4, "content_sha256": f"{day:%Y%m%d}" * 8,
    }


def _account_row(day: date, back: int, account: Row) -> Row:
    score, week_ago = round(_score(account, back), 1), round(_score(account, back + 7), 1)
    number = int(account["account_id"][4:])
    scored = number % 23 != 5
    chance = min(0.97, 0.9 * math.exp(-score / 24)) if scored else None
    risk = "unknown" if chance is None else next(b for b, low in _RISK if chance >= low)
    reasons = [{"text": REASONS[(number + k) % 7]} for k in range(3 if risk in ("critical", "high") else 1 if risk == "medium" else 0)]
    return {
        "as_of_date": day, "account_id": account["account_id"], "run_id": f"run-{day}", "name": account["name"],
        "segment": account["segment"], "tier": account["tier"], "region": account["region"],
        "csm_id": f"csm-{account['csm']}", "csm_name": CSMS[account["csm"]],
        "lifecycle": "onboarding" if number % 11 == 0 else "active",
        "mrr_usd": round(account["arr"] / 12, 2), "arr_usd": account["arr"],
        "contract_end_on": LAST_DAY + timedelta(days=account["renewal"]),
        "days_to_renewal": account["renewal"] + back, "health_profile": "weighted_v1",
        "health_score": score if scored else None,
        "health_band": ("critical" if score < 40 else "at_risk" if score < 70 else "healthy") if scored else None,
        "health_delta_1d": round(score - _score(account, back + 1), 1) if scored else None,
        "health_delta_7d": round(score - week_ago, 1) if scored else None,
        "health_delta_30d": round(score - _score(account, back + 30), 1) if scored else None,
        "churn_probability": chance, "risk_band": risk,
        "expected_loss_usd": None if chance is None else round(chance * account["arr"], 2),
        "n_open_alerts": 0, "reasons": reasons, "next_step": STEPS[number % 4] if reasons else "",
        "last_login_days_ago": int(40 - score / 3), "seats": 40, "active_users_28d": int(score / 3),
        "tickets_open": number % 5, "days_past_due": 31 if number % 17 == 0 else 0,
    }


_RISK = (("critical", 0.35), ("high", 0.2), ("medium", 0.1), ("low", 0.0))


def _alert_row(day: date, back: int, number: int, account: Row) -> Row | None:
    lifetime = 6 + number % 23
    opened_back = (number * 13) % (N_DAYS + 10)
    if _score(account, min(opened_back, N_DAYS)) > 66 or not 0 <= opened_back - back <= lifetime:
        return None
    severity = SEVERITIES[min(3, int(_score(account, opened_back) / 17))]
    days_open = opened_back - back
    opened = day - timedelta(days=days_open)
    event = "raised" if days_open == 0 else "resolved" if days_open == lifetime else "continued"
    due = opened + timedelta(days={"critical": 2, "high": 5}.get(severity, 14))
    return {
        "as_of_date": day, "alert_id": f"alert-{number:04d}", "account_id": account["account_id"],
        "account_name": account["name"], "segment": account["segment"], "region": account["region"],
        "csm_id": f"csm-{account['csm']}", "csm_name": CSMS[account["csm"]], "reason_key": RULES[number % 6],
        "rule_id": RULES[number % 6], "severity": severity, "state": "resolved" if event == "resolved" else "open",
        "event": event, "opened_on": opened, "days_open": days_open, "due_on": due, "is_overdue": event != "resolved" and day > due,
        "arr_at_risk_usd": account["arr"], "message": REASONS[number % 7],
        "suggested_actions": [STEPS[number % 4], STEPS[(number + 1) % 4]], "evidence": {},
    }


def _kpi_rows(day: date, accounts: list[Row], alerts: list[Row]) -> list[Row]:
    at_risk = [a for a in accounts if a["risk_band"] in ("critical", "high")]
    count = {band: sum(a["health_band"] == band for a in accounts) for band in ("healthy", "at_risk", "critical", None)}
    return [
        {
            "as_of_date": day, "segment": "all", "n_accounts": len(accounts), "n_healthy": count["healthy"],
            "n_watch": count["at_risk"], "n_at_risk": count["critical"], "n_unscored": count[None],
            "arr_usd": sum(a["arr_usd"] for a in accounts), "arr_at_risk_usd": sum(a["arr_usd"] for a in at_risk),
            "expected_loss_usd": sum(a["expected_loss_usd"] or 0 for a in accounts), "n_alerts_open": len(alerts),
            "n_alerts_critical": sum(a["severity"] == "critical" for a in alerts),
            "n_alerts_raised": sum(a["event"] == "raised" for a in alerts),
            "n_alerts_resolved": sum(a["event"] == "resolved" for a in alerts),
        }
    ]


def _source_rows(day: date, back: int) -> list[Row]:
    tables = {"crm": ("accounts", "contacts"), "billing": ("subscriptions", "invoices"), "usage": ("usage_events",), "support": ("tickets",)}
    return [
        {
            "as_of_date": day, "source": source, "table_name": table,
            "state": "empty" if source == "support" and back == 4 else "ok", "n_rows": 1000 + len(table) * 137,
            "n_rejected": 3 if table == "invoices" else 0, "newest_recorded_at": f"{day} 21:14:00+00", "message": "",
        }
        for source, names in tables.items()
        for table in names
    ]


def _verdict_rows(day: date, back: int) -> list[Row]:
    checks = (("raw", "tickets_not_empty", "support.tickets"), ("raw", "invoice_currency_known", "billing.invoices"),
              ("raw", "account_key_unique", "crm.accounts"), ("marts", "arr_equals_subscriptions", "fct_account_days"),
              ("marts", "health_between_0_and_100", "account_health_daily"))
    return [
        {
            "as_of_date": day, "gate": gate, "check_id": check, "subject": subject, "severity": "warn" if k < 2 else "fail",
            "passed": not ((k == 0 and back in {4, 17, 18}) or (k == 1 and back < 9)), "n_checked": 1200,
            "n_failing": 3 if k == 1 and back < 9 else 0, "message": "3 invoices in a currency without a rate" if k == 1 else "",
        }
        for k, (gate, check, subject) in enumerate(checks)
    ]


def _model_rows(day: date) -> list[Row]:
    return [
        {
            "as_of_date": day, "model_version": "churn-90d v3", "candidate": name, "horizon_days": 90,
            "window_start": date(2026, 5, 1), "window_end": date(2026, 8, 1), "n": 2400, "n_churned": 118, "base_rate": 0.049,
            "pr_auc": pr, "roc_auc": roc, "lift_top_decile": lift, "recall_top_decile": lift / 10,
            "brier": 0.041 if name != "rules" else None, "log_loss": 0.16, "calibration_error": 0.011,
        }
        for name, pr, roc, lift in CANDIDATES
    ]
