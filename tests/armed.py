"""Arms kill points for a child process."""

import os
import tempfile
from pathlib import Path


def armed(*places: str) -> dict[str, str]:
    """Return this process's environment, plus what makes a child die once at each of these places."""
    directory = Path(tempfile.mkdtemp(prefix="kill-"))
    for place in places:
        (directory / place).touch()
    return {**os.environ, "COPILOT_KILL_AT": str(directory)}
