"""What every mart, exposure and lower model owes its readers. Each rule returns the complaints about one node."""

from collections.abc import Iterator
from typing import Any

from copilot.sources.canonical import TABLES
from tests.unit.dbt.project import layer

# Public: may be shown to anybody. Internal: figures that name nobody and no customer's money. Confidential: customers'
# names and money, the team's names. Restricted: people at customers, who gave their data to somebody else.
CLASSES = ("public", "internal", "confidential", "restricted")
MAY_HOLD_PEOPLE = ("confidential", "restricted")
PERSONAL = {column.name for table in TABLES for column in table.columns if column.pii}
LEAST_RECONCILIATIONS = 2
CHART_READY = "mart_"
PLANNED = "Planned: "


def mart_faults(mart: Any, manifest: Any) -> Iterator[str]:
    """What a mart lacks; nothing when it keeps every rule."""
    yield from _own_faults(mart)
    yield from _owner_faults(mart, manifest)
    yield from _class_faults(mart)
    for column in mart.columns.values():
        yield from _column_faults(column)
    found = len(reconciliations(mart, manifest))
    if found < LEAST_RECONCILIATIONS:
        yield f"{found} reconciliations, not {LEAST_RECONCILIATIONS}"
    yield from _reader_faults(mart, manifest)


def _reader_faults(mart: Any, manifest: Any) -> Iterator[str]:
    if is_read(mart, manifest):
        return
    if mart.name.startswith(CHART_READY):
        yield "made for a chart, and no exposure says which"
    elif not mart.config.meta.get("audience"):
        yield "no exposure reads it and meta.audience does not say for whom it is"


def _own_faults(mart: Any) -> Iterator[str]:
    if not mart.description.startswith("One row per "):
        yield "the description does not start with the grain, One row per ..."
    if "primary_key" not in {constraint.type.value for constraint in mart.constraints}:
        yield "no primary key"
    if not mart.config.contract.enforced:
        yield "the contract is not enforced"
    if mart.config.access != "public":
        yield f"access is {mart.config.access}, not public"


def _owner_faults(mart: Any, manifest: Any) -> Iterator[str]:
    group = manifest.groups.get(f"group.copilot.{mart.config.group}")
    owner = mart.config.meta.get("owner")
    if group is None:
        yield "no group"
    elif owner != group.owner.name:
        yield f"meta.owner is {owner}, and the group {group.name} is owned by {group.owner.name}"


def _class_faults(mart: Any) -> Iterator[str]:
    given = mart.config.meta.get("classification")
    if given not in CLASSES:
        yield f"meta.classification is {given}, not one of {', '.join(CLASSES)}"
    elif personal_columns(mart) and given not in MAY_HOLD_PEOPLE:
        yield f"{given}, and {', '.join(personal_columns(mart))} tell people apart"


def _column_faults(column: Any) -> Iterator[str]:
    if not column.description:
        yield f"{column.name} has no description"
    if not column.data_type:
        yield f"{column.name} has no type"
    if column.name in PERSONAL and not column.config.meta.get("pii"):
        yield f"{column.name} is personal data by the canonical schema, and meta.pii does not say so"


def personal_columns(node: Any) -> list[str]:
    """Columns that say of themselves that they hold a person's name or address."""
    return [column.name for column in node.columns.values() if column.config.meta.get("pii")]


def reconciliations(mart: Any, manifest: Any) -> list[str]:
    """Singular tests tagged so; one that reads the mart alone compares nothing and does not count."""
    return sorted(
        test.name
        for test in manifest.nodes.values()
        if test.resource_type == "test"
        and "reconciliation" in test.config.tags
        and mart.unique_id in test.depends_on.nodes
        and len(set(test.depends_on.nodes)) > 1
    )


def is_read(node: Any, manifest: Any) -> bool:
    """Whether an exposure names the node."""
    return any(node.unique_id in exposure.depends_on.nodes for exposure in manifest.exposures.values())


def exposure_faults(exposure: Any, manifest: Any) -> Iterator[str]:
    """What is wrong with one reader."""
    if not exposure.description:
        yield "no description"
    yield from _maturity_faults(exposure)
    if exposure.owner.name not in {group.owner.name for group in manifest.groups.values()}:
        yield f"the owner {exposure.owner.name} owns no group"
    if not exposure.depends_on.nodes:
        yield "it reads nothing"
    for unique_id in exposure.depends_on.nodes:
        node = manifest.nodes.get(unique_id)
        if node is None:
            yield f"{unique_id} does not exist"
        elif layer(node) not in ("marts", "seed"):
            yield f"{node.name} is of the layer {layer(node)}, which changes without notice"


def _maturity_faults(exposure: Any) -> Iterator[str]:
    if exposure.maturity is None:
        yield "no maturity"
    elif exposure.description.startswith(PLANNED) != (exposure.maturity.value == "low"):
        yield f"{exposure.maturity.value} maturity, and low is what is planned and nothing else"


def lower_model_faults(model: Any) -> Iterator[str]:
    """What is wrong with a staging or intermediate model."""
    if model.config.access == "public":
        yield "public, although it may change without notice"
    if not model.config.group:
        yield "no group"
