"""What must hold in a bundle before it may be imported.

Superset itself checks the shape of each file and little more: a tile that points nowhere is answered with 200 and takes
other tiles off the board.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from board_bundle import KINDS, Asset, Bundle
from sqlalchemy.engine.url import make_url

GRID_COLUMNS = 12


def problems(bundle: Bundle) -> list[str]:
    """Every broken rule as a sentence naming its file; empty when the bundle may be imported."""
    rules = (_uuids, _databases, _datasets, _metric_meanings, _charts, _orphans)
    found = [problem for rule in rules for problem in rule(bundle)]
    for name, board in bundle.assets["dashboards"].items():
        where = f"dashboards/{name}.yaml"
        for rule in (_layout, _tiles, _filters):
            found += [f"{where}: {problem}" for problem in rule(board, bundle)]
    return found


def _uuids(bundle: Bundle) -> Iterator[str]:
    all_uuids = Counter(str(asset["uuid"]) for kind in KINDS for asset in bundle.assets[kind].values())
    yield from (f"uuid {uuid} is used {n} times" for uuid, n in all_uuids.items() if n > 1)


def _databases(bundle: Bundle) -> Iterator[str]:
    for name, database in bundle.assets["databases"].items():
        if make_url(database["sqlalchemy_uri"]).password or "password" in database:
            yield f"databases/{name}.yaml: holds a password"
        if database.get("allow_dml") or database.get("allow_ctas") or database.get("allow_cvas"):
            yield f"databases/{name}.yaml: allows writing"


def _datasets(bundle: Bundle) -> Iterator[str]:
    folded = Counter(name.casefold() for name in bundle.assets["datasets"])
    yield from (f"datasets/{name}.yaml: two files differ in letter case only" for name, n in folded.items() if n > 1)
    for name, dataset in bundle.assets["datasets"].items():
        where = f"datasets/{name}.yaml"
        if dataset["database_uuid"] not in bundle.uuids("databases"):
            yield f"{where}: database {dataset['database_uuid']} is not in the bundle"
        named = [c["column_name"] for c in dataset["columns"]] + [m["metric_name"] for m in dataset["metrics"]]
        yield from (f"{where}: {given} is declared {n} times" for given, n in Counter(named).items() if n > 1)
        labelled = [*dataset["columns"], *dataset["metrics"]]
        yield from (f"{where}: {x} has no label" for x in labelled if not x.get("verbose_name"))


def _metric_meanings(bundle: Bundle) -> Iterator[str]:
    """One definition per metric: the same name means the same formula and label wherever it is offered."""
    meaning: dict[str, tuple[str, str]] = {}
    for name, dataset in bundle.assets["datasets"].items():
        for metric in dataset["metrics"]:
            given = (metric["expression"], metric["verbose_name"])
            if meaning.setdefault(metric["metric_name"], given) != given:
                yield f"datasets/{name}.yaml: metric {metric['metric_name']} is defined differently elsewhere"


def _charts(bundle: Bundle) -> Iterator[str]:
    datasets = {str(dataset["uuid"]): dataset for dataset in bundle.assets["datasets"].values()}
    for name, chart in bundle.assets["charts"].items():
        where = f"charts/{name}.yaml"
        dataset = datasets.get(chart["dataset_uuid"])
        if dataset is None:
            yield f"{where}: dataset {chart['dataset_uuid']} is not in the bundle"
            continue
        columns = {c["column_name"] for c in dataset["columns"]}
        metrics = {m["metric_name"] for m in dataset["metrics"]}
        used_columns, used_metrics = _used(chart["params"])
        yield from (f"{where}: column {c} is not in its dataset" for c in sorted(used_columns - columns))
        yield from (f"{where}: metric {m} is not in its dataset" for m in sorted(used_metrics - metrics))
        formatted = {rule["column"] for rule in chart["params"].get("conditional_formatting", [])}
        formatted |= set(chart["params"].get("column_config", {}))
        yield from (
            f"{where}: formats {x}, which it does not show" for x in sorted(formatted - used_columns - used_metrics)
        )


def _used(params: Asset) -> tuple[set[str], set[str]]:
    """The columns and the metrics that a chart's parameters name."""
    columns = {params["x_axis"]} if "x_axis" in params else set()
    grouped = params.get("groupby", [])
    columns |= {grouped} if isinstance(grouped, str) else set(grouped)
    columns |= set(params.get("all_columns", []))
    columns |= {json.loads(pair)[0] for pair in params.get("order_by_cols", [])}
    columns |= {f["subject"] for f in params.get("adhoc_filters", []) if f["expressionType"] == "SIMPLE"}
    metrics = {*params.get("metrics", []), params.get("metric"), params.get("timeseries_limit_metric")}
    return columns, {str(m) for m in metrics if m}


def _orphans(bundle: Bundle) -> Iterator[str]:
    boards = bundle.assets["dashboards"].values()
    shown = {str(tile["meta"]["uuid"]) for board in boards for tile in _of_type(board, "CHART")}
    for name, chart in bundle.assets["charts"].items():
        if str(chart["uuid"]) not in shown:
            yield f"charts/{name}.yaml: is on no board"


def _layout(board: Asset, _bundle: Bundle) -> Iterator[str]:
    position = board["position"]
    for node in _nodes(board):
        for child in node["children"]:
            if child not in position:
                yield f"{node['id']} holds {child}, which does not exist"
            elif position[child]["parents"] != [*node.get("parents", []), node["id"]]:
                yield f"{child} has the wrong parents"
    for row in _of_type(board, "ROW"):
        width = sum(position[child]["meta"]["width"] for child in row["children"] if child in position)
        if width > GRID_COLUMNS:
            yield f"{row['id']} is {width} columns wide, the grid has {GRID_COLUMNS}"


def _tiles(board: Asset, bundle: Bundle) -> Iterator[str]:
    titles = {str(chart["uuid"]): chart["slice_name"] for chart in bundle.assets["charts"].values()}
    tiles = _of_type(board, "CHART")
    if not tiles:
        yield "shows no chart"
    ids = Counter(tile["meta"]["chartId"] for tile in tiles)
    yield from (f"chartId {number} is used {n} times" for number, n in ids.items() if n > 1)
    for tile in tiles:
        uuid = str(tile["meta"]["uuid"])
        if uuid not in titles:
            yield f"{tile['id']} shows chart {uuid}, which is not in the bundle"
        elif tile["meta"]["sliceName"] != titles[uuid]:
            yield f"{tile['id']} is called {tile['meta']['sliceName']}, its chart {titles[uuid]}"


def _filters(board: Asset, bundle: Bundle) -> Iterator[str]:
    columns = {
        str(dataset["uuid"]): {c["column_name"] for c in dataset["columns"]}
        for dataset in bundle.assets["datasets"].values()
    }
    ids = {tile["meta"]["chartId"] for tile in _of_type(board, "CHART")}
    for given in board["metadata"]["native_filter_configuration"]:
        for target in given["targets"]:
            if target["datasetUuid"] not in columns:
                yield f"filter {given['name']} reads dataset {target['datasetUuid']}, which is not in the bundle"
            elif target["column"]["name"] not in columns[target["datasetUuid"]]:
                yield f"filter {given['name']} reads column {target['column']['name']}, which its dataset does not have"
        if not set(given["scope"]["excluded"]) <= ids:
            yield f"filter {given['name']} leaves out a tile that is not on the board"
        if ids and ids == set(given["scope"]["excluded"]):
            yield f"filter {given['name']} filters no tile"


def _nodes(board: Asset) -> list[Any]:
    return [node for node in board["position"].values() if isinstance(node, dict) and "children" in node]


def _of_type(board: Asset, kind: str) -> list[Any]:
    return [node for node in _nodes(board) if node["type"] == kind]
