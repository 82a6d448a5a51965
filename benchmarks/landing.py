"""Rows landed per second, beside PostgreSQL's own COPY of the same rows into an equal table, on a private server.

`python -m benchmarks.landing [ROWS [ROUNDS]]` prints the median ratio of interleaved rounds, for parquet, for csv.gz
and for a parquet snapshot: a file without recorded_at, whose keys have to be proved unique. A file lands in a process
of its own, which tells its peak of memory. What a round has made goes at its end: one file and two tables.
"""

import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import yaml

from config.run import Run
from config.settings import ROLES, dsn, login
from copilot.sources.ingest import ingest
from copilot.stack.postgres import WAREHOUSE_SETTINGS, Server, free_port
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database, ensure_logins

ROUNDS = 3
COLUMNS = (
    "event_id", "account_id", "user_id", "event_name", "feature", "occurred_at", "quantity", "recorded_at",
    "_source", "_batch_id", "_file", "_row_number",
)  # fmt: skip


def main() -> None:
    """Print the table of ratios, or land one file and tell what that took."""
    if sys.argv[1:2] == ["land"]:
        print(json.dumps(landed(Path(sys.argv[2]), sys.argv[3])))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    n_rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with tempfile.TemporaryDirectory() as home, running_server(Path(home)) as database:
        events = made_events(rows)
        for kind in ("parquet", "csv.gz", "snapshot.parquet"):
            rounds = [one_round(events, kind, Path(home), database, n) for n in range(n_rounds)]
            by_copy, by_landing, ratio, peak = (statistics.median(found) for found in zip(*rounds, strict=True))
            print(
                f"{kind:16} COPY {by_copy:9,.0f} rows/s  landing {by_landing:9,.0f} rows/s"
                f"  ratio {ratio:.2f}  peak {peak:4.0f} MiB",
                flush=True,
            )


def made_events(rows: int) -> pa.Table:
    """`rows` usage events of a year, in the order in which they were recorded, as the sandbox writes them."""
    random = np.random.default_rng(20261117)
    at = np.datetime64("2025-06-01T00:00:00", "us") + np.sort(random.integers(0, 365 * 86_400_000_000, rows))
    account = random.integers(0, 1000, rows)
    instants = pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "event_id": [f"evt_{n:010d}" for n in range(rows)],
            "account_id": [f"acc_{n:05d}" for n in account],
            "user_id": [f"usr_{n:05d}_{u}" for n, u in zip(account, random.integers(0, 40, rows), strict=True)],
            "event_name": random.choice(["login", "form_sent", "form_completed", "report_viewed"], rows),
            "feature": random.choice(["forms", "journeys", "reports", "clients"], rows),
            "occurred_at": instants,
            "quantity": pa.array(random.integers(1, 20, rows), pa.int64()),
            "recorded_at": instants,
        }
    )


def one_round(events: pa.Table, kind: str, home: Path, database: str, n: int) -> tuple[float, float, float, float]:
    """(COPY, landing, landing / COPY) in rows per second into tables of their own, and the landing's peak in MiB."""
    source = f"{kind.replace('.', '_')}_{n}"
    folder = home / source
    folder.mkdir()
    path = folder / f"usage_events.{kind}"
    write(events.drop_columns(["recorded_at"]) if kind.startswith("snapshot") else events, path)
    declared = {"warehouse": database, "sources": [
        {"name": source, "type": "files", "path": f"{folder}/{{table}}.{kind}", "tables": ["usage_events"]}
    ]}  # fmt: skip
    (folder / "sources.yml").write_text(yaml.safe_dump(declared))
    copied = timed_copy(events, path, database, source)
    command = [sys.executable, "-m", "benchmarks.landing", "land", str(folder / "sources.yml"), source]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if told["landed"] != events.num_rows:
        raise SystemExit(f"landed {told}")
    path.unlink()
    with psycopg.connect(dsn("owner", database)) as owner:
        owner.execute(f"drop schema raw_{source} cascade")
    speed = events.num_rows / told["seconds"]
    return copied, speed, speed / copied, told["peak_mib"]


def landed(sources: Path, source: str) -> dict[str, float]:
    """How many rows of the source landed in how many seconds, and this process's peak of memory in MiB."""
    import adbc_driver_postgresql.dbapi  # noqa: F401

    import copilot.sources.gate
    import copilot.sources.ingest_files
    import copilot.sources.reading
    import copilot.warehouse.landing  # noqa: F401 - a night imports them once for all its files

    started = time.perf_counter()
    counts = ingest(source, "usage", Run(date(2026, 6, 1), sources))
    seconds = time.perf_counter() - started
    return {"landed": counts["landed"], "seconds": seconds, "peak_mib": peak_mib()}


def peak_mib() -> float:
    """The most memory that this process held; getrusage would tell what its parent held when it started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def write(events: pa.Table, path: Path) -> None:
    """The file as a source would deliver it."""
    if path.suffix == ".parquet":
        pa.parquet.write_table(events, path, compression="zstd")
    else:
        with pa.CompressedOutputStream(str(path), "gzip") as opened:
            pa.csv.write_csv(events, opened)


def timed_copy(events: pa.Table, path: Path, database: str, name: str) -> float:
    """Rows per second of plain COPY of the same rows, already as CSV text in memory, into an equal table."""
    rows = events
    for column, value in (("_source", name), ("_batch_id", 1), ("_file", path.name)):
        rows = rows.append_column(column, pa.repeat(value, events.num_rows))
    rows = rows.append_column("_row_number", pa.array(range(events.num_rows), pa.int64()))
    text = pa.BufferOutputStream()
    pa.csv.write_csv(rows, text, pa.csv.WriteOptions(include_header=False))
    payload = memoryview(text.getvalue())
    with psycopg.connect(dsn("owner", database)) as owner:
        owner.execute(f"create table public.copy_{name} (like raw.usage_events including indexes)")
        owner.commit()
        started = time.perf_counter()
        with owner.cursor().copy(f"copy public.copy_{name} ({', '.join(COLUMNS)}) from stdin (format csv)") as copy:
            for at in range(0, len(payload), 1 << 20):
                copy.write(payload[at : at + (1 << 20)])
        owner.commit()
        seconds = time.perf_counter() - started
        owner.execute(f"drop table public.copy_{name}")
    return events.num_rows / seconds


@contextmanager
def running_server(home: Path, **settings: str) -> Iterator[str]:
    """A server with the warehouse's own settings, but for those given, and one migrated database, gone at the end.

    Also at the end of a benchmark that is told to stop: it ends as on Ctrl-C.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["COPILOT_VAR"] = str(home)
    server = Server(home, free_port(), {**WAREHOUSE_SETTINGS, **settings})
    admin = secrets.token_hex(16)
    passwords = {role: secrets.token_hex(8) for role in ROLES}
    try:
        server.start(admin)
        (home / "stack.json").write_text(json.dumps({"postgres": {"host": server.host, "port": server.port}}))
        (home / "secrets").mkdir(mode=0o700)
        for role, password in passwords.items():
            (home / "secrets" / f"pg_{login(role)}").write_text(password)
        ensure_logins(server.admin_dsn(admin), passwords)
        with psycopg.connect(server.admin_dsn(admin), autocommit=True) as session:
            # A measurement starts at rest: who measures may bring the rest about, and see when it has come.
            session.execute("grant pg_checkpoint, pg_read_all_stats to cs_owner")
        ensure_database(server.admin_dsn(admin), "benchmark")
        migrate("benchmark")
        yield "benchmark"
    finally:
        server.destroy()


if __name__ == "__main__":
    main()
