"""The board files hold together, and each fault that Superset would swallow is found before an import."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from board_bundle import ASSETS, Bundle, BundleError, build, load
from board_rules import problems

BUILT = build(load())
FILTERS = ["As-of date", "Account", "Segment", "Tier", "Region", "CSM", "Lifecycle", "Risk band", "Account id"]


@pytest.fixture
def bundle() -> Bundle:
    return deepcopy(BUILT)


def _board(bundle: Bundle) -> Any:
    return bundle.assets["dashboards"]["cs_ops"]


def _tiles(bundle: Bundle) -> list[Any]:
    return [n for n in _board(bundle)["position"].values() if isinstance(n, dict) and n["type"] == "CHART"]


def test_the_bundle_in_this_checkout_breaks_no_rule(bundle: Bundle) -> None:
    assert {kind: len(named) for kind, named in bundle.assets.items()} == {
        "databases": 1,
        "datasets": 9,
        "charts": 29,
        "dashboards": 1,
    }
    assert problems(bundle) == []


def test_every_chart_is_on_the_board_once(bundle: Bundle) -> None:
    shown = sorted(str(tile["meta"]["uuid"]) for tile in _tiles(bundle))
    assert len(shown) == 29
    assert shown == sorted(bundle.uuids("charts"))


def _dangling_chart(b: Bundle) -> None:
    _tiles(b)[0]["meta"]["uuid"] = "00000000-0000-0000-0000-000000000000"


def _dangling_dataset(b: Bundle) -> None:
    b.assets["charts"]["movers"]["dataset_uuid"] = "00000000-0000-0000-0000-000000000000"


def _dangling_database(b: Bundle) -> None:
    b.assets["datasets"]["published"]["database_uuid"] = "00000000-0000-0000-0000-000000000000"


def _unknown_column(b: Bundle) -> None:
    b.assets["charts"]["movers"]["params"]["all_columns"].append("helth_score")


def _unknown_order(b: Bundle) -> None:
    b.assets["charts"]["movers"]["params"]["order_by_cols"] = ['["no_such_order", false]']


def _unknown_metric(b: Bundle) -> None:
    b.assets["charts"]["kpi_arr"]["params"]["metric"] = "arr_eur"


def _unshown_format(b: Bundle) -> None:
    b.assets["charts"]["movers"]["params"]["column_config"]["region"] = {}


def _two_meanings(b: Bundle) -> None:
    b.assets["datasets"]["account_history"]["metrics"][0]["expression"] = "count(distinct account_id)"


def _unlabelled(b: Bundle) -> None:
    del b.assets["datasets"]["published"]["columns"][0]["verbose_name"]


def _wide_row(b: Bundle) -> None:
    _tiles(b)[0]["meta"]["width"] = 11


def _same_chart_id(b: Bundle) -> None:
    _tiles(b)[0]["meta"]["chartId"] = _tiles(b)[1]["meta"]["chartId"]


def _other_title(b: Bundle) -> None:
    _tiles(b)[0]["meta"]["sliceName"] = "Revenue"


def _wrong_parents(b: Bundle) -> None:
    _tiles(b)[0]["parents"] = ["ROOT_ID"]


def _lost_child(b: Bundle) -> None:
    _board(b)["position"]["TAB-0"]["children"].append("ROW-99")


def _orphan(b: Bundle) -> None:
    b.assets["charts"]["spare"] = b.assets["charts"]["movers"] | {"uuid": "11111111-0000-0000-0000-000000000000"}


def _filter_column(b: Bundle) -> None:
    _board(b)["metadata"]["native_filter_configuration"][1]["targets"][0]["column"]["name"] = "sgment"


def _filter_dataset(b: Bundle) -> None:
    _board(b)["metadata"]["native_filter_configuration"][1]["targets"][0]["datasetUuid"] = "0"


def _filter_scope(b: Bundle) -> None:
    _board(b)["metadata"]["native_filter_configuration"][1]["scope"]["excluded"].append(1)


def _same_uuid(b: Bundle) -> None:
    b.assets["charts"]["movers"]["uuid"] = b.assets["charts"]["kpi_arr"]["uuid"]


def _password(b: Bundle) -> None:
    b.assets["databases"]["warehouse"]["sqlalchemy_uri"] = "postgresql+psycopg2://cs_bi:hunter2@warehouse.invalid/w"


def _writing(b: Bundle) -> None:
    b.assets["databases"]["warehouse"]["allow_dml"] = True


FAULTS: list[tuple[Callable[[Bundle], None], str]] = [
    (_dangling_chart, "is not in the bundle"),
    (_dangling_dataset, "charts/movers.yaml: dataset 00000000"),
    (_dangling_database, "datasets/published.yaml: database 00000000"),
    (_unknown_column, "charts/movers.yaml: column helth_score"),
    (_unknown_order, "charts/movers.yaml: column no_such_order"),
    (_unknown_metric, "charts/kpi_arr.yaml: metric arr_eur"),
    (_unshown_format, "charts/movers.yaml: formats region"),
    (_two_meanings, "metric n_accounts is defined differently"),
    (_unlabelled, "has no label"),
    (_wide_row, "columns wide, the grid has 12"),
    (_same_chart_id, "is used 2 times"),
    (_other_title, "is called Revenue"),
    (_wrong_parents, "has the wrong parents"),
    (_lost_child, "holds ROW-99, which does not exist"),
    (_orphan, "charts/spare.yaml: is on no board"),
    (_filter_column, "filter Account reads column sgment"),
    (_filter_dataset, "filter Account reads dataset 0"),
    (_filter_scope, "filter Account leaves out a tile"),
    (_same_uuid, "is used 2 times"),
    (_password, "holds a password"),
    (_writing, "allows writing"),
]


@pytest.mark.parametrize(("plant", "words"), FAULTS, ids=[plant.__name__[1:] for plant, _ in FAULTS])
def test_a_planted_fault_is_found(bundle: Bundle, plant: Callable[[Bundle], None], words: str) -> None:
    plant(bundle)
    assert any(words in problem for problem in problems(bundle)), problems(bundle)


@pytest.mark.parametrize(
    ("kind", "name", "key"), [("charts", "movers", "dataset"), ("datasets", "published", "database")]
)
def test_a_name_that_no_file_has_is_an_error_naming_the_file(kind: str, name: str, key: str) -> None:
    lean = load()
    lean[kind][name][key] = "nowhere"
    with pytest.raises(BundleError, match=f"{kind}/{name}.yaml: there is no {key}s/nowhere.yaml"):
        build(lean)


def test_no_asset_mentions_a_password() -> None:
    files = list(ASSETS.rglob("*.yaml"))
    assert len(files) == 40
    assert not [path.name for path in files if "password:" in path.read_text().lower()]


def test_a_filter_leaves_out_exactly_the_tiles_without_its_column(bundle: Bundle) -> None:
    by_uuid = {str(d["uuid"]): {c["column_name"] for c in d["columns"]} for d in bundle.assets["datasets"].values()}
    columns_of = {str(c["uuid"]): by_uuid[c["dataset_uuid"]] for c in bundle.assets["charts"].values()}
    filters = {f["name"]: f for f in _board(bundle)["metadata"]["native_filter_configuration"]}
    assert list(filters) == FILTERS
    for given in filters.values():
        column = given["targets"][0]["column"]["name"]
        without = {t["meta"]["chartId"] for t in _tiles(bundle) if column not in columns_of[str(t["meta"]["uuid"])]}
        assert set(given["scope"]["excluded"]) == without
    assert filters["As-of date"]["scope"]["excluded"] == []


def test_building_twice_gives_the_same_files() -> None:
    assert build(load()).contents() == build(load()).contents()
    assert build(load()).digest() == build(load()).digest()
