"""F27: one account with half of the events, the first day of a company ever, and a company that has no account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from config.run import Run
from copilot.decide.day import decide
from copilot.warehouse import transform
from copilot.warehouse.connect import connect
from copilot.warehouse.publish import NotPublishable, publish, table_hashes
from expectations.gate import Held, check_marts, check_raw
from ml.score import score
from ml.train import train_if_never
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.usage_story import ACCOUNTS, land_accounts
from tests.figures import figure
from tests.integration.gates.company import count_landed, execute

pytestmark = pytest.mark.slow

START = DAY - timedelta(days=83)
BUSY, *OTHERS = ACCOUNTS
# All different, so that the median of the segment moves with one account.
EVENTS = dict(zip(OTHERS, (200, 280, 360, 440), strict=True))
FEW = 60
# These hold an account against the median of its segment, which one account may move.
OF_PEERS = ("usage_vs_peer_ratio", "events_28d_vs_season_ratio")
NAMES = ("first", "second", "third")
# What takes more than a day, or a model, to say.
UNKNOWN_AT_FIRST = {
    "health_delta_1d", "health_delta_7d", "health_delta_30d", "churn_probability",
    "churn_probability_before", "churn_decile", "expected_loss_usd", "last_touch_days_ago", "tickets_open",
}  # fmt: skip
Row = dict[str, Any]


def _events(account: str, n: int, kind: str = "e") -> list[Row]:
    """So many events of three users, spread over the days since START and learned at once."""
    days = (DAY - START).days + 1
    return [
        {"event_id": f"{kind}_{account}_{i}", "account_id": account, "user_id": f"{account}_{i % 3}",
         "event_name": "used", "feature": ("forms", "reports")[i % 2],
         "occurred_at": at(START + timedelta(days=i * days // n)),
         "recorded_at": at(START + timedelta(days=i * days // n), 13)}
        for i in range(n)
    ]  # fmt: skip


def _features(company: Company) -> dict[str, Row]:
    """Feature rows of the day by account."""
    rows = company.rows(f"select account_id, to_jsonb(f) from marts.churn_features as f where as_of_date = '{DAY}'")
    return dict(rows)


def test_an_account_with_half_of_the_events_changes_no_other_accounts_features(
    company: Company, other_company: Company
) -> None:
    few = [row for account, n in {BUSY: FEW, **EVENTS}.items() for row in _events(account, n)]
    extra = _events(BUSY, sum(EVENTS.values()) - FEW, "extra")
    for one, events in ((company, few), (other_company, few + extra)):
        land_accounts(one, START, DAY + timedelta(days=1))
        one.land("usage_events", events)
        transform.invoke(one.run(DAY), "run")

    held = dict(other_company.rows("select account_id, sum(events)::int from marts.fct_usage_daily group by 1"))
    usual, uneven = _features(company), _features(other_company)
    changed = [
        (account, name)
        for account in OTHERS
        for name, value in usual[account].items()
        if name not in OF_PEERS and uneven[account][name] != value
    ]
    n_compared = len(OTHERS) * (len(usual[OTHERS[0]]) - len(OF_PEERS))

    n_events = len(few) + len(extra)
    figure("F27 events that facts hold of a company, half of them one account's", f"{sum(held.values())} of {n_events}",
           "all")  # fmt: skip
    figure("F27 features of other accounts, but two held against peers, changed by one account with half of the events",
           f"{len(changed)} of {n_compared}", "0")  # fmt: skip
    assert held == {BUSY: n_events // 2, **EVENTS}
    assert set(usual) == set(uneven) > set(OTHERS)
    assert all(usual[account]["events_28d"] > 0 for account in OTHERS)
    assert uneven[BUSY]["events_28d"] > 10 * usual[BUSY]["events_28d"]
    assert all(uneven[account][OF_PEERS[0]] < usual[account][OF_PEERS[0]] for account in OTHERS)
    assert changed == []


@dataclass(frozen=True)
class FirstDay:
    """A company that began today, and what each room said of it."""

    run: Run
    said: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def first_day(found_company: Callable[[], Company], tmp_path_factory: pytest.TempPathFactory) -> FirstDay:
    """Through every room after landing."""
    company = found_company()
    _land_first_day(company)
    run = company.run(DAY)
    said = {"gate 1": check_raw(run)}
    for layer in transform.LAYERS:
        transform.build(layer, run)
    said["gate 2"] = check_marts(run)
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("COPILOT_MLFLOW_URI", f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db")
        said |= {"train": train_if_never(run), "score": score(run)}
    return FirstDay(run, said | {"decide": decide(run), "publish": publish(run)})


def _land_first_day(company: Company) -> None:
    """Three accounts with a subscription each, five events of one and two failed payments of another, all of today."""
    common = {"recorded_at": at(DAY, 12)}
    company.land("users", [{"csm_id": "csm", "full_name": "Ana", "created_on": DAY, **common}])
    company.land("accounts", [
        {"account_id": name, "name": name, "segment": "smb", "csm_id": "csm", "created_on": DAY, **common}
        for name in NAMES
    ])  # fmt: skip
    company.land("subscriptions", [
        {"subscription_id": f"s_{name}", "account_id": name, "started_on": DAY, "status": "active", "mrr": 100,
         "currency": "USD", "seats": 4, **common}
        for name in NAMES
    ])  # fmt: skip
    company.land("usage_events", [
        {"event_id": f"e{n}", "account_id": NAMES[0], "user_id": "u", "event_name": "login",
         "occurred_at": at(DAY, 10), **common}
        for n in range(5)
    ])  # fmt: skip
    company.land("payments", [
        {"payment_id": f"p{n}", "account_id": NAMES[2], "attempted_at": at(DAY, 10), "status": "failed", "amount": 100,
         "currency": "USD", **common}
        for n in range(2)
    ])  # fmt: skip
    count_landed(company.database)


def _published(run: Run) -> list[Row]:
    with connect("publisher", run.database) as publisher:
        found = publisher.execute("select to_jsonb(a) from serving.account_day as a order by account_id").fetchall()
    return [row for (row,) in found]


def test_the_first_day_of_a_company_is_published_by_rules_with_what_is_known(first_day: FirstDay) -> None:
    said, found = first_day.said, {row["account_id"]: row for row in _published(first_day.run)}
    guessed = [
        (name, column)
        for name, row in found.items()
        for column, value in row.items()
        if column in UNKNOWN_AT_FIRST and value is not None
    ]

    figure("F27 accounts published of a company's first day ever", f"{len(found)} of {len(NAMES)}", "all")
    figure("F27 forecasts and changes claimed on the first day ever",
           f"{len(guessed)} of {len(NAMES) * len(UNKNOWN_AT_FIRST)}", "0")  # fmt: skip
    assert said["gate 1"]["verdict"] == "PASS"
    assert said["gate 2"]["reasons"] == ["fct_account_days: 2 of 3 rows without a health score (66.7 %; allowed 20 %)"]
    assert (said["score"]["mode"], said["score"]["why"]) == (
        "rules_only", "rules only: 0 accounts have left so far, a forecast needs 50",
    )  # fmt: skip
    assert (said["publish"]["accounts"], said["publish"]["verdict"]) == (len(NAMES), "DEGRADED")
    assert set(found) == set(NAMES)
    assert all(set(row) >= UNKNOWN_AT_FIRST for row in found.values())
    assert guessed == []
    begun = {(row["lifecycle"], row["mrr_usd"], row["tenure_days"]) for row in found.values()}
    assert begun == {("onboarding", 100, 0)}
    assert [found[name]["health_score"] is None for name in NAMES] == [False, True, True]
    assert [found[name]["active_users_28d"] for name in NAMES] == [1, None, None]
    assert [found[name]["n_open_alerts"] for name in NAMES] == [0, 0, 1]


def test_a_company_without_any_account_is_held_by_name_and_the_published_day_stays(first_day: FirstDay) -> None:
    run, before = first_day.run, table_hashes(first_day.run.database)
    for table in ("accounts", "subscriptions", "invoices", "payments", "usage_events", "users"):
        execute(run.database, f"delete from raw.{table}")
    count_landed(run.database)

    with pytest.raises(Held) as held:
        check_raw(run)
    with pytest.raises(NotPublishable, match="no row of accounts was ever recorded"):
        publish(run)

    after = table_hashes(run.database)
    figure("F27 published tables that an empty company changed",
           f"{sum(after[name] != was for name, was in before.items())} of {len(before)}", "0")  # fmt: skip
    assert str(held.value).splitlines() == [
        f"{DAY} is held at the raw gate; nothing is published, the day before stays:",
        f"- billing: no row of subscriptions or invoices was ever recorded by {DAY}; nothing can be built without it",
        f"- crm: no row of accounts was ever recorded by {DAY}; nothing can be built without it",
    ]
    assert len(before) > 5
    assert after == before
    assert [row["account_id"] for row in _published(run)] == sorted(NAMES)
