"""What reading events from a vendor's export costs: rows landed per second, and the reader's memory at 1x and 10x.

`python -m benchmarks.api_memory [EVENTS]` serves made-up Mixpanel events from a process of its own, lands them in a
private server, each amount from a fresh process, and prints the ratio of what reading took above an idle process.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from benchmarks.landing import running_server
from config.run import Run
from copilot import clock
from copilot.stack.postgres import free_port

TIMES = 10
EVENTS_A_CHUNK = 1000


def main() -> None:
    """Print one line for each amount, and the ratios."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as home, running_server(Path(home)) as database:
        small, large = (measured(Path(home), database, events * times) for times in (1, TIMES))
    above = [found["peak_kb"] - found["idle_kb"] for found in (small, large)]
    print(
        f"memory above idle at {TIMES}x: {above[1] / above[0]:.2f} times, whole process {ratio(small, large):.2f} times"
    )


def ratio(small: dict[str, float], large: dict[str, float]) -> float:
    """How much more memory the larger amount took, everything counted."""
    return large["peak_kb"] / small["peak_kb"]


def measured(home: Path, database: str, events: int) -> dict[str, float]:
    """What one process said that read so many events."""
    name = f"events_{events}"
    sources = home / f"{name}.yml"
    options = {"begin": str((clock.now() - timedelta(days=1)).date())}
    source = {"name": name, "type": "mixpanel", "connection": "bench", "tables": ["usage_events"], "options": options}
    sources.write_text(yaml.safe_dump({"warehouse": database, "sources": [source]}))
    with serving(events) as port:
        fields = {"host": f"http://127.0.0.1:{port}", "login": "bot", "password": "x", "extra": {"project_id": "1"}}
        environment = {**os.environ, "AIRFLOW_CONN_BENCH": json.dumps(fields)}
        command = [sys.executable, "-m", "benchmarks.api_memory", "read", str(sources), name]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found["landed"] != events:
        raise SystemExit(f"landed {found['landed']} of {events}")
    print(
        f"{events:9,} events {events / found['seconds']:9,.0f} rows/s"
        f"  peak {found['peak_kb'] / 1024:6.0f} MB, idle {found['idle_kb'] / 1024:6.0f} MB",
        flush=True,
    )
    return found


def read(sources: Path, name: str) -> None:
    """Read the source once, and print what it took."""
    from copilot.sources.api import ingest as _  # noqa: F401 - idle is with everything loaded
    from copilot.sources.ingest import ingest

    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    counts = ingest(name, "usage", Run(date(2026, 6, 1), sources))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"landed": counts["landed"], "seconds": seconds, "idle_kb": idle, "peak_kb": peak}))


@contextmanager
def serving(events: int) -> Iterator[int]:
    """The port of a vendor that has so many events, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.api_memory", "serve", str(port), str(events)]
    with subprocess.Popen(command) as process:
        try:
            while not _listens(port):
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def serve(port: int, events: int) -> None:
    """Answer every export with all events."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.routing import Route

    def export(_: Request) -> Response:
        return StreamingResponse(chunks(events), media_type="text/plain")

    uvicorn.run(Starlette(routes=[Route("/api/2.0/export", export)]), port=port, log_level="critical")


def chunks(events: int) -> Iterator[bytes]:
    """The lines of that many events, with as many properties as a web client sends."""
    at = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
    others = ", ".join(f'"$other_{n}": "value {n}"' for n in range(15))
    for start in range(0, events, EVENTS_A_CHUNK):
        yield "".join(
            f'{{"event": "report_viewed", "properties": {{"time": {at + n}, "distinct_id": "usr_{n % 4000}",'
            f' "$insert_id": "evt_{n:010d}", "mp_processing_time_ms": {(at + n) * 1000 + 250}, "company_id":'
            f' "acc_{n % 1000}", "feature": "reports", "quantity": {n % 9 + 1}, {others}}}}}\n'
            for n in range(start, min(start + EVENTS_A_CHUNK, events))
        ).encode()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", port, events]:
            serve(int(port), int(events))
        case ["read", sources, name]:
            read(Path(sources), name)
        case _:
            main()
