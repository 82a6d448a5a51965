"""Build 30 days by one backfill and by 30 single runs: are the rows the same, and what does a day cost.

`python -m benchmarks.backfill [DAYS] [ACCOUNTS]`: a stack and a company of its own in a temporary directory; the days
once by `copilot backfill` into one warehouse, once by single `copilot run`s into another; then the hash of every
published table in both. Exit code 1 when one differs. The single runs mail, the backfill does not.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

DAYS = 30
ACCOUNTS = 200
HISTORY_DAYS = 270


def main() -> int:
    """Build both warehouses and compare them."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else ACCOUNTS
    var = Path(tempfile.mkdtemp(prefix="backfill-"))
    os.environ["COPILOT_VAR"] = str(var)
    from benchmarks.deliveries import write_sources
    from copilot.sandbox.company import write_company
    from copilot.sandbox.spec import load_spec
    from copilot.stack.launch import down
    from copilot.warehouse.publish import table_hashes

    spec = load_spec()
    spec = spec.changed(accounts=accounts, start=spec.end - timedelta(days=HISTORY_DAYS), csms=3)
    write_company(spec, var / "sandbox")
    for name in ("backfilled", "singles"):
        write_sources(var / f"{name}.yml", name)
    first = spec.end - timedelta(days=days - 1)
    try:
        seconds = timed("backfill", first, spec.end, "--sources", var / "backfilled.yml")
        print(f"backfill of {days} days: {seconds:.0f} s, {seconds / days:.1f} s a day")
        seconds = 0.0
        for offset in range(days):
            seconds += timed("run", "--as-of", first + timedelta(days=offset), "--sources", var / "singles.yml")
        print(f"{days} single runs: {seconds:.0f} s, {seconds / days:.1f} s a day")
        expected, found = table_hashes("singles"), table_hashes("backfilled")
    finally:
        down(lambda _: None)
    differing = sorted(name for name in expected if expected[name] != found.get(name))
    print(f"{len(expected)} published tables, {len(differing)} differ: {differing}")
    return 1 if differing or not expected else 0


def timed(*arguments: object) -> float:
    """Run the command; its wall time in seconds. Its output is shown when it fails."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "copilot", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout[-3000:], done.stderr[-3000:])
        sys.exit(1)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
