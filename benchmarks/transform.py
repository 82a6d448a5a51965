"""What a day of the transformation costs, by layer, in a database that is already landed.

    python -m benchmarks.transform [--sources FILE] DAY [DAY ...]

Prints seconds by layer and the five slowest nodes. The first day of a fresh warehouse builds the whole weekly spine.
"""

import argparse
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from config.run import DEFAULT_SOURCES, Run
from copilot.warehouse import transform

SLOWEST = 5


def measure(run: Run) -> Iterator[str]:
    """One line per layer of one day."""
    for layer in transform.LAYERS:
        began = time.monotonic()
        with transform.only_builder(run):
            nodes = list(transform.invoke(run, "build", "--select", f"path:models/{layer}", *transform.SCOPE))
        slowest = sorted(nodes, key=lambda node: -node.execution_time)[:SLOWEST]
        named = ", ".join(f"{node.node.name} {node.execution_time:.1f}" for node in slowest)
        yield f"{run.as_of} {layer:<12} {time.monotonic() - began:6.1f} s  {len(nodes):3} nodes  ({named})"


def main(arguments: Any = None) -> None:
    """Read the days and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, default=DEFAULT_SOURCES)
    parser.add_argument("days", nargs="+", type=date.fromisoformat)
    given = parser.parse_args(arguments)
    for day in given.days:
        for line in measure(Run(day, given.sources)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
