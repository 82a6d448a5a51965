"""Arms kill points for a child process."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def armed(*places: str) -> dict[str, str]:
    """Return this process's environment, plus what makes a child die once at each of these places."""
    return {**os.environ, "COPILOT_KILL_AT": str(armed_for(dict.fromkeys(places, 1)))}


def armed_for(passings: Mapping[str, int]) -> Path:
    """The directory that makes a process die at the so manieth passing of each of these places."""
    directory = Path(tempfile.mkdtemp(prefix="kill-"))
    for place, nth in passings.items():
        (directory / place).write_text(str(nth))
    return directory
