"""How long the sandbox company takes to write, how large it gets, and how much memory: `python benchmarks/sandbox.py`.

Options: `--accounts N --months N` for another size. Prints seconds, rows, rows a second, megabytes and peak memory of a
first write, then the seconds of writing the same again (nothing changes on disk).
"""

import argparse
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec, load_spec

MONTH_DAYS = 30.44


def measured(spec: CompanySpec, directory: Path) -> tuple[float, dict[str, int]]:
    """(seconds, rows by table) of one write."""
    began = time.perf_counter()
    counts = write_company(spec, directory)
    return time.perf_counter() - began, counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--months", type=int)
    options = parser.parse_args()
    spec = load_spec()
    if options.accounts:
        spec = spec.changed(accounts=options.accounts)
    if options.months:
        spec = spec.changed(start=spec.end - timedelta(days=round(options.months * MONTH_DAYS)))
    with tempfile.TemporaryDirectory() as home:
        first, counts = measured(spec, Path(home))
        size = sum(path.stat().st_size for path in Path(home).rglob("*.*")) / 1e6
        second, _ = measured(spec, Path(home))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = sum(counts.values())
    print(f"{spec.accounts:,} accounts, {spec.start} to {spec.end}")
    for table, count in counts.items():
        print(f"  {table:<16}{count:>12,}")
    print(f"first write   {first:8.2f} s  {rows:,} rows  {rows / first:,.0f} rows/s  {size:.1f} MB")
    print(f"second write  {second:8.2f} s  nothing changed on disk")
    print(f"peak memory   {peak:8.0f} MiB")


if __name__ == "__main__":
    main()
