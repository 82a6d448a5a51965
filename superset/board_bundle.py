"""Turn the lean YAML of `assets/` into what Superset's importer takes.

The files name each other by file name; here names become uuids, a board's `rows` become a laid-out `position`, its
`filters` get their scope from the columns of each tile's dataset, and every chart gets the query its data API needs.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from board_queries import query_context
from board_theme import LABEL_COLORS, SCHEME

ASSETS = Path(__file__).parent / "assets"
KINDS = ("databases", "datasets", "charts", "dashboards")
VERSION = "1.0.0"
# Superset needs ids in the layout and replaces them on import; they only have to differ.
FIRST_PLACEHOLDER_ID = 9001

Asset = dict[str, Any]


class BundleError(ValueError):
    """An asset file is wrong; the message names file and key."""


@dataclass(frozen=True)
class Bundle:
    """The assets by kind and file name, complete for the importer."""

    assets: dict[str, dict[str, Asset]]

    def contents(self) -> dict[str, str]:
        """File name to YAML text, as the importer wants them."""
        files = {"metadata.yaml": {"version": VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"}}
        for kind, named in self.assets.items():
            files |= {f"{kind}/{name}.yaml": asset for name, asset in named.items()}
        return {path: yaml.safe_dump(asset, sort_keys=False, allow_unicode=True) for path, asset in files.items()}

    def uuids(self, kind: str) -> set[str]:
        """Every uuid of one kind."""
        return {str(asset["uuid"]) for asset in self.assets[kind].values()}

    def digest(self) -> str:
        """Changes when anything that is imported changes."""
        return hashlib.sha256(json.dumps(self.contents(), sort_keys=True).encode()).hexdigest()


def load(directory: Path = ASSETS) -> dict[str, dict[str, Asset]]:
    """The files as written: kind, then file name without ending. Raises BundleError when one does not parse."""
    return {kind: {path.stem: _read(path) for path in sorted((directory / kind).glob("*.yaml"))} for kind in KINDS}


def _read(path: Path) -> Asset:
    try:
        asset = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BundleError(f"{path.name}: not valid YAML: {error}") from error
    if not isinstance(asset, dict):
        raise BundleError(f"{path.name}: expected keys and values")
    return asset


def build(lean: dict[str, dict[str, Asset]]) -> Bundle:
    """The complete bundle. Raises BundleError on a name that no file has."""
    complete: dict[str, dict[str, Asset]] = {"databases": lean["databases"]}
    complete["datasets"] = {n: _dataset(n, a, lean) for n, a in lean["datasets"].items()}
    complete["charts"] = {n: _chart(n, a, lean) for n, a in lean["charts"].items()}
    complete["dashboards"] = {n: _dashboard(n, a, lean) for n, a in lean["dashboards"].items()}
    # Marks what deploy may delete again, and tells people in the browser that their edits would be overwritten.
    for asset in (asset for named in complete.values() for asset in named.values()):
        asset["is_managed_externally"] = True
    return Bundle(complete)


def _uuid_of(kind: str, name: str, lean: dict[str, dict[str, Asset]], where: str) -> str:
    if name not in lean[kind]:
        raise BundleError(f"{where}: there is no {kind}/{name}.yaml")
    return str(lean[kind][name]["uuid"])


def _dataset(name: str, asset: Asset, lean: dict[str, dict[str, Asset]]) -> Asset:
    uuid = _uuid_of("databases", asset["database"], lean, f"datasets/{name}.yaml")
    given = {key: value for key, value in asset.items() if key not in ("database", "columns", "metrics")}
    columns = [{"groupby": True, "filterable": True, "is_dttm": False, **column} for column in asset["columns"]]
    metrics = [{"metric_type": "expression", **metric} for metric in asset.get("metrics", [])]
    return {**given, "columns": columns, "metrics": metrics, "database_uuid": uuid, "version": VERSION}


def _chart(name: str, asset: Asset, lean: dict[str, dict[str, Asset]]) -> Asset:
    uuid = _uuid_of("datasets", asset["dataset"], lean, f"charts/{name}.yaml")
    given = {key: value for key, value in asset.items() if key != "dataset"}
    params = {"viz_type": asset["viz_type"], "color_scheme": SCHEME, **asset["params"]}
    context = query_context(asset["viz_type"], params)
    return {**given, "params": params, "query_context": json.dumps(context), "dataset_uuid": uuid, "version": VERSION}


def _dashboard(name: str, asset: Asset, lean: dict[str, dict[str, Asset]]) -> Asset:
    where = f"dashboards/{name}.yaml"
    given = {key: value for key, value in asset.items() if key not in ("tabs", "filters", "metadata")}
    position, placed = _position(asset, lean, where)
    metadata = {
        "color_scheme": SCHEME,
        "label_colors": _label_colors(lean),
        "cross_filters_enabled": True,
        "refresh_frequency": 0,
        "native_filter_configuration": [_filter(f, placed, lean, where) for f in asset["filters"]],
        **asset.get("metadata", {}),
    }
    return {**given, "position": position, "metadata": metadata, "version": VERSION}


def _label_colors(lean: dict[str, dict[str, Asset]]) -> dict[str, str]:
    """The fixed colours by label; a series that is a metric looks its colour up by the metric's name."""
    metrics = [metric for dataset in lean["datasets"].values() for metric in dataset["metrics"]]
    named = {m["metric_name"]: LABEL_COLORS[m["verbose_name"]] for m in metrics if m["verbose_name"] in LABEL_COLORS}
    return LABEL_COLORS | named


def _position(asset: Asset, lean: dict[str, dict[str, Asset]], where: str) -> tuple[Asset, dict[str, int]]:
    """The layout tree, and the placeholder id of every tile by chart name."""
    placed: dict[str, int] = {}
    tree: Asset = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-main"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": asset["dashboard_title"]}},
        "TABS-main": {"type": "TABS", "id": "TABS-main", "children": [], "meta": {}, "parents": ["ROOT_ID"]},
    }
    for t, tab in enumerate(asset["tabs"]):
        tab_id = f"TAB-{t}"
        tree["TABS-main"]["children"].append(tab_id)
        tree[tab_id] = _node("TAB", tab_id, ["ROOT_ID", "TABS-main"], {"text": tab["title"]})
        for r, row in enumerate(tab["rows"]):
            row_id = f"ROW-{t}-{r}"
            tree[tab_id]["children"].append(row_id)
            tree[row_id] = _node(
                "ROW", row_id, ["ROOT_ID", "TABS-main", tab_id], {"background": "BACKGROUND_TRANSPARENT"}
            )
            for i, tile in enumerate(row["tiles"]):
                node = _tile(f"{t}-{r}-{i}", {"height": row["height"], **tile}, (lean, placed, where))
                tree[row_id]["children"].append(node["id"])
                tree[node["id"]] = {**node, "parents": [*tree[row_id]["parents"], row_id]}
    return tree, placed


def _node(kind: str, node_id: str, parents: list[str], meta: Asset) -> Asset:
    return {"type": kind, "id": node_id, "children": [], "parents": parents, "meta": meta}


def _tile(suffix: str, tile: Asset, context: tuple[dict[str, dict[str, Asset]], dict[str, int], str]) -> Asset:
    lean, placed, where = context
    meta: Asset = {"width": tile["width"], "height": tile["height"]}
    if "markdown" in tile:
        return _node("MARKDOWN", f"MARKDOWN-{suffix}", [], {**meta, "code": tile["markdown"]})
    name = tile["chart"]
    meta |= {"uuid": _uuid_of("charts", name, lean, where), "sliceName": lean["charts"][name]["slice_name"]}
    meta["chartId"] = placed.setdefault(name, FIRST_PLACEHOLDER_ID + len(placed))
    return _node("CHART", f"CHART-{suffix}", [], meta)


def _filter(given: Asset, placed: dict[str, int], lean: dict[str, dict[str, Asset]], where: str) -> Asset:
    """A native filter; it leaves out the tiles whose dataset lacks its column, which would only show a warning."""
    column = given["column"]
    excluded = [number for name, number in placed.items() if not _has_column(lean, name, column)]
    return {
        "id": filter_id(column),
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "name": given["name"],
        "description": given.get("description", ""),
        "targets": [{"datasetUuid": _uuid_of("datasets", given["dataset"], lean, where), "column": {"name": column}}],
        "controlValues": {
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "multiSelect": True,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortAscending": True,
            **given.get("control", {}),
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
    }


def filter_id(column: str) -> str:
    """How a board's address names the filter on that column."""
    return f"NATIVE_FILTER-{column}"


def _has_column(lean: dict[str, dict[str, Asset]], chart: str, column: str) -> bool:
    dataset = lean["datasets"][lean["charts"][chart]["dataset"]]
    return column in {c["column_name"] for c in dataset["columns"]}
