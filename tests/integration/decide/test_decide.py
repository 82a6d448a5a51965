"""A day's alerts on a real database: the given rules on each edge, feedback in time, repeated and raced runs."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.settings import ROOT
from copilot.decide.day import NotDecidable, decide
from copilot.decide.rules import checked_rules
from copilot.warehouse.connect import connect
from copilot.warehouse.rule_history import backtest
from tests.armed import armed
from tests.figures import figure
from tests.integration.marts import (
    DAY,
    SECOND_DAY,
    a_run,
    create_marts,
    put,
    put_account,
    put_accounts,
    put_score,
    put_verdicts,
    race,
    rows,
)

FIRED = "select rule_id from ops.alert_day where as_of_date = %s and state <> 'resolved' order by rule_id"
EVERYTHING = "select a::text from ops.alert_day as a union all select e::text from ops.alert_event as e order by 1"


@pytest.fixture
def marts(database: str) -> str:
    create_marts(database)
    return database


def fired(database: str, day: Any = DAY) -> list[str]:
    return [row[0] for row in rows(database, FIRED, day)]


EDGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"penalty_v0": Decimal("0.3")}, []),
    ({"penalty_v0": Decimal("0.2999")}, ["very_low_health"]),
    ({"penalty_v0": None}, []),
    ({"last_login_days_ago": 14}, []),
    ({"last_login_days_ago": 15}, ["no_recent_login"]),
    ({"last_login_days_ago": None}, []),
    ({"failed_payments_30d": 1, "days_past_due": 15}, []),
    ({"failed_payments_30d": 2}, ["payment_trouble"]),
    ({"days_past_due": 16}, ["payment_trouble"]),
    ({"champion_last_seen_days_ago": 21}, []),
    ({"champion_last_seen_days_ago": 22}, ["champion_silent"]),
    ({"days_to_renewal": 60, "health_score": Decimal("49.9")}, ["renewal_unhealthy"]),
    ({"days_to_renewal": 61, "health_score": Decimal("49.9")}, []),
    ({"days_to_renewal": 60, "health_score": Decimal(50)}, []),
    ({"days_to_renewal": 60, "health_score": Decimal("49.9"), "lifecycle": "churn_pending"}, []),
    ({"days_to_renewal": -1, "health_score": Decimal(10)}, []),
    ({"tickets_urgent_open": 1, "oldest_open_ticket_days": 3}, []),
    ({"tickets_urgent_open": 1, "oldest_open_ticket_days": 4}, ["urgent_ticket_overdue"]),
    ({"lifecycle": "churned", "last_login_days_ago": 80}, []),
]


def test_every_rule_fires_on_its_side_of_the_edge(marts: str) -> None:
    put_accounts(marts, [{"account_id": f"a{number:02}", **columns} for number, (columns, _) in enumerate(EDGES)])
    decide(a_run(DAY, marts))
    found = rows(marts, "select account_id, rule_id from ops.alert_day")
    for number, (columns, rule_ids) in enumerate(EDGES):
        fired_here = [rule_id for account_id, rule_id in found if account_id == f"a{number:02}"]
        assert fired_here == rule_ids, columns
    assert {rule_id for _, rule_id in found} >= {"very_low_health", "no_recent_login"}


def test_a_penalty_that_only_binary_fractions_put_below_the_bound_does_not_fire(marts: str) -> None:
    with connect("owner", marts) as owner:
        owner.execute("alter table marts.fct_account_days alter column penalty_v0 type double precision")
    assert 0.7 - 0.4 < 0.3
    put_account(marts, penalty_v0=0.7 - 0.4)
    decide(a_run(DAY, marts))
    assert fired(marts) == []


@pytest.mark.parametrize(
    ("before", "now", "model_before", "rule_ids"),
    [
        (0.25, 0.30, "m1", ["churn_probability_high", "churn_probability_rise"]),
        (0.2501, 0.30, "m1", ["churn_probability_high"]),
        (0.20, 0.2499, "m1", []),
        (0.25, 0.30, "m0", ["churn_probability_high"]),
    ],
)
def test_a_rise_is_news_from_five_points_and_thirty_percent_of_one_model(
    marts: str, before: float, now: float, model_before: str, rule_ids: list[str]
) -> None:
    put_account(marts)
    put_score(marts, "a1", before, DAY - timedelta(days=3), model_version=model_before)
    put_score(marts, "a1", now, DAY)
    decide(a_run(DAY, marts))
    assert fired(marts) == rule_ids


def test_a_score_on_which_the_model_abstained_is_no_score(marts: str) -> None:
    put_account(marts)
    nothing = dict.fromkeys(("p_raw", "p_calibrated", "p_low", "p_high", "decile"))
    put_score(marts, "a1", 0.9, DAY, abstained=True, **nothing)
    assert decide(a_run(DAY, marts))["raised"] == 0


def test_an_alert_carries_owner_money_facts_and_actions(marts: str) -> None:
    put_account(marts, last_login_days_ago=15, active_users_28d=None, csm_id="csm-2", arr_usd=Decimal("12000.50"))
    decide(a_run(DAY, marts))
    found = rows(
        marts, "select owner_csm_id, arr_at_risk, message, evidence, suggested_actions, due_on from ops.alert_day"
    )
    assert found == [
        (
            "csm-2",
            Decimal("12000.50"),
            "Account a1: no login for 15 days",
            [{"column": "last_login_days_ago", "value": 15, "text": "Last login 15 days ago"}],
            [
                {"type": "send_email", "description": "Send a check-in e-mail", "urgency": "medium"},
                {
                    "type": "share_update",
                    "description": "Share an update on features they do not use yet",
                    "urgency": "low",
                },
            ],
            DAY + timedelta(days=7),
        )
    ]


def test_deciding_a_day_again_changes_nothing_also_after_later_days(marts: str) -> None:
    for number in range(4):
        put_account(marts, as_of_date=DAY + timedelta(days=number), last_login_days_ago=(20, 3, 3, 30)[number])
        decide(a_run(DAY + timedelta(days=number), marts))
    before = rows(marts, EVERYTHING)
    assert len(before) >= 4
    for number in (1, 3, 0, 2):
        decide(a_run(DAY + timedelta(days=number), marts))
    assert rows(marts, EVERYTHING) == before


def test_three_runs_at_once_leave_what_one_leaves(marts: str) -> None:
    idle = {"last_login_days_ago": 20, "penalty_v0": Decimal("0.1")}
    put_accounts(marts, [{"account_id": f"a{number}", **idle} for number in range(20)])
    decide(a_run(DAY, marts))
    alone = rows(marts, EVERYTHING)
    assert len(alone) == 80
    assert [done["raised"] for done in race(marts, "copilot:decide", decide)] == [40, 40, 40]
    assert rows(marts, EVERYTHING) == alone


def test_an_answer_counts_from_the_day_on_which_it_was_in(marts: str) -> None:
    put_accounts(marts, [{"as_of_date": DAY + timedelta(days=n), "last_login_days_ago": 20} for n in range(3)])
    decide(a_run(DAY, marts))
    alert_id = rows(marts, "select alert_id from ops.alert_day")[0][0]
    too_late_for_the_second = datetime(2026, 11, 19, 0, 0, tzinfo=UTC)
    put(
        marts,
        "ops.feedback",
        {
            "csm_id": "csm-1", "account_id": "a1", "alert_id": alert_id, "digest_date": SECOND_DAY,
            "kind": "not_a_risk", "received_at": too_late_for_the_second,
        },
    )  # fmt: skip
    assert decide(a_run(SECOND_DAY, marts))["open"] == 1
    assert decide(a_run(SECOND_DAY + timedelta(days=1), marts))["dismissed"] == 1
    assert fired(marts, SECOND_DAY + timedelta(days=1)) == []


def test_an_account_that_leaves_takes_its_alerts_along(marts: str) -> None:
    put_account(marts, last_login_days_ago=20)
    put_account(marts, as_of_date=SECOND_DAY, lifecycle="churned", last_login_days_ago=21)
    put_account(marts, "merged", last_login_days_ago=20)
    assert decide(a_run(DAY, marts))["open"] == 2
    assert decide(a_run(SECOND_DAY, marts))["resolved"] == 2
    orphans = fired(marts, SECOND_DAY)
    figure("F20 open alerts of accounts that left or were merged into another", f"{len(orphans)} of 2", "0")
    assert orphans == []


def test_a_day_that_is_held_or_not_there_ends_no_alert(marts: str) -> None:
    put_account(marts, last_login_days_ago=20)
    decide(a_run(DAY, marts))
    with pytest.raises(NotDecidable, match="has no row of it"):
        decide(a_run(SECOND_DAY, marts))
    put_account(marts, as_of_date=SECOND_DAY, last_login_days_ago=21)
    put_verdicts(marts, SECOND_DAY, raw="HOLD")
    with pytest.raises(NotDecidable, match="gate raw says HOLD"):
        decide(a_run(SECOND_DAY, marts))
    assert fired(marts) == ["no_recent_login"]
    [(n_changed,)] = rows(marts, "select count(*) from ops.alert_day where as_of_date > %s", DAY)
    figure("F28 alerts raised or ended by days without data", f"{n_changed} in 2 days", "0")
    assert n_changed == 0


def test_a_company_without_accounts_has_no_alerts(marts: str) -> None:
    assert decide(a_run(DAY, marts))["open"] == 0


def test_a_rule_is_backtested_over_the_days_that_exist(marts: str) -> None:
    days = [DAY + timedelta(days=number) for number in range(120)]
    put_accounts(marts, [{"as_of_date": day, "last_login_days_ago": 1 + (day - DAY).days} for day in days])
    put_accounts(marts, [{"account_id": "a2", "as_of_date": day} for day in days])
    left_on = DAY + timedelta(days=40)
    put(
        marts,
        "marts.churn_labels",
        {"as_of_date": DAY, "account_id": "a1", "horizon_days": 90, "is_churned": True, "event_on": left_on},
    )
    rule = next(checked for checked in checked_rules() if checked.rule.id == "no_recent_login")
    found = backtest(rule, marts, DAY + timedelta(days=119))
    assert (found.n_alerts, found.n_judged, found.n_right, found.n_departures, found.n_caught) == (1, 1, 1, 1, 1)
    assert found.median_lead_days == 26.0


def test_text_in_a_name_is_only_text(marts: str) -> None:
    name = "'; drop table ops.alert_day; -- {{ 7*7 }} {seats} %s \\ %(first)s"
    put_account(marts, name=name, last_login_days_ago=20)
    decide(a_run(DAY, marts))
    assert rows(marts, "select message from ops.alert_day") == [(f"{name}: no login for 20 days",)]


def test_a_killed_decision_leaves_nothing_and_a_repeat_leaves_the_day(marts: str) -> None:
    put_account(marts, last_login_days_ago=20)
    script = (
        "import sys\nfrom datetime import date\nfrom config.run import Run\nfrom copilot.decide.day import decide\n"
        "decide(type('RunHere', (Run,), {'database': sys.argv[1]})(date(2026, 11, 17)))"
    )
    environment = {**armed("decide.before_commit"), "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", script, marts], env=environment, check=False)
    assert killed.returncode == -9
    assert rows(marts, EVERYTHING) == []
    assert decide(a_run(DAY, marts))["raised"] == 1
    assert fired(marts) == ["no_recent_login"]
