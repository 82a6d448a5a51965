"""One word, one calculation: docs/metrics.md is what the YAML of the marts says, and no metric is defined twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from config.settings import ROOT
from copilot.warehouse.metrics_page import metrics, render

GOALS = ROOT / "dbt" / "seeds" / "seed_goal.csv"


def _twice(names: list[str]) -> list[str]:
    return sorted(name for name, n in Counter(names).items() if n > 1)


def test_every_metric_is_defined_in_exactly_one_column() -> None:
    found = metrics()

    assert {"MRR", "ARR", "health score", "touches"} <= {metric.name for metric in found}
    assert _twice([metric.name.lower() for metric in found]) == []
    assert all(metric.owner and metric.definition for metric in found)


def test_a_metric_that_two_marts_define_is_seen_twice(tmp_path: Path) -> None:
    column: dict[str, Any] = {"name": "mrr_usd", "description": "Money.", "config": {"meta": {"metric": "MRR"}}}
    for mart in ("one", "other"):
        (tmp_path / f"{mart}.yml").write_text(yaml.safe_dump({"models": [{"name": mart, "columns": [column]}]}))

    assert _twice([metric.name for metric in metrics(tmp_path)]) == ["MRR"]


def test_the_page_is_the_one_that_the_yaml_gives() -> None:
    written = (ROOT / "docs" / "metrics.md").read_text("utf-8")

    assert written == render(metrics()), "run `copilot metrics`"


def test_every_goal_aims_at_a_figure_of_the_team_mart() -> None:
    page = yaml.safe_load((ROOT / "dbt" / "models" / "marts" / "mart_team_weekly.yml").read_text("utf-8"))
    columns = {column["name"]: column["data_type"] for column in page["models"][0]["columns"]}
    header, *rows = GOALS.read_text("utf-8").splitlines()
    aimed = {dict(zip(header.split(","), row.split(","), strict=False))["metric"] for row in rows}

    assert aimed
    assert {columns.get(metric) for metric in aimed} <= {"numeric", "bigint"}
