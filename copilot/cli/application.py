"""The command's tree. Groups of other rooms are named here and imported when they are asked for."""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

# group -> module that defines a Typer application called `group`. Naming ml here keeps copilot free of it.
GROUPS = {
    "sandbox": "copilot.cli.sandbox",
    "sources": "copilot.cli.sources",
    "rules": "copilot.cli.rules",
    "health": "copilot.cli.health",
    "digest": "copilot.cli.digest",
    "write-back": "copilot.cli.write_back",
    "model": "ml.cli",
}
COMMANDS = {
    "up": "copilot.cli.stack",
    "down": "copilot.cli.stack",
    "status": "copilot.cli.stack",
    "demo": "copilot.cli.demo",
    "run": "copilot.cli.run",
    "backfill": "copilot.cli.run",
    "train": "copilot.cli.run",
    "score": "ml.cli",
    "export": "copilot.cli.export",
    "metrics": "copilot.cli.metrics",
}


class _LazyGroup(TyperGroup):
    """Imports a command's module when the command is used: `copilot status` should not wait for pandas."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Every command, in the order of a day."""
        return [*COMMANDS, *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of that name, or None."""
        if cmd_name in GROUPS:
            group = importlib.import_module(GROUPS[cmd_name]).group
            command = typer.main.get_command(group)
            command.name = cmd_name
            return command
        if cmd_name in COMMANDS:
            single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            single.command(cmd_name)(getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name))
            return typer.main.get_command(single)
        return None


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def copilot() -> None:
    """Customer Success Copilot: which accounts are about to leave, why, and what to do about it."""
