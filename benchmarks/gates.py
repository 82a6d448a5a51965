"""What the two gates cost on a company: CPU of the process and of its database backend, and where the time goes.

    python -m benchmarks.gates SOURCES DAY [raw|marts]

Reads a warehouse that was landed (and, for marts, built) before; the gate writes its verdict of the day again.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from config.run import Run
from expectations import columns, gate, marts_checks, model_checks, raw_checks, session, sources
from expectations.session import Connection

STEPS: tuple[tuple[Any, str], ...] = (
    (gate, "lay_out_raw"),
    (sources, "deliveries"),
    (sources, "quarantine_checks"),
    (gate, "recorded_by_day"),
    (raw_checks, "cross_checks"),
    (raw_checks, "rewritten_events"),
    (raw_checks, "died_columns"),
    (marts_checks, "lay_out_marts"),
    (marts_checks, "step_checks"),
    (model_checks, "feature_checks"),
    (columns, "evaluate"),
)


def cpu_seconds(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(run: Run, which: str) -> None:
    """Run one gate once and print its costs."""
    spent: list[tuple[str, float, float, float]] = []
    pids: list[int] = []

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            backend = next(a for a in arguments if isinstance(a, session.psycopg.Connection)).info.backend_pid
            before = time.perf_counter(), time.process_time(), cpu_seconds(backend)
            result = function(*arguments)
            after = time.perf_counter(), time.process_time(), cpu_seconds(backend)
            spent.append((name, *(a - b for a, b in zip(after, before, strict=True))))
            return result

        return step

    @contextmanager
    def watched(*arguments: Any) -> Iterator[Connection]:
        with session.open_session(*arguments) as connection:
            pids.append(connection.info.backend_pid)
            yield connection
            spent.append(("all of the backend", 0.0, 0.0, cpu_seconds(pids[0])))

    gate.open_session = watched
    for module, name in STEPS:
        setattr(module, name, timed(name, getattr(module, name)))
    start = time.perf_counter(), time.process_time()
    outcome = {"raw": gate.check_raw, "marts": gate.check_marts}[which](run)
    print(f"gate {which} of {run.as_of}: {outcome['verdict']}, {outcome['checks']} checks")
    print(f"{'':24}{'wall s':>8}{'our cpu':>9}{'database':>9}")
    for name, wall, own, backend in spent:
        print(f"{name:24}{wall:8.2f}{own:9.2f}{backend:9.2f}")
    print(f"{'in all':24}{time.perf_counter() - start[0]:8.2f}{time.process_time() - start[1]:9.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    given = Run(date.fromisoformat(sys.argv[2]), Path(sys.argv[1]))
    measure(given, sys.argv[3] if len(sys.argv) > 3 else "raw")
