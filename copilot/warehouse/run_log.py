"""What each room cost and counted, attempt by attempt: ops.run_log."""

import json
import resource
import time
from collections.abc import Callable
from typing import Any

from config.run import Run
from config.settings import Role
from copilot.clock import now
from copilot.warehouse.connect import connect

_KIB_PER_MIB = 1024
# An error's text may quote the data; the log keeps its kind and its beginning.
_ERROR_CHARACTERS = 500


def logged(room: str, role: Role, work: Callable[[Run], dict[str, Any]], run: Run) -> dict[str, Any]:
    """Do the work and write down how it went; an error is written down and raised again."""
    started_at, started = now(), time.perf_counter()
    try:
        counts = work(run)
    except Exception as error:
        _write(room, role, run, (started_at, "failed", {}, f"{type(error).__name__}: {error}"[:_ERROR_CHARACTERS]))
        raise
    counts = {**counts, "seconds": round(time.perf_counter() - started, 2)}
    _write(room, role, run, (started_at, "done", counts, ""))
    return counts


def _write(room: str, role: Role, run: Run, entry: tuple[Any, str, dict[str, Any], str]) -> None:
    started_at, outcome, counts, error = entry
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
    with connect(role, run.database) as connection:
        connection.execute(
            """insert into ops.run_log (as_of_date, room, started_at, finished_at, peak_mib, outcome, counts, error)
            values (%s, %s, %s, now(), %s, %s, %s, %s)""",
            (run.as_of, room, started_at, round(peak_mib, 1), outcome, json.dumps(counts, default=str), error),
        )
