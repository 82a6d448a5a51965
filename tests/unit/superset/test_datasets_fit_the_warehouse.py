"""The datasets of the boards run on a migrated warehouse as the read-only login and give the declared columns."""

from typing import Any

import jinja2
import psycopg
import pytest
from board_bundle import load

from config.settings import dsn

DATASETS = load()["datasets"]


def _rendered(text: str, chosen: list[str]) -> str:
    """The SQL as Superset renders it: `filter_values` and `where_in` are its two macros that the datasets use."""
    environment = jinja2.Environment(autoescape=False)  # noqa: S701
    environment.filters["where_in"] = lambda values: (
        "(" + ", ".join("'" + v.replace("'", "''") + "'" for v in values) + ")"
    )
    return environment.from_string(text).render(filter_values=lambda *_column, **_remove: chosen)


def _columns(database: str, query: str) -> list[str]:
    with psycopg.connect(dsn("bi", database)) as bi:
        described = bi.execute(query).description
        assert described is not None
        return [column.name for column in described]


@pytest.mark.parametrize("chosen", [[], ["2026-11-17"]], ids=["newest day", "chosen day"])
def test_every_dataset_gives_exactly_its_declared_columns(database: str, chosen: list[str]) -> None:
    assert len(DATASETS) == 9
    for name, dataset in DATASETS.items():
        declared = [column["column_name"] for column in dataset["columns"]]
        found = _columns(database, _rendered(dataset["sql"], chosen))
        assert sorted(found) == sorted(declared), name


def test_every_metric_of_every_dataset_can_be_computed(database: str) -> None:
    computed = 0
    for dataset in DATASETS.values():
        metrics: list[dict[str, Any]] = dataset["metrics"]
        expressions = ", ".join(metric["expression"] for metric in metrics)
        query = f"select {expressions} from ({_rendered(dataset['sql'], [])}) as v"
        computed += len(_columns(database, query))
    assert computed == sum(len(dataset["metrics"]) for dataset in DATASETS.values()) > 30


def test_every_condition_of_every_chart_can_be_asked(database: str) -> None:
    asked = 0
    for chart in load()["charts"].values():
        for given in chart["params"].get("adhoc_filters", []):
            sql = _rendered(DATASETS[chart["dataset"]]["sql"], [])
            _columns(database, f"select 1 from ({sql}) as v where {given['sqlExpression']}")
            asked += 1
    assert asked == 6


def test_boards_cannot_write(database: str) -> None:
    with psycopg.connect(dsn("bi", database)) as bi, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        bi.execute("delete from serving.published_day")
