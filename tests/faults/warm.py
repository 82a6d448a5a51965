"""A process that has everything imported, and forks a child for each ingest: a start would take seconds each time."""

import gc
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from config.settings import ROOT


@dataclass(frozen=True)
class Order:
    """One ingest: of which source, for which role, out of which sources file, at what time, with what variables."""

    source: str
    role: str
    sources: str
    now: str
    environment: dict[str, str]


class Warm:
    """The process as its parent sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ingest(self, order: Order) -> int:
        """The exit code of a child that did it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def warm_process() -> Iterator[Warm]:
    """Start one; it is gone at the end."""
    command = [sys.executable, "-m", "tests.faults.warm"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Warm(process)


def serve() -> None:
    """Do every order of the standard input, and tell how each child ended."""
    _import_everything()
    gc.freeze()  # a child that collects what it inherited would copy all of it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_done(Order(**json.loads(line))))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _import_everything() -> None:
    """What an ingest imports on its way."""
    import adbc_driver_postgresql.dbapi  # noqa: F401

    import copilot.sources.api.ingest
    import copilot.sources.ingest
    import copilot.warehouse.landing
    import copilot.warehouse.landing_state  # noqa: F401


def _done(order: Order) -> int:
    from config.run import Run
    from copilot import clock
    from copilot.sources.ingest import ingest

    os.environ.update(order.environment)
    now, ticks = datetime.fromisoformat(order.now), count()
    clock.now = lambda: now + timedelta(microseconds=next(ticks))
    try:
        ingest(order.source, order.role, Run(now.date(), Path(order.sources)))
    except Exception:  # noqa: BLE001 - a child tells whatever happened to it
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve()
