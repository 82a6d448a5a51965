"""What a day may know: rows recorded later change nothing, a repeated day changes nothing, steps equal one stride."""

import hashlib
from datetime import date, timedelta

import pytest

from copilot.sources.canonical import TABLES
from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.dbt.planted import TOMORROW, dated_ahead, recorded_later
from tests.dbt.story import START, days_ago, land, story

# What they hold is of the newest day that was built: made anew by every build, or written over by what comes late.
AS_LAST_BUILT = (
    "dim_account",
    "dim_calendar",
    "dim_contact",
    "fct_feature_usage_daily",
    "fct_usage_daily",
    "mart_retention_monthly",
    "mart_whitespace",
)
ALWAYS_WITH_ROWS = (
    "dim_account",
    "dim_csm",
    "fct_account_days",
    "account_health_daily",
    "churn_features",
    "mart_kpi_daily",
)
# Say with which deliveries a day was built and what was corrected since, and are no account of it.
OF_OUR_WORK = {"churn_days_built", "mrr_days_built", "restatements", "usage_facts_built"}
# Of a mart that is kept by version: when each was known, and what later days write beside it.
SPANS = {"known_from": "known_until", "valid_from": "valid_to"}
BESIDE_A_VERSION = ["known_until", "valid_to", "batch_id", "mrr_usd"]
TODAY = f"as_of_date = date '{DAY}'"
SUNDAYS = "extract(isodow from as_of_date) = 7"
SUNDAYS_AND_TODAY = f"({TODAY} or {SUNDAYS})"
EVENING = f"timestamptz '{DAY + timedelta(days=1)} 00:00+00'"
# What a source says of a later day is a fact about that day, which may be kept as soon as it is known.
HAPPENED = {
    "used_on": f"<= date '{DAY}'",
    **dict.fromkeys(("opened_at", "occurred_at", "rated_at"), f"< {EVENING}"),
}


def _build(company: Company, day: date) -> None:
    """All models, without the data tests: what is asked here is only whether rows differ."""
    transform.invoke(company.run(day), "run")


def _hashes(company: Company, where: str) -> dict[str, tuple[int, str]]:
    """Rows and a hash of every mart of the catalogue: of the days asked for, or as known on the day's evening."""
    found = {}
    for mart, columns in _marts(company).items():
        rows = company.rows(
            f"select (to_jsonb(t) - array{BESIDE_A_VERSION if SPANS.keys() & columns else []}::text[])::text"
            f" from marts.{mart} as t where {_condition(mart, columns, where)} order by 1"
        )
        found[mart] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return found


def _marts(company: Company) -> dict[str, set[str]]:
    """The columns of every mart but those about our own work, so that a new one is looked at without being named."""
    listed = company.rows(
        "select table_name, array_agg(column_name::text) from information_schema.columns"
        " where table_schema = 'marts' group by 1 order by 1"
    )
    return {mart: set(columns) for mart, columns in listed if mart not in OF_OUR_WORK}


def _condition(mart: str, columns: set[str], where: str) -> str:
    if "as_of_date" in columns:
        return "true" if mart in AS_LAST_BUILT else where
    conditions = [f"{column} {HAPPENED[column]}" for column in HAPPENED if column in columns]
    if mart not in AS_LAST_BUILT:
        (known_from,) = SPANS.keys() & columns
        known_until = SPANS[known_from]
        conditions.append(f"{known_from} < {EVENING} and ({known_until} is null or {known_until} >= {EVENING})")
    return " and ".join(conditions) or "true"


def test_the_rows_that_a_day_must_not_see_are_of_every_canonical_table() -> None:
    undated = {"accounts", "users", "contacts", "opportunities", "customers"}

    assert {table for table, _ in recorded_later()} == {table.name for table in TABLES}
    assert {table for table, _ in dated_ahead()} == {table.name for table in TABLES} - undated


@pytest.mark.slow
def test_rows_recorded_after_the_day_change_it_in_no_mart_and_the_day_after_in_all(company: Company) -> None:
    land(company, story())
    _build(company, DAY)
    undisturbed = _hashes(company, TODAY)

    land(company, recorded_later())
    _build(company, DAY)
    repeated = _hashes(company, TODAY)
    _build(company, TOMORROW)

    assert min(undisturbed[mart][0] for mart in ALWAYS_WITH_ROWS) > 0
    assert repeated == undisturbed
    (quiet,) = company.rows(
        "select events_28d, active_users_28d, usage_score, last_login_days_ago, penalty_v0, tickets_30d, days_past_due"
        f" from marts.fct_account_days where account_id = 'quiet' and {TODAY}"
    )
    assert quiet == (None, None, None, None, None, 0, 0), "what was never seen is unknown, and no score; no ticket is 0"
    (seen,) = company.rows(
        "select name, segment, csm_id, lifecycle, nps_latest, tickets_open, failed_payments_30d, days_past_due,"
        f" champion_last_seen_days_ago, last_touch_days_ago from marts.fct_account_days where account_id = 'acme'"
        f" and as_of_date = '{TOMORROW}'"
    )
    assert seen == ("Renamed", "enterprise", "c2", "churned", 0, 0, 2, 0, 2, 2)
    past = _hashes(company, TODAY)
    assert past == {**undisturbed, **{mart: past[mart] for mart in AS_LAST_BUILT}}


@pytest.mark.slow
def test_rows_dated_ahead_change_nothing_of_the_days_before_though_they_are_known(company: Company) -> None:
    land(company, story())
    _build(company, DAY)
    undisturbed = _hashes(company, SUNDAYS_AND_TODAY)

    land(company, dated_ahead())
    _build(company, DAY)

    changed = {mart for mart, found in _hashes(company, SUNDAYS_AND_TODAY).items() if found != undisturbed[mart]}
    assert changed == set()


@pytest.mark.slow
def test_a_spine_built_in_four_steps_equals_one_built_at_once(company: Company, other_company: Company) -> None:
    """Each step has only what was recorded by then, in reverse order; the one stride has everything from the start."""
    land(company, story())
    _build(company, DAY)
    known = at(START, 0)
    for days in (45, 24, 10, 0):
        run = other_company.run(days_ago(days))
        land(other_company, reversed([(t, row) for t, row in story() if known <= row["recorded_at"] < run.cutoff]))
        known = run.cutoff
        _build(other_company, run.as_of)

    at_once, in_steps = _hashes(company, SUNDAYS), _hashes(other_company, SUNDAYS)

    assert at_once["churn_features"][0] >= 8 * 4
    assert at_once["churn_labels"][0] > 0
    assert in_steps["churn_features"] == at_once["churn_features"]
    assert in_steps["churn_labels"] == at_once["churn_labels"]
    assert _hashes(other_company, TODAY) == _hashes(company, TODAY)
