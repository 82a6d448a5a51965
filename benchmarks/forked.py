"""Work in a process of its own, so that its peak of memory is its own."""

import resource
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from typing import Any, NamedTuple

FORKED = get_context("fork")


class Cost(NamedTuple):
    """What the work took: seconds, and MiB of its process at the most, with what that began with."""

    seconds: float
    mib: float


def forked(work: Callable[..., Any], *arguments: Any) -> Cost:
    """What the work cost in a process of its own; its failure ends the benchmark."""
    told: SimpleQueue[Cost] = FORKED.SimpleQueue()
    process = FORKED.Process(target=_work, args=(told, work, *arguments))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work} ended with {process.exitcode}")
    return told.get()


def _work(told: "SimpleQueue[Cost]", work: Callable[..., Any], *arguments: Any) -> None:
    started = time.perf_counter()
    work(*arguments)
    seconds = time.perf_counter() - started
    told.put(Cost(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
