"""The rows of the sample warehouse about sources, checks and models."""

from datetime import date
from typing import Any

CANDIDATES = (
    ("xgboost", 0.31, 0.82, 4.6),
    ("logistic", 0.28, 0.80, 4.1),
    ("rules", 0.17, 0.71, 2.4),
    ("constant", 0.05, 0.5, 1.0),
)


Row = dict[str, Any]


def source_rows(day: date, back: int) -> list[Row]:
    tables = {
        "crm": ("accounts", "contacts"),
        "billing": ("subscriptions", "invoices"),
        "usage": ("usage_events",),
        "support": ("tickets",),
    }
    return [
        {
            "as_of_date": day,
            "source": source,
            "table_name": table,
            "state": "empty" if source == "support" and back == 4 else "ok",
            "n_rows": 1000 + len(table) * 137,
            "n_rejected": 3 if table == "invoices" else 0,
            "newest_recorded_at": f"{day} 21:14:00+00",
            "message": "",
        }
        for source, names in tables.items()
        for table in names
    ]


def verdict_rows(day: date, back: int) -> list[Row]:
    checks = (
        ("raw", "tickets_not_empty", "support.tickets"),
        ("raw", "invoice_currency_known", "billing.invoices"),
        ("raw", "account_key_unique", "crm.accounts"),
        ("marts", "arr_equals_subscriptions", "fct_account_days"),
        ("marts", "health_between_0_and_100", "account_health_daily"),
    )
    return [
        {
            "as_of_date": day,
            "gate": gate,
            "check_id": check,
            "subject": subject,
            "severity": "warn" if k < 2 else "fail",
            "passed": not ((k == 0 and back in {4, 17, 18}) or (k == 1 and back < 9)),
            "n_checked": 1200,
            "n_failing": 3 if k == 1 and back < 9 else 0,
            "message": "3 invoices in a currency without a rate" if k == 1 else "",
        }
        for k, (gate, check, subject) in enumerate(checks)
    ]


def model_rows(day: date) -> list[Row]:
    return [
        {
            "as_of_date": day,
            "model_version": "churn-90d v3",
            "candidate": name,
            "horizon_days": 90,
            "window_start": date(2026, 5, 1),
            "window_end": date(2026, 8, 1),
            "n": 2400,
            "n_churned": 118,
            "base_rate": 0.049,
            "pr_auc": pr,
            "roc_auc": roc,
            "lift_top_decile": lift,
            "recall_top_decile": lift / 10,
            "brier": 0.041 if name != "rules" else None,
            "log_loss": 0.16,
            "calibration_error": 0.011,
        }
        for name, pr, roc, lift in CANDIDATES
    ]
