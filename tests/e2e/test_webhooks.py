"""A signed event over HTTP reaches `serving` by itself, and the whole run of that day changes nothing of it."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from config.settings import ROOT, stack_state
from copilot.sandbox.company import write_company
from copilot.sources.webhooks.signature import HEADERS, sign
from copilot.stack.airflow_api import FINISHED, AirflowApi, DagRun
from tests.figures import figure
from tests.running_vendors import KEY, Vendors, running
from tests.stack import ask, copilot

pytestmark = pytest.mark.e2e

COMPANY, SECRET = "pushed", "whsec_of_the_company"
# Enough to see that it works; docs/figures.md has the seconds for a whole company, asked for by this variable.
ACCOUNTS = int(os.environ.get("PUSHED_ACCOUNTS", "60"))
# Only to fail by.
PATIENCE_SECONDS = 400.0
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def stripe(stack: Path, spec: Any) -> Iterator[Vendors]:
    """The company's Stripe, to which the stack's Airflow has connections; its day before today is published."""
    directory, patch = stack / COMPANY, pytest.MonkeyPatch()
    end = TODAY - timedelta(days=1)
    span = {"start": end - timedelta(days=150), "end": end, "fixtures": False}
    write_company(spec.model_copy(update={"accounts": ACCOUNTS, **span}), directory)
    with running(directory, COMPANY, stack, patch) as vendors:
        vendors.now = datetime.now(UTC)
        api = AirflowApi()
        for name, fields in {
            "stripe_pushed": {"host": f"http://127.0.0.1:{vendors.port}/stripe", "password": KEY},
            "stripe_hook": {"password": SECRET},
        }.items():
            made = api.http.post("/connections", json={"connection_id": name, "conn_type": "http", **fields})
            assert made.status_code == 201, made.text
        done = copilot("run", "--as-of", end, "--sources", sources_file(stack, directory))
        assert done.returncode == 0, done.stdout + done.stderr
        yield vendors
    patch.undo()


def sources_file(stack: Path, directory: Path) -> Path:
    """The company's files as they are, but its billing out of Stripe, which pushes."""
    shipped = yaml.safe_load((ROOT / "examples" / "files" / "sources.yml").read_text())["sources"]
    sources = [{**one, "path": one["path"].replace("{var}/sandbox", str(directory))} for one in shipped]
    hook = {"signature": "stripe", "secret": "stripe_hook"}
    billing = {"name": "billing", "type": "stripe", "role": "billing", "connection": "stripe_pushed", "webhook": hook}
    path = stack / "sources-pushed.yml"
    sources = [billing if one["name"] == "billing" else one for one in sources]
    path.write_text(yaml.safe_dump({"warehouse": COMPANY, "sources": sources}))
    return path


def an_event(vendors: Vendors) -> tuple[str, dict[str, Any]]:
    """A contract that has three times its seats since now: the account that pays it, and the event."""
    [(account_id, contract_id)] = ask(
        COMPANY,
        f"""select d.account_id, s.subscription_id from serving.account_day as d
        inner join raw_billing.customers as c on c.account_id = d.account_id
        inner join raw_billing.subscriptions as s on s.account_id = c.customer_id
        where d.as_of_date = '{TODAY - timedelta(days=1)}' and d.mrr_usd > 0 and s.status = 'active' and s.seats > 1
        order by s.recorded_at desc, s.subscription_id limit 1""",
    )
    url = f"http://127.0.0.1:{vendors.port}/stripe/v1/subscriptions"
    found: list[dict[str, Any]] = []
    while not any(one["id"] == contract_id for one in found):
        after = {"starting_after": found[-1]["id"]} if found else {}
        found += httpx.get(url, params={"limit": 100, "status": "all", **after}, auth=(KEY, "")).json()["data"]
    contract = next(one for one in found if one["id"] == contract_id)
    contract["items"]["data"][0]["quantity"] *= 3
    event = {"id": "evt_seats", "object": "event", "api_version": "2024-06-20", "type": "customer.subscription.updated"}
    return account_id, {**event, "created": int(time.time()), "data": {"object": contract}}


def push(event: dict[str, Any]) -> httpx.Response:
    """What Stripe does."""
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", HEADERS["stripe"]: sign(body, SECRET, datetime.now(UTC))}
    return httpx.post(f"{stack_state()['airflow']['url']}/hooks/{COMPANY}/billing", content=body, headers=headers)


def shown(account_id: str, day: date) -> list[tuple[Any, ...]]:
    """The published row of the account, but for the name of the run that published it."""
    row = f"select to_jsonb(d) - 'run_id' from serving.account_day as d where account_id = '{account_id}'"
    return ask(COMPANY, f"{row} and as_of_date = '{day}'")


def ended(api: AirflowApi, run: DagRun) -> str:
    """How the run ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := api.get_run(run).state) not in FINISHED:
        assert time.monotonic() < deadline, f"{run.dag_id} is still {state}: {api.task_states(run)}"
        time.sleep(0.5)
    return state


def test_a_pushed_event_is_in_serving_by_itself_and_the_day_s_own_run_changes_nothing_of_it(
    stripe: Vendors, stack: Path
) -> None:
    account_id, event = an_event(stripe)
    [(before,)] = shown(account_id, TODAY - timedelta(days=1))
    mails, api = sorted(path.name for path in (stack / "mail").iterdir()), AirflowApi()
    began = time.monotonic()
    assert push(event).json() == {"event": "kept"}
    [run] = api.newest_runs("refresh_day", TODAY.isoformat())
    assert ended(api, run) == "success", api.task_states(run)
    took = time.monotonic() - began
    figure(f"seconds from a pushed event to serving, {ACCOUNTS:,} accounts, through Airflow", f"{took:.0f}", "< 60")

    [(after,)] = shown(account_id, TODAY)
    assert after["mrr_usd"] > before["mrr_usd"]
    assert after["seats"] > before["seats"]
    assert push(event).json() == {"event": "known"}
    assert len(api.newest_runs("refresh_day", TODAY.isoformat())) == 1
    assert api.newest_runs("send_digests", TODAY.isoformat()) == []
    assert sorted(path.name for path in (stack / "mail").iterdir()) == mails
    assert ask(COMPANY, f"select count(*) from ops.digest_log where as_of_date = '{TODAY}'") == [(0,)]

    conf = {"sources": str(stack / "sources-pushed.yml"), "mail": False, "request": "whole"}
    for dag_id in ("ingest_billing", "customer_health"):
        assert ended(api, api.trigger(dag_id, TODAY.isoformat(), conf)) == "success"
    assert shown(account_id, TODAY) == [(after,)]
