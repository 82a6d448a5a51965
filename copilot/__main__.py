"""`python -m copilot`."""

from copilot.cli import app

app()
