"""What tests and drills measured: one line a figure in reports/figures.csv, and the newest of each as a table.

`python -m tests.figures [part of a name]` prints that table; docs/figures.md holds it for the promises.
"""

import csv
import fcntl
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache

from config.settings import ROOT

PATH = ROOT / "reports" / "figures.csv"
COLUMNS = ("name", "value", "target", "commit", "date")


def figure(name: str, value: str, target: str) -> None:
    """Append what was measured. Tests that run side by side share the file: a line is written under its lock."""
    PATH.parent.mkdir(exist_ok=True)
    with PATH.open("a", encoding="utf-8", newline="") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(COLUMNS)
        writer.writerow((name, value, target, _commit(), f"{datetime.now(UTC):%Y-%m-%d}"))


def newest(part: str = "") -> list[dict[str, str]]:
    """The newest line of each figure whose name has that part, by name."""
    if not PATH.exists():
        return []
    with PATH.open(encoding="utf-8", newline="") as file:
        found = {line["name"]: line for line in csv.DictReader(file) if part in line["name"]}
    return [found[name] for name in sorted(found, key=_order)]


def table(lines: list[dict[str, str]]) -> str:
    """The lines as markdown."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(tuple(line[name] for name in COLUMNS) for line in lines)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)


@cache
def _commit() -> str:
    """The commit, with a + where the working tree differs from it."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "none"


def _order(name: str) -> tuple[str, int, str]:
    """F9 before F12."""
    head = name.split(" ", 1)[0]
    number = head[1:]
    return (head[:1], int(number), name) if number.isdigit() else (name, 0, name)


if __name__ == "__main__":
    sys.stdout.write(table(newest(*sys.argv[1:2])) + "\n")
