"""`make bench`: every benchmark in turn, each on data of its own. docs/figures.md says what each number means.

The ones that need the running stack (`truth`, `model`) are run against it after `make demo`.
"""

import subprocess
import sys

# Name -> arguments. Ordered from seconds to an hour.
BENCHMARKS: tuple[tuple[str, ...], ...] = (
    ("benchmarks.landing",),
    ("benchmarks.api_memory",),
    ("benchmarks.model",),
    ("benchmarks.truth",),
    ("benchmarks.training",),
    ("benchmarks.sandbox",),
    ("benchmarks.demo",),
    ("benchmarks.micro_batch",),
    ("benchmarks.volume",),
    ("benchmarks.usage",),
    ("benchmarks.backfill",),
    ("benchmarks.history",),
)


def main() -> int:
    """Run all; the exit code says whether every one ran."""
    failed = []
    for module, *arguments in BENCHMARKS:
        print(f"== {module} {' '.join(arguments)}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode != 0:
            failed.append(module)
    print(f"failed: {failed}" if failed else "all ran")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
