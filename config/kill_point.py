"""Named places at which a test may kill the process, to show that a crash there loses and doubles nothing.

A no-op unless COPILOT_KILL_AT names a directory that holds a file called like the point; the file is taken away first,
so that each armed point kills once and the next try passes.
"""

import os
import signal
from pathlib import Path

# Those that the run of a day passes; a room that stands beside the day names its own where it calls `kill_point`.
POINTS = (
    "landing.after_rows",
    "landing.after_cursor",
    "gate.before_commit",
    "transform.after_a_layer",
    "train.before_record",
    "score.before_commit",
    "decide.before_commit",
    "publish.after_delete",
    "publish.before_commit",
    "digest.after_claim",
    "digest.before_confirm",
)


def kill_point(name: str) -> None:
    """Die here by SIGKILL if a test armed this point."""
    directory = os.environ.get("COPILOT_KILL_AT")
    if not directory:
        return
    armed = Path(directory) / name
    try:
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
