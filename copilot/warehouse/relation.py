"""The wide relation of alert rules in SQL: an account's day beside its forecast, for one day or a stretch of days."""

from typing import LiteralString

from psycopg import sql

from copilot.decide.relation import ACCOUNT_COLUMNS, DECIMALS, FORECAST_COLUMNS

# The horizon that alerts and boards speak of.
HORIZON_DAYS = 90

# Each day with the model that scored it, and the newest earlier day that a model scored.
SCORED_DAYS: LiteralString = """
scored_days as (
    select day.as_of_date, scored.model_version, before.as_of_date as before_on, before.model_version as before_version
    from (
        select generate_series(%(first)s::date, %(last)s::date, interval '1 day')::date as as_of_date
    ) as day
    left join ml.scored_day as scored on day.as_of_date = scored.as_of_date and scored.mode = 'model'
    left join lateral (
        select earlier.as_of_date, earlier.model_version from ml.scored_day as earlier
        where earlier.as_of_date < day.as_of_date and earlier.mode = 'model'
        order by earlier.as_of_date desc limit 1
    ) as before on true
)"""

# Joins of an account day `f` and its `d` of scored_days; a score on which the model abstained is no score.
SCORE_JOINS: LiteralString = """
left join ml.churn_score as s
    on s.as_of_date = d.as_of_date and s.account_id = f.account_id and s.horizon_days = %(horizon)s
    and s.model_version = d.model_version and not s.abstained
left join ml.churn_score as b
    on b.as_of_date = d.before_on and b.account_id = f.account_id and b.horizon_days = %(horizon)s
    and b.model_version = d.before_version and not b.abstained"""

_FORECAST: dict[str, LiteralString] = {
    "churn_probability": "trim_scale(round(s.p_calibrated::numeric, %(decimals)s))",
    "churn_probability_before": "trim_scale(round(b.p_calibrated::numeric, %(decimals)s))",
    "is_same_churn_model": "d.model_version = d.before_version",
}


def relation_sql() -> sql.Composed:
    """`with scored_days …, relation …`: every column that a condition may name, for customers only.

    Takes the parameters of `relation_parameters`. An account that has left is no row: its alerts end.
    """
    columns: list[sql.Composable] = [sql.SQL("f.as_of_date, f.account_id, coalesce(f.name, f.account_id) as name")]
    columns += [_account_column(name, kind) for name, kind in ACCOUNT_COLUMNS.items()]
    columns += [sql.SQL(_FORECAST[name]) + sql.SQL(" as ") + sql.Identifier(name) for name in FORECAST_COLUMNS]
    return sql.SQL(
        """with {scored_days}, relation as (
            select {columns}
            from marts.fct_account_days as f
            inner join scored_days as d on f.as_of_date = d.as_of_date {joins}
            where f.as_of_date between %(first)s and %(last)s and f.lifecycle <> 'churned'
        )"""
    ).format(scored_days=sql.SQL(SCORED_DAYS), columns=sql.SQL(", ").join(columns), joins=sql.SQL(SCORE_JOINS))


def relation_parameters(first: object, last: object) -> dict[str, object]:
    """The parameters of `relation_sql` for the days `first` to `last`, both included."""
    return {"first": first, "last": last, "horizon": HORIZON_DAYS, "decimals": DECIMALS}


def _account_column(name: str, kind: str) -> sql.Composable:
    column = sql.Identifier("f", name)
    if kind == "number":
        return sql.SQL("trim_scale(round({}::numeric, %(decimals)s)) as {}").format(column, sql.Identifier(name))
    return column
