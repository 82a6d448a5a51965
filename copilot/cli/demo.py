"""`copilot demo`: everything once, on the made-up company, from nothing to a board and a digest."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from config.run import Run
from config.settings import ConfigError, stack_state, var_dir
from copilot.cli.run import NEEDED, build_days, run_day
from copilot.cli.say import fail, say
from copilot.cli.stack import print_status
from copilot.sandbox.company import write_company
from copilot.sandbox.company_clock import CompanyClock
from copilot.sandbox.spec import load_spec
from copilot.stack.launch import StackError, wait
from copilot.stack.launch import up as start_stack
from copilot.stack.superset import CS_OPS_USER, board_url
from copilot.warehouse.connect import connect

# A week: every change over seven days has something to compare with.
DAYS_BEFORE = 7


def demo() -> None:
    """Start the stack, write the sandbox company, run its last day, show where boards and mail are."""
    directory = var_dir() / "sandbox"
    lives_through = CompanyClock(directory).set_to_night_after
    try:
        spec = load_spec()
        with ThreadPoolExecutor() as pool:
            company = pool.submit(write_company, spec, directory, has_branches=True)
            start_stack(say, NEEDED)
            say("sandbox company: " + ", ".join(f"{name} {rows}" for name, rows in company.result().items()))
        build_days(missing_days(spec.end), before=lives_through)
        lives_through(spec.end)
        result = run_day(Run(spec.end), sends_mail=True)
        say("waiting for the boards")
        wait(("superset",))
    except (ConfigError, StackError) as error:
        fail(error)
    print_status()
    _print_where()
    sys.exit(result.exit_code)


def missing_days(last: date) -> list[Run]:
    """The days before the last one that are not published yet: they give boards and moves a past."""
    with connect("publisher") as publisher:
        published = {row[0] for row in publisher.execute("select as_of_date from serving.published_day")}
    days = [last - timedelta(days=offset) for offset in range(DAYS_BEFORE, 0, -1)]
    return [Run(day) for day in days if day not in published]


def _print_where() -> None:
    board = board_url(stack_state()["superset"]["port"])
    say(f"board:   {board} (user {CS_OPS_USER}, password in {var_dir() / 'secrets' / 'superset_csops_password'})")
    mails = sorted((var_dir() / "mail").glob("*.html"))
    say(f"digests: {len(mails)} in {var_dir() / 'mail'} (.eml, .html, .txt)")
    if mails:
        say(f"         for example {mails[0]}")
