"""`copilot demo`: everything once, on the made-up company, from nothing to a board and a digest."""

import sys
from concurrent.futures import ThreadPoolExecutor

from config.run import Run
from config.settings import ConfigError, var_dir
from copilot.cli.run import NEEDED, run_day
from copilot.cli.say import fail, say
from copilot.cli.stack import print_status
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import load_spec
from copilot.stack.launch import StackError, wait
from copilot.stack.launch import up as start_stack


def demo() -> None:
    """Start the stack, write the sandbox company, run its last day, show where boards and mail are."""
    try:
        spec = load_spec()
        with ThreadPoolExecutor() as pool:
            company = pool.submit(write_company, spec, var_dir() / "sandbox")
            start_stack(say, NEEDED)
            say("sandbox company: " + ", ".join(f"{name} {rows}" for name, rows in company.result().items()))
        result = run_day(Run(spec.end), sends_mail=True)
        say("waiting for the boards")
        wait(("superset",))
    except (ConfigError, StackError) as error:
        fail(error)
    print_status()
    _print_where()
    sys.exit(result.exit_code)


def _print_where() -> None:
    mails = sorted((var_dir() / "mail").glob("*.html"))
    say(f"mail: {len(mails)} digests in {var_dir() / 'mail'} (.eml, .html, .txt)")
    for mail in mails[:3]:
        say(f"      {mail}")
