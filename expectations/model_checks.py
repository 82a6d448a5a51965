"""Gate 2's checks of what the model will learn from: features that went dead, labels that say everybody leaves."""

from datetime import date
from typing import LiteralString

from psycopg import sql

from config.gates import Marts
from config.run import Run
from expectations.finding import Finding, percent
from expectations.session import Connection, exists, one

# The rate is of the windows that closed within a year: departures have seasons, and no day reads all that ever was.
RATE_DAYS = 365
# Feature -> share of the day's accounts that differ from its most frequent value. 0: it tells nobody apart.
Spread = dict[str, float]


def feature_checks(connection: Connection, run: Run, features: list[str], rule: Marts) -> list[Finding]:
    """Warn about every feature that says the same of all accounts although it told many of them apart before."""
    row = connection.execute(
        """select as_of_date, count(*) from marts.churn_features where as_of_date < %s
        group by 1 having count(*) >= %s order by 1 desc limit 1""",
        (run.as_of, rule.least_feature_rows),
    ).fetchone()
    n_now = one(connection, sql.SQL("select count(*) from gate_churn_features"), {})[0]
    if row is None or n_now < rule.least_feature_rows or not features:
        return []
    now, before = _spread(connection, run.as_of, features), _spread(connection, row[0], features)
    return [_feature(name, now[name] > 0 or before[name] < rule.least_spread, n_now, row[0]) for name in features]


def _spread(connection: Connection, day: date, features: list[str]) -> Spread:
    def listed(form: LiteralString) -> sql.Composed:
        return sql.SQL(", ").join(sql.SQL(form).format(c=sql.Identifier(name)) for name in features)

    query = sql.SQL(
        "with day as (select * from marts.churn_features where as_of_date = %(day)s),"
        " frequent as materialized (select {} from day) select {} from day as d cross join frequent as f"
    ).format(
        listed("mode() within group (order by {c}) as {c}"),
        listed("avg((d.{c} is distinct from f.{c})::int)::float8"),
    )
    return dict(zip(features, one(connection, query, {"day": day}), strict=True))


def _feature(name: str, passed: bool, n_rows: int, before: date) -> Finding:
    message = f"churn_features: {name} tells accounts apart"
    if not passed:
        message = f"churn_features: {name} is the same or empty for all {n_rows:,} accounts; it was not on {before}"
    return Finding(
        f"churn_features.{name}.alive", "churn_features", "warn", passed, n_rows, 0 if passed else n_rows, message
    )


def label_checks(connection: Connection, run: Run, rule: Marts) -> list[Finding]:
    """Whether the share of departures among matured labels is one that a company survives."""
    if not exists(connection, "marts.churn_labels"):
        return []
    rows = connection.execute(
        """select horizon_days, count(*), count(*) filter (where is_churned) from marts.churn_labels
        where closes_on > %(day)s::date - %(window)s and closes_on <= %(day)s and horizon_days is not null
        group by 1 order by 1""",
        {"day": run.as_of, "window": RATE_DAYS},
    )
    return [_base_rate(horizon, n, n_churned, rule) for horizon, n, n_churned in rows if n >= rule.least_labels]


def _base_rate(horizon: int, n: int, n_churned: int, rule: Marts) -> Finding:
    rate = n_churned / n
    passed = rule.base_rate_low <= rate <= rule.base_rate_high
    message = f"churn_labels: {n_churned:,} of {n:,} labels over {horizon} days are departures ({percent(rate)})"
    if not passed:
        message += f"; plausible is {percent(rule.base_rate_low)} to {percent(rule.base_rate_high)}"
    return Finding(
        f"churn_labels.{horizon}.base_rate", "churn_labels", "warn", passed, n, 0 if passed else n_churned, message
    )
