"""How commands speak: a line each with the time since the start; errors name what to do and end with a code."""

import sys
import time
from typing import NoReturn

import typer

_started = time.monotonic()


def say(line: str) -> None:
    """One line of progress."""
    elapsed = time.monotonic() - _started
    typer.echo(f"[{int(elapsed) // 60:02d}:{int(elapsed) % 60:02d}] {line}")


def fail(error: Exception, code: int = 1) -> NoReturn:
    """Print what went wrong and end."""
    typer.echo(f"error: {error}", err=True)
    sys.exit(code)
