"""`copilot up`, `down`, `status`: the local stack."""

import sys

import typer

from config.settings import ConfigError, stack_state, var_dir
from copilot.cli.say import fail, say
from copilot.stack.health import Health, health
from copilot.stack.launch import StackError
from copilot.stack.launch import down as stop
from copilot.stack.launch import up as start


def up() -> None:
    """Start the local stack and return when every service answers."""
    try:
        start(say)
    except StackError as error:
        fail(error)
    print_status()


def down() -> None:
    """Stop everything that this checkout started."""
    stop(say)


def status() -> None:
    """Show each service, its URL and its health; exit code 1 when one is not healthy."""
    if not print_status():
        sys.exit(1)


def print_status() -> bool:
    """Print the table of services; True when all are healthy."""
    states = health()
    try:
        ports = stack_state()
    except ConfigError:
        typer.echo("the local stack was never started here: `copilot up`")
        return False
    kept = var_dir() / "secrets"
    where = {
        "postgres": f"{ports['postgres']['host']}:{ports['postgres']['port']} (database warehouse)",
        "mail-sink": f"{ports['smtp']['host']}:{ports['smtp']['port']} -> {var_dir() / 'mail'}",
        "vendors": f"{ports['vendors']['url']} (the make-believe company's)",
        "airflow": f"{ports['airflow']['url']} (user admin, password in {kept / 'airflow_admin_password'})",
        "superset": f"{ports['superset']['url']} (user csops, password in {kept / 'superset_csops_password'})",
    }
    for name, state in states.items():
        typer.echo(f"{name:<10} {state.value:<10} {where[name]}")
    return all(state is Health.HEALTHY for state in states.values())
