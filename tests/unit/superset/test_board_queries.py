"""The saved query of a tile asks what its chart parameters say."""

import json

from board_bundle import build, load
from board_queries import query_context

CHARTS = build(load()).assets["charts"]


def _query(chart: str) -> dict[str, object]:
    context = json.loads(CHARTS[chart]["query_context"])
    return dict(context["queries"][0])


def test_every_chart_has_a_query_for_the_data_api() -> None:
    assert len(CHARTS) == 29
    for chart in CHARTS.values():
        queries = json.loads(chart["query_context"])["queries"]
        assert len(queries) == 1
        assert queries[0]["columns"] or queries[0]["metrics"]


def test_a_raw_table_asks_for_its_columns_in_its_order() -> None:
    query = _query("movers")
    assert query["columns"] == ["name", "csm_name", "health_score", "health_delta_7d", "arr_usd"]
    assert query["orderby"] == [["health_move_7d", False]]
    assert query["metrics"] is None


def test_a_number_asks_for_one_metric_without_columns() -> None:
    query = _query("alerts_critical")
    assert (query["columns"], query["metrics"]) == ([], ["n_alerts_critical"])


def test_a_trend_groups_by_day() -> None:
    [axis] = _query("kpi_arr")["columns"]  # type: ignore[misc]
    assert (axis["columnType"], axis["sqlExpression"], axis["timeGrain"]) == ("BASE_AXIS", "as_of_date", "P1D")


def test_free_conditions_become_one_where_clause() -> None:
    condition = {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": "a > 1"}
    other = {**condition, "sqlExpression": "b < 2"}
    context = query_context("big_number_total", {"metric": "n", "adhoc_filters": [condition, other]})
    assert context["queries"][0]["extras"]["where"] == "(a > 1) AND (b < 2)"
