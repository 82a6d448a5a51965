"""Column checks: rules as plain values, evaluated by Great Expectations on the session's relations.

Great Expectations is handed our open connection, so it never holds a password, and it is asked for counts only: no
failing value enters a result or a log. It is imported when a gate runs, not before (two seconds).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.gates import Limit
from expectations.finding import Finding, Rows, graded
from expectations.session import Connection

# With a partial count of 0 the queries for examples carry `limit 0`: nothing that fails is fetched.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}

# Never dialled (the engine is given a connection), but the data source insists on a URL of this form.
UNUSED_URL = "postgresql+psycopg://gate@connection.is.handed.over/warehouse"


@dataclass(frozen=True)
class ColumnRule:
    """One expectation about a table's columns. `what` ends the sentence `accounts: 3 of 1,012 rows ...`.

    `expectation` is the class of that name in great_expectations.expectations. A rule with `not_given_is_fine` passes
    when every row fails: the source simply does not give that column.
    """

    check_id: str
    table: str
    what: str
    expectation: str
    arguments: Mapping[str, Any] = field(hash=False)
    limit: Limit
    not_given_is_fine: bool = False


def present(table: str, column: str, limit: Limit, needed: bool = False) -> ColumnRule:
    """The column is not null."""
    arguments = {"column": column}
    check_id = f"{table}.{column}.present"
    return ColumnRule(
        check_id, table, f"without {column}", "ExpectColumnValuesToNotBeNull", arguments, limit, not needed
    )


def between(table: str, column: str, bounds: tuple[float | None, float | None], limit: Limit) -> ColumnRule:
    """The column, where given, lies within the bounds (inclusive). NaN is above every upper bound."""
    low, high = bounds
    asked = " to ".join(f"{bound:,.10g}" for bound in bounds if bound is not None)
    what = f"with {column} outside {asked}" if None not in bounds else f"with {column} below {asked}"
    arguments = {"column": column, "min_value": low, "max_value": high}
    return ColumnRule(f"{table}.{column}.range", table, what, "ExpectColumnValuesToBeBetween", arguments, limit)


def one_of(table: str, column: str, values: Sequence[str], limit: Limit) -> ColumnRule:
    """The column, where given, has one of the values."""
    what = f"with {column} not among {', '.join(values)}"
    arguments = {"column": column, "value_set": list(values)}
    return ColumnRule(f"{table}.{column}.known", table, what, "ExpectColumnValuesToBeInSet", arguments, limit)


def unique(table: str, columns: tuple[str, ...], what: str, limit: Limit) -> ColumnRule:
    """No two rows agree in these columns."""
    check_id = f"{table}.unique"
    if len(columns) == 1:
        return ColumnRule(check_id, table, what, "ExpectColumnValuesToBeUnique", {"column": columns[0]}, limit)
    arguments = {"column_list": list(columns)}
    return ColumnRule(check_id, table, what, "ExpectCompoundColumnsToBeUnique", arguments, limit)


def in_order(table: str, columns: tuple[str, str], what: str, limit: Limit) -> ColumnRule:
    """The first column is never after the second, where both are given."""
    earlier, later = columns
    arguments = {"column_A": later, "column_B": earlier, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    check_id = f"{table}.{earlier}.before_{later}"
    return ColumnRule(check_id, table, what, "ExpectColumnPairValuesAToBeGreaterThanB", arguments, limit)


def evaluate(connection: Connection, rules: Sequence[ColumnRule]) -> list[Finding]:
    """One finding per rule, in the rules' order. The connection's open transaction is committed first."""
    if not rules:
        return []
    connection.commit()
    source = _data_source(connection)
    found: dict[str, Finding] = {}
    for table in dict.fromkeys(rule.table for rule in rules):
        for rule, result in _validate(source, table, [rule for rule in rules if rule.table == table]):
            found[rule.check_id] = _finding(rule, result)
    connection.rollback()
    return [found[rule.check_id] for rule in rules]


def _data_source(connection: Connection) -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from sqlalchemy.pool import StaticPool

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    handed_over = {"creator": lambda: connection, "poolclass": StaticPool}
    return context.data_sources.add_postgres("warehouse", connection_string=UNUSED_URL, kwargs=handed_over)


def _validate(source: Any, table: str, rules: list[ColumnRule]) -> list[tuple[ColumnRule, Any]]:
    import great_expectations as gx
    import great_expectations.expectations as known

    suite = gx.ExpectationSuite(table)
    for rule in rules:
        expectation = getattr(known, rule.expectation)
        suite.add_expectation(
            expectation(**rule.arguments, mostly=1 - rule.limit.warn, meta={"check_id": rule.check_id})
        )
    asset = source.add_table_asset(table, table_name=f"gate_{table}")
    outcome = asset.add_batch_definition_whole_table("day").get_batch().validate(suite, result_format=COUNTS_ONLY)
    by_id = {result.expectation_config.meta["check_id"]: result for result in outcome.results}
    return [(rule, by_id[rule.check_id]) for rule in rules]


def _finding(rule: ColumnRule, result: Any) -> Finding:
    counted = result.result
    if "unexpected_count" not in counted:
        message = f"{rule.table}: {rule.check_id} could not be checked: is the column there, and of the right type?"
        return Finding(rule.check_id, rule.table, "fail", False, 0, 0, message)
    rows = Rows(int(counted["element_count"]), int(counted["unexpected_count"] or 0))
    if rule.not_given_is_fine and rows.n_failing == rows.n_checked:
        column = rule.arguments["column"]
        message = f"{rule.table}: no source gives {column}; nothing to check"
        return Finding(rule.check_id, rule.table, "warn", True, rows.n_checked, 0, message)
    return graded(rule.check_id, rule.table, rule.what, rows, rule.limit)
