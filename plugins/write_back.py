"""What a run of write_back_crm was asked to do: by a person, who says `apply`, or by a day that was published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.run import Run
from config.write_back import write_back_config
from plugins.rooms import order_of

if TYPE_CHECKING:
    from copilot.write_back.day import Wish


@dataclass(frozen=True)
class WriteBackOrder:
    """`why_not` says why this run has nothing to do; only a run that `applies` writes."""

    run: Run
    wish: "Wish"
    applies: bool
    why_not: str = ""


def told(dag_run: Any, events: Mapping[Any, Iterable[Any]] | None, params: Mapping[str, Any]) -> WriteBackOrder:
    """The order of this run. A published day writes only where the settings say so, and never in a backfill."""
    from copilot.write_back.day import Wish
    from plugins.connections import from_airflow

    order = order_of(dag_run, events)
    wish = Wish(order.run.sources, order.run.as_of, connection=from_airflow)
    if not events:
        return WriteBackOrder(order.run, wish, bool(params.get("apply", False)))
    why_not = "" if order.sends_mail else "this run was told to send nothing"
    return WriteBackOrder(order.run, wish, write_back_config().when_published == "apply", why_not)
