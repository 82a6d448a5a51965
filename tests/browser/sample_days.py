"""The rows of the sample warehouse: one pure function from a day to every table of `serving`."""

import math
import random
from datetime import date, timedelta
from typing import Any

from tests.browser.sample_health import model_rows, source_rows, verdict_rows

LAST_DAY = date(2026, 11, 17)
N_DAYS = 60
N_ACCOUNTS = 200
SEED = 7

SEGMENTS = ("Enterprise", "Mid-Market", "SMB")
REGIONS = ("EMEA", "North America", "APAC", "LATAM")
CSMS = ("Ana Ruiz", "Ben Okafor", "Chloe Martin", "Deepak Rao", "Elif Kaya", "Farid Haddad", "Grace Liu", "Henrik Dahl")
FIRST = (
    "Acme",
    "Northwind",
    "Blue Harbor",
    "Cobalt",
    "Delta Ridge",
    "Evergreen",
    "Falcon",
    "Granite",
    "Helios",
    "Iron Gate",
)
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
Row = dict[str, Any]


def accounts() -> list[Row]:
    chance = random.Random(SEED)  # noqa: S311
    rows = []
    for number in range(N_ACCOUNTS):
        segment = SEGMENTS[0 if number % 7 == 0 else 1 if number % 3 == 0 else 2]
        arr = {"Enterprise": 140_000, "Mid-Market": 42_000, "SMB": 9_000}[segment] * (0.5 + chance.random())
        name = f"{FIRST[number % 10]} {SECOND[(number // 10) % 10]}" + (" Group" if number >= 100 else "")
        rows.append(
            {
                "account_id": f"acc-{number:04d}",
                "name": name,
                "segment": segment,
                "region": REGIONS[number % 4],
                "tier": ("Premium", "Standard")[number % 2],
                "csm": number % len(CSMS),
                "arr": round(arr, 2),
                "renewal": chance.randrange(10, 360),
                "phase": chance.random() * 6,
                "base": chance.betavariate(3.2, 1.6) * 100,
                "swing": chance.random() * 14,
                "drift": chance.gauss(0, 0.16),
            }
        )
    return rows


def _score(account: Row, back: int) -> float:
    wave = account["swing"] * math.sin(account["phase"] + back / 9)
    return max(2.0, min(99.0, account["base"] + wave - account["drift"] * (N_DAYS - back)))


def day_rows(day: date, back: int, accounts: list[Row]) -> dict[str, list[Row]]:
    account_rows = [_account_row(day, back, a) for a in accounts]
    alert_rows = [row for number, a in enumerate(accounts) if (row := _alert_row(day, back, number, a))]
    return {
        "published_day": [_published(day, back)],
        "account_day": account_rows,
        "alert_day": alert_rows,
        "kpi_day": _kpi_rows(day, account_rows, alert_rows),
        "source_day": source_rows(day, back),
        "dq_verdict_day": verdict_rows(day, back),
        "model_performance": model_rows(day) if back == 0 else [],
    }


def _published(day: date, back: int) -> Row:
    degraded = back in {4, 17, 18}
    return {
        "as_of_date": day,
        "run_id": f"run-{day}",
        "verdict": "DEGRADED" if degraded else "PASS",
        "reasons": ["support: tickets arrived late"] if degraded else [],
        "model_mode": "model",
        "model_version": "churn-90d v3",
        "model_note": "",
        "n_accounts": N_ACCOUNTS,
        "n_sources_fresh": 3 if degraded else 4,
        "n_sources": 4,
        "content_sha256": f"{day:%Y%m%d}" * 8,
    }


def _account_row(day: date, back: int, account: Row) -> Row:
    score, week_ago = round(_score(account, back), 1), round(_score(account, back + 7), 1)
    number = int(account["account_id"][4:])
    scored = number % 23 != 5
    chance = min(0.97, 1.15 * math.exp(-score / 29)) if scored else None
    risk = "unknown" if chance is None else next(b for b, low in _RISK if chance >= low)
    reasons = [
        {"text": REASONS[(number + k) % 7]}
        for k in range(3 if risk in ("critical", "high") else 1 if risk == "medium" else 0)
    ]
    return {
        "as_of_date": day,
        "account_id": account["account_id"],
        "run_id": f"run-{day}",
        "name": account["name"],
        "segment": account["segment"],
        "tier": account["tier"],
        "region": account["region"],
        "csm_id": f"csm-{account['csm']}",
        "csm_name": CSMS[account["csm"]],
        "lifecycle": "onboarding" if number % 11 == 0 else "active",
        "mrr_usd": round(account["arr"] / 12, 2),
        "arr_usd": account["arr"],
        "contract_end_on": LAST_DAY + timedelta(days=account["renewal"]),
        "days_to_renewal": account["renewal"] + back,
        "health_profile": "weighted_v1",
        "health_score": score if scored else None,
        "health_band": ("critical" if score < 40 else "at_risk" if score < 70 else "healthy") if scored else None,
        "health_delta_1d": round(score - _score(account, back + 1), 1) if scored else None,
        "health_delta_7d": round(score - week_ago, 1) if scored else None,
        "health_delta_30d": round(score - _score(account, back + 30), 1) if scored else None,
        "churn_probability": chance,
        "risk_band": risk,
        "expected_loss_usd": None if chance is None else round(chance * account["arr"], 2),
        "priority_usd": round((chance or 0) * account["arr"] * (2 if account["renewal"] < 60 else 1), 2),
        "n_open_alerts": 0,
        "reasons": reasons,
        "next_step": STEPS[number % 4] if reasons else "",
        "last_login_days_ago": int(40 - score / 3),
        "seats": 40,
        "active_users_28d": int(score / 3),
        "tickets_open": number % 5,
        "days_past_due": 31 if number % 17 == 0 else 0,
    }


_RISK = (("critical", 0.5), ("high", 0.25), ("medium", 0.1), ("low", 0.0))


def _alert_row(day: date, back: int, number: int, account: Row) -> Row | None:
    lifetime = 6 + number % 23
    opened_back = (number * 13) % (N_DAYS + 10)
    if _score(account, min(opened_back, N_DAYS)) > 66 or not 0 <= opened_back - back <= lifetime:
        return None
    severity = SEVERITIES[min(3, int(_score(account, opened_back) / 20))]
    days_open = opened_back - back
    opened = day - timedelta(days=days_open)
    event = "raised" if days_open == 0 else "resolved" if days_open == lifetime else "none"
    due = opened + timedelta(days={"critical": 2, "high": 5}.get(severity, 14))
    return {
        "as_of_date": day,
        "alert_id": f"alert-{number:04d}",
        "account_id": account["account_id"],
        "account_name": account["name"],
        "segment": account["segment"],
        "region": account["region"],
        "csm_id": f"csm-{account['csm']}",
        "csm_name": CSMS[account["csm"]],
        "reason_key": RULES[number % 6],
        "rule_id": RULES[number % 6],
        "severity": severity,
        "state": "resolved" if event == "resolved" else "open",
        "event": event,
        "opened_on": opened,
        "days_open": days_open,
        "due_on": due,
        "is_overdue": event != "resolved" and day > due,
        "arr_at_risk_usd": account["arr"],
        "message": REASONS[number % 7],
        "suggested_actions": [{"description": STEPS[number % 4]}, {"description": STEPS[(number + 1) % 4]}],
        "evidence": {},
    }


def _kpi_rows(day: date, accounts: list[Row], alerts: list[Row]) -> list[Row]:
    at_risk = [a for a in accounts if a["risk_band"] in ("critical", "high")]
    count = {band: sum(a["health_band"] == band for a in accounts) for band in ("healthy", "at_risk", "critical", None)}
    return [
        {
            "as_of_date": day,
            "segment": "all",
            "n_accounts": len(accounts),
            "n_healthy": count["healthy"],
            "n_watch": count["at_risk"],
            "n_at_risk": count["critical"],
            "n_unscored": count[None],
            "arr_usd": sum(a["arr_usd"] for a in accounts),
            "arr_at_risk_usd": sum(a["arr_usd"] for a in at_risk),
            "expected_loss_usd": sum(a["expected_loss_usd"] or 0 for a in accounts),
            "n_alerts_open": sum(a["state"] != "resolved" for a in alerts),
            "n_alerts_critical": sum(a["severity"] == "critical" and a["state"] != "resolved" for a in alerts),
            "n_alerts_raised": sum(a["event"] == "raised" for a in alerts),
            "n_alerts_resolved": sum(a["event"] == "resolved" for a in alerts),
        }
    ]
