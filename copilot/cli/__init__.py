"""The `copilot` command: one file per group of commands."""

from copilot.cli.application import app

__all__ = ["app"]
