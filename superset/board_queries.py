"""The query behind each tile, from its chart parameters: without one the data API and reports refuse the chart."""

import json
from typing import Any

Params = dict[str, Any]
DEFAULT_ROWS = 1000
# The importer writes the dataset's real id into the context.
PLACEHOLDER_DATASOURCE = {"id": 0, "type": "table"}


def query_context(viz_type: str, params: Params) -> Params:
    """The query context that Superset saves with a chart. Raises KeyError for a chart type without a rule here."""
    query = {
        "filters": _simple_filters(params),
        "extras": {"having": "", "where": _where(params)},
        "row_limit": params.get("row_limit", DEFAULT_ROWS),
        "row_offset": 0,
        "annotation_layers": [],
        "applied_time_extras": {},
        "url_params": {},
        **_QUERY_OF[viz_type](params),
    }
    return {
        "datasource": PLACEHOLDER_DATASOURCE,
        "force": False,
        "queries": [query],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }


def _simple_filters(params: Params) -> list[Params]:
    simple = [f for f in params.get("adhoc_filters", []) if f["expressionType"] == "SIMPLE"]
    return [{"col": f["subject"], "op": f["operator"], "val": f.get("comparator")} for f in simple]


def _where(params: Params) -> str:
    return " AND ".join(
        f"({f['sqlExpression']})" for f in params.get("adhoc_filters", []) if f["expressionType"] == "SQL"
    )


def _number(params: Params) -> Params:
    return {"columns": [], "metrics": [params["metric"]], "orderby": []}


def _trend(params: Params) -> Params:
    return {"columns": [_axis(params)], "metrics": [params["metric"]], "orderby": []}


def _series(params: Params) -> Params:
    columns = [_axis(params), *params.get("groupby", [])]
    return {
        "columns": columns,
        "series_columns": params.get("groupby", []),
        "metrics": params["metrics"],
        "orderby": [],
    }


def _pie(params: Params) -> Params:
    return {"columns": params["groupby"], "metrics": [params["metric"]], "orderby": [[params["metric"], False]]}


def _heatmap(params: Params) -> Params:
    return {"columns": [params["x_axis"], params["groupby"]], "metrics": [params["metric"]], "orderby": []}


def _table(params: Params) -> Params:
    if params["query_mode"] == "raw":
        order = [_pair(text) for text in params.get("order_by_cols", [])]
        return {"columns": params["all_columns"], "metrics": None, "orderby": order}
    by = params.get("timeseries_limit_metric")
    order = [[by, not params.get("order_desc", True)]] if by else []
    return {"columns": params["groupby"], "metrics": params["metrics"], "orderby": order}


def _pair(text: str) -> list[Any]:
    """`["arr_usd", false]` as Superset keeps it, a JSON text, to its two values."""
    return list(json.loads(text))


def _axis(params: Params) -> Any:
    axis = params["x_axis"]
    if "time_grain_sqla" not in params:
        return axis
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": axis,
        "sqlExpression": axis,
        "timeGrain": params["time_grain_sqla"],
    }


_QUERY_OF = {
    "big_number_total": _number,
    "big_number": _trend,
    "echarts_timeseries_bar": _series,
    "pie": _pie,
    "heatmap_v2": _heatmap,
    "table": _table,
}
