"""Defects planted in the marts: gate 2 catches each by its own check, with its own count."""

import pytest

from config.run import Run
from expectations.gate import Held, check_marts
from tests.integration.gates.company import change_marts, findings_of, verdict_of

pytestmark = pytest.mark.slow

TODAY = "as_of_date = '2026-03-10'"
ACCOUNTS = "update marts.fct_account_days set {} where " + TODAY + " and account_id in ({})"
REFERENCES = "update marts.bridge_account_identity set {} where source_id ~ '{}'"
FEATURES = "update marts.churn_features set {} where " + TODAY


def account(change: str, *numbers: int) -> str:
    """Change the day's rows of these accounts."""
    return ACCOUNTS.format(change, ", ".join(f"'A{n}'" for n in numbers))


# check -> (what plants it, severity, failing rows, part of the sentence)
DEFECTS: dict[str, tuple[str, str, int, str]] = {
    "fct_account_days.unique": (
        f"insert into marts.fct_account_days select * from marts.fct_account_days where {TODAY} and account_id = 'A1'",
        "fail", 2, "that share their account_id with another of the day",
    ),
    "fct_account_days.health_score.range": (
        account("health_score = 'NaN'", 2) + ";" + account("health_score = 101", 3),
        "fail", 2, "with health_score outside 0 to 100",
    ),
    "fct_account_days.health_coverage_ratio.range": (
        account("health_coverage_ratio = 1.5", 4), "fail", 1, "outside 0 to 1",
    ),
    "fct_account_days.mrr_usd.range": (account("mrr_usd = -1, arr_usd = -12", 5), "fail", 1, "mrr_usd outside 0 to"),
    "fct_account_days.priced": (
        account("mrr_usd = null, arr_usd = null", 14), "warn", 1,
        "without MRR in USD, for want of a price or of the currency's rate, and counted as 0 in totals",
    ),
    "fct_account_days.lifecycle.present": (account("lifecycle = null", 6), "fail", 1, "without lifecycle"),
    "fct_account_days.lifecycle.known": (account("lifecycle = 'gone'", 7), "fail", 1, "with lifecycle not among"),
    "fct_account_days.annual": (account("arr_usd = 100", 8), "fail", 1, "whose ARR is not twelve times their MRR"),
    "fct_account_days.unknown_scored": (
        account("health_coverage_ratio = 0", 9), "fail", 1, "with a score although nothing was measured",
    ),
    "fct_account_days.usage_score.range": (account("usage_score = 3", 10), "fail", 1, "outside 0 to 1"),
    "fct_account_days.penalty_v0.range": (account("penalty_v0 = 'NaN'", 11), "fail", 1, "outside 0 to 1"),
    "fct_account_days.points_v0.range": (account("points_v0 = 200", 12), "fail", 1, "outside 0 to 100"),
    "fct_account_days.weighted_v1.range": (account("weighted_v1 = -1", 13), "fail", 1, "outside 0 to 100"),
    "fct_account_days.scored": (
        account("health_score = null, health_coverage_ratio = null", *range(100, 150)),
        "warn", 50, "without a health score",
    ),
    "fct_account_days.covered": (
        account("health_coverage_ratio = 0.2", *range(20, 80)), "warn", 61, "with a score from less than half",
    ),
    "account_health_daily.unique": (
        f"insert into marts.account_health_daily select * from marts.account_health_daily where {TODAY}"
        " and account_id = 'A1'",
        "fail", 2, "that share their account_id and profile",
    ),
    "account_health_daily.is_scored.present": (
        f"update marts.account_health_daily set is_scored = null where {TODAY} and account_id = 'A2'",
        "fail", 1, "without is_scored",
    ),
    "account_health_component_daily.points.range": (
        f"update marts.account_health_component_daily set points = 'Infinity' where {TODAY} and account_id = 'A2'",
        "fail", 1, "with points outside",
    ),
    "churn_features.events_28d_vs_prior_ratio.range": (
        FEATURES.format("events_28d_vs_prior_ratio = 'NaN'") + " and account_id = 'A3'", "fail", 1, "outside",
    ),
    "churn_features.mrr_usd.range": (
        FEATURES.format("mrr_usd = '-Infinity'") + " and account_id = 'A3'", "fail", 1, "outside",
    ),
    "churn_features.max_recorded_at.before_last_instant": (
        FEATURES.format("max_recorded_at = '2026-03-11'") + " and account_id = 'A4'",
        "fail", 1, "made from something recorded after the day",
    ),
    "churn_features.max_recorded_at.present": (
        FEATURES.format("max_recorded_at = null") + " and account_id = 'A5'", "fail", 1, "without max_recorded_at",
    ),
    "churn_features.tickets_28d.alive": (
        FEATURES.format("tickets_28d = 0"), "warn", 200,
        "tickets_28d is the same or empty for all 200 accounts; it was not on 2026-03-09",
    ),
    "churn_features.seats.alive": (FEATURES.format("seats = null"), "warn", 200, "the same or empty for all 200"),
    "churn_labels.90.base_rate": (
        "update marts.churn_labels set is_churned = true where account_id > 'A2'",
        "warn", 893, "of 1,000 labels over 90 days are departures (89.3 %); plausible is less than 0.1 % to 50 %",
    ),
    "churn_labels.30.base_rate": (
        "insert into marts.churn_labels"
        " select as_of_date, account_id, 30, false, closes_on - 60 from marts.churn_labels",
        "warn", 0, "0 of 1,000 labels over 30 days are departures (0 %)",
    ),
    "mart_kpi_daily.mrr.facts": (
        f"update marts.mart_kpi_daily set mrr_usd = 1 where {TODAY}", "fail", 1, "MRR of all is 1 USD, the sum in fct",
    ),
    "mart_kpi_daily.accounts.segments": (
        f"update marts.mart_kpi_daily set n_accounts = 201 where {TODAY} and segment = 'all'",
        "fail", 1, "accounts of all is 201, the sum over the segments is 200",
    ),
    "bridge_account_identity.mrr.matched": (
        REFERENCES.format("account_id = null, method = null, confidence = null", "^A[123]$"), "warn", 3,
        "300 of 20,000 USD MRR under 3 references that stand for no account (1.5 %; allowed 0.5 %): A1, A2, A3",
    ),
    "bridge_account_identity.mrr.sure": (
        REFERENCES.format("method = 'name', confidence = 0.7", "^A1[789]"), "warn", 33,
        "3,300 of 20,000 USD MRR under 33 references that are matched with a confidence below 0.8 (16.5 %;"
        " allowed 10 %): A17, A170, A171, A172, A173 and 28 more",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def caught(shared_company: Run) -> dict[str, tuple[str, bool, int, int, str]]:
    """The failed checks of the marts with every defect in them."""
    for statements, _, _, _ in DEFECTS.values():
        change_marts(shared_company.database, statements)
    with pytest.raises(Held):
        check_marts(shared_company)
    return {name: finding for name, finding in findings_of(shared_company.database, "marts").items() if not finding[1]}


@pytest.mark.parametrize("check", DEFECTS)
def test_a_planted_defect_is_caught_by_its_own_check_and_counted(caught, check):
    _, severity, n_failing, sentence = DEFECTS[check]

    assert check in caught
    found_severity, _, _, found_failing, message = caught[check]
    assert (found_severity, found_failing) == (severity, n_failing)
    assert sentence in message


def test_every_planted_defect_is_caught_and_nothing_else_is(caught, record_property):
    record_property(
        "defects", f"gate 2: {len(caught.keys() & DEFECTS.keys())} of {len(DEFECTS)} planted defects caught"
    )
    assert len(DEFECTS) >= 25
    assert caught.keys() == DEFECTS.keys()


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            account("mrr_usd = 0, arr_usd = 0", *range(1, 87)),
            "MRR fell 43 % in one day (from 20,000 USD on 2026-03-09 to 11,400 USD on 2026-03-10): looks like lost",
        ),
        (
            f"delete from marts.fct_account_days where {TODAY} and account_id like 'A1%'",
            "200 accounts on 2026-03-09, 89 on 2026-03-10: 55.5 % fewer in one day looks like lost account data",
        ),
        (f"delete from marts.fct_account_days where {TODAY}", "fct_account_days: no row for 2026-03-10"),
        ("drop table marts.fct_account_days", "fct_account_days: no row for 2026-03-10"),
        (f"delete from marts.mart_kpi_daily where {TODAY}", "mart_kpi_daily: no row for 2026-03-10"),
        (
            REFERENCES.format("account_id = null", "^A1[0-9]{2}$"),
            "10,000 of 20,000 USD MRR under 100 references that stand for no account (50 %",
        ),
        ("drop table marts.bridge_account_identity", "nobody knows whose money it is"),
        ("alter table marts.churn_features rename max_recorded_at to other", "could not be checked"),
    ],
)
def test_a_day_that_lost_its_data_is_held_and_says_what_is_missing(company: Run, statements, sentence):
    change_marts(company.database, statements)

    with pytest.raises(Held) as held:
        check_marts(company)
    assert sentence in str(held.value)
    assert verdict_of(company.database, "marts")[0] == "HOLD"


def test_a_fall_of_mrr_that_was_announced_is_no_lost_data(company: Run):
    half = "update marts.fct_account_days set mrr_usd = 0, arr_usd = 0 where " + TODAY + " and account_id > 'A2'"
    announced = "update marts.fct_account_days set lifecycle = 'churn_pending' where as_of_date = '2026-03-09'"
    totals = (
        f"update marts.mart_kpi_daily set mrr_usd = (select sum(mrr_usd) from marts.fct_account_days where {TODAY})"
    )
    change_marts(company.database, f"{half}; {announced}; {totals} where {TODAY}")

    assert check_marts(company)["verdict"] == "PASS"
    assert "from 20,000 USD" in findings_of(company.database, "marts")["fct_account_days.mrr.step"][4]


def test_a_doubled_book_degrades_the_day(company: Run):
    double = (
        "insert into marts.fct_account_days select as_of_date, account_id || 'x', segment, lifecycle, mrr_usd, arr_usd,"
    )
    rest = " usage_score, health_score, health_coverage_ratio, penalty_v0, points_v0, weighted_v1"
    totals = f"update marts.mart_kpi_daily set mrr_usd = 40000, n_accounts = 400 where {TODAY}"
    change_marts(company.database, f"{double}{rest} from marts.fct_account_days where {TODAY}; {totals}")

    outcome = check_marts(company)
    assert outcome["verdict"] == "DEGRADED"
    assert len(outcome["reasons"]) == outcome["failed"] == 2
    assert "100 % more in one day looks like doubled account data" in outcome["reasons"][0]
    assert "MRR rose 100 % in one day" in outcome["reasons"][1]


def test_a_feature_in_which_few_differed_may_be_the_same_for_all_one_day(company: Run):
    rare = "update marts.churn_features set tickets_28d = (account_id in ('A1', 'A2', 'A3'))::int"
    change_marts(company.database, f"{rare}; {FEATURES.format('tickets_28d = 0')}")

    assert check_marts(company)["verdict"] == "PASS"
