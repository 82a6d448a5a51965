"""Named places at which a test may kill the process, to show that a crash there loses and doubles nothing.

A no-op unless COPILOT_KILL_AT names a directory that holds a file called like the point; the file is taken away first,
so that each armed point kills once and the next try passes. The file may say how many passings from now that is.
"""

import os
import signal
from pathlib import Path

# Those that every night passes; a room that stands beside the day names its own where it calls `kill_point`.
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
# On the way of a window of an HTTP source, from the first question to the day's state, in this order.
FETCH_POINTS = (
    "fetch.before_asking",
    "fetch.after_an_answer",
    "fetch.after_a_page",
    "fetch.before_landing",
    "landing.after_stage",
    "landing.after_verdicts",
    "landing.after_quarantine",
    "landing.after_rows",
    "landing.after_cursor",
    "fetch.after_commit",
    "state.before_recording",
    "state.before_commit",
)


def kill_point(name: str) -> None:
    """Die here by SIGKILL if a test armed this point."""
    directory = os.environ.get("COPILOT_KILL_AT")
    if not directory:
        return
    armed = Path(directory) / name
    try:
        passings = int(armed.read_text() or 1)
        if passings > 1:
            armed.write_text(str(passings - 1))
            return
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
