"""What `make demo` costs in a fresh clone: the first run (environments from a warm package cache) and the second.

`python -m benchmarks.demo [DIRECTORY]`. Memory is the largest drop of the machine's available memory while it ran, so
run it on a machine at rest. Then one line per room of the first run, from ops.run_log. The clone is removed at the end.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from config.settings import ROOT

SAMPLE_SECONDS = 0.5
_MIB = 1024 * 1024
_ROOMS = """
import psycopg
from config.settings import dsn
with psycopg.connect(dsn("owner")) as owner:
    for row in owner.execute(
        "select room, extract(epoch from finished_at - started_at), peak_mib from ops.run_log order by run_log_id"
    ):
        print(f"{row[0]:<22} {row[1]:7.1f} s {row[2]:8.0f} MiB")
"""


class Memory(threading.Thread):
    """Remembers the least available memory that it saw."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.before = psutil.virtual_memory().available
        self.least = self.before
        self.done = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.done.wait(SAMPLE_SECONDS):
            self.least = min(self.least, psutil.virtual_memory().available)


def measured(clone: Path, name: str) -> None:
    """Run `make demo` once and print what it took."""
    memory = Memory()
    memory.start()
    started = time.perf_counter()
    done = subprocess.run(["make", "demo"], cwd=clone, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    memory.done.set()
    print(f"make demo, {name}: {seconds:.0f} s, peak {(memory.before - memory.least) / _MIB:.0f} MiB, ", end="")
    print(f"exit code {done.returncode}")
    if done.returncode != 0:
        print(done.stdout[-3000:] + done.stderr[-3000:])


def main() -> None:
    """Clone, run twice with a stop in between, print, clean up."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="demo-"))
    clone = place / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    try:
        measured(clone, "first")
        subprocess.run([clone / ".venv/bin/python", "-c", _ROOMS], cwd=clone, check=True)
        subprocess.run(["make", "down"], cwd=clone, check=True, capture_output=True)
        measured(clone, "second")
    finally:
        subprocess.run(["make", "down"], cwd=clone, check=False, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
