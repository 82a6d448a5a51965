"""Valid defaults for the digest's values: a test states only what matters to it."""

from datetime import date
from decimal import Decimal
from typing import Any

from config.digest import digest_config
from copilot.digest.book import Account, Alert, Book, Csm, LastSent, Published, Told
from copilot.digest.choose import judge
from copilot.digest.layout import lay_out
from copilot.digest.links import Linker
from copilot.digest.page import Page

AS_OF = date(2026, 11, 17)
MORNING = date(2026, 11, 18)
YESTERDAY = date(2026, 11, 16)
CONFIG = digest_config()
KEY = "k" * 32


def a_csm(**given: Any) -> Csm:
    return Csm(
        **{
            "csm_id": "csm_1",
            "full_name": "Ann Lee",
            "email": "ann.lee@example.com",
            "timezone": "Europe/Berlin",
            "send_hour": Decimal("7.5"),
            **given,
        }
    )


def an_account(account_id: str = "a1", **given: Any) -> Account:
    """A healthy account of $48k that renews in half a year."""
    return Account(
        **{
            "account_id": account_id,
            "name": f"Name of {account_id}",
            "lifecycle": "active",
            "arr_usd": Decimal(48000),
            "contract_end_on": date(2027, 6, 1),
            "days_to_renewal": 196,
            "tenure_days": 300,
            "health_score": Decimal(80),
            "health_coverage_ratio": Decimal(1),
            "health_delta_1d": Decimal(0),
            "churn_probability": 0.04,
            "churn_probability_low": 0.02,
            "churn_probability_high": 0.07,
            "churn_probability_before": 0.04,
            "risk_band": "low",
            "priority_usd": Decimal(100),
            "reasons": [],
            "next_step": "No step needed",
            "last_login_days_ago": 1,
            "active_users_28d": 10,
            "active_users_prior_28d": 10,
            "tickets_urgent_open": 0,
            "failed_payments_30d": 0,
            "days_past_due": 0,
            "champion_last_seen_days_ago": 2,
            **given,
        }
    )


def at_risk(account_id: str = "a1", **given: Any) -> Account:
    """The same account with a high risk."""
    risky = {
        "risk_band": "high",
        "churn_probability": 0.41,
        "churn_probability_low": 0.3,
        "churn_probability_high": 0.52,
        "health_score": Decimal(45),
        "priority_usd": Decimal(20000),
    }
    return an_account(account_id, **{**risky, **given})


def an_alert(account_id: str = "a1", **given: Any) -> Alert:
    """An alert of high severity, raised yesterday, due tomorrow."""
    return Alert(
        **{
            "alert_id": f"alert-{account_id}",
            "account_id": account_id,
            "reason_key": "churn_risk",
            "severity": "high",
            "state": "open",
            "days_open": 1,
            "due_on": MORNING,
            "is_overdue": False,
            "message": "Churn risk is high",
            **given,
        }
    )


def told(account: Account, **given: Any) -> Told:
    """What a digest of the day before left known, when the account was then as it is now."""
    return Told(
        **{
            "as_of": YESTERDAY,
            "arr_usd": account.arr_usd,
            "risk_band": account.risk_band,
            "lifecycle": account.lifecycle,
            "probability": account.churn_probability,
            "health": account.health_score,
            "renewal_on": account.contract_end_on,
            "renewal_step": None,
            "alerts": {alert.alert_id: alert.severity for alert in account.alerts},
            **given,
        }
    )


def a_day(**given: Any) -> Published:
    return Published(
        **{
            "as_of": AS_OF,
            "run_id": "2026-11-17.1",
            "verdict": "PASS",
            "reasons": (),
            "model_mode": "model",
            "model_version": "churn v14",
            "model_note": "",
            "n_sources_fresh": 4,
            "n_sources": 4,
            **given,
        }
    )


def a_book(*accounts: Account, before: dict[str, Told] | None = None, **given: Any) -> Book:
    """A book; `before`: what was told yesterday. Without it this is the first digest."""
    last = None if before is None else LastSent(AS_OF, YESTERDAY, Decimal(0), before)
    return Book(**{"csm": a_csm(), "published": a_day(), "accounts": accounts, "last_sent": last, **given})


def a_linker(**given: Any) -> Linker:
    return Linker(
        **{
            "paths": CONFIG.links,
            "company": "warehouse",
            "csm_id": "csm_1",
            "local_date": MORNING,
            "signed_on": MORNING,
            "board_base": "https://boards.example.com",
            "answer_base": "https://answers.example.com",
            "key": KEY,
            **given,
        }
    )


def a_page(book: Book, **links: Any) -> Page:
    """The book laid out with the shipped settings."""
    return lay_out(judge(book, CONFIG), book, CONFIG, a_linker(**links))
