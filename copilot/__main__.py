"""`python -m copilot`."""

from copilot.cli.application import app

app()
