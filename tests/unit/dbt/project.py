"""The dbt project as dbt itself understands it, parsed without a database."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.settings import ROOT

PROJECT = ROOT / "dbt"
# What dbt/profiles.yml reads; parsing connects nowhere.
NO_DATABASE = {
    "DBT_HOST": "none", "DBT_PORT": "5432", "DBT_USER": "none", "DBT_ENV_SECRET_PASSWORD": "none",
    "DBT_DATABASE": "none", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}  # fmt: skip


def parse(directory: Path) -> Any:
    """The manifest; raises AssertionError with dbt's own complaint when the project does not parse."""
    from dbt.cli.main import dbtRunner

    places = ("--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", directory, "--log-path", directory)
    parsed = dbtRunner().invoke(["--quiet", "--no-write-json", "parse", *map(str, places)])
    assert parsed.success, parsed.exception
    return parsed.result


def layer(node: Any) -> str:
    """The directory under models/ (staging, intermediate, marts), or the kind of a node that is no model."""
    return node.fqn[1] if node.resource_type == "model" else str(node.resource_type)


def in_layer(manifest: Any, *layers: str) -> Iterator[Any]:
    """Nodes of those layers, in the order of their names."""
    for node in sorted(manifest.nodes.values(), key=lambda each: each.name):
        if layer(node) in layers:
            yield node


def own_macros(manifest: Any) -> Mapping[str, Any]:
    """The project's own macros by unique id, without those that only define a generic test."""
    return {
        unique_id: macro
        for unique_id, macro in manifest.macros.items()
        if macro.package_name == "copilot" and not macro.name.startswith("test_")
    }


def macros_behind(manifest: Any, called: set[str]) -> set[str]:
    """Those macros and all that they call, by unique id."""
    found, fresh = set[str](), called
    while fresh:
        found |= fresh
        fresh = {inner for macro in fresh for inner in manifest.macros[macro].depends_on.macros} - found
    return found
