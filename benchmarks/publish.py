"""What deciding and publishing a day costs, and what the published tables answer in: make-believe accounts, one server.

python benchmarks/publish.py [ACCOUNTS]
"""

import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import ROLES, login
from copilot.decide.day import decide
from copilot.stack.postgres import TEST_SETTINGS, Server, free_port
from copilot.warehouse.connect import connect
from copilot.warehouse.migrate import migrate
from copilot.warehouse.publish import publish, table_hashes
from copilot.warehouse.roles import ensure_database, ensure_logins
from tests.conftest import _write_state
from tests.integration.marts import DAY, a_run, create_marts, put_score, put_verdicts

DAYS = 10
DATABASE = "bench"
# A day is filled in SQL, so that the benchmark measures publishing, not the making of its input.
FILL = """
insert into marts.fct_account_days (as_of_date, account_id, name, segment, tier, region, csm_id, lifecycle, mrr_usd,
    arr_usd, days_to_renewal, last_login_days_ago, penalty_v0, health_profile, health_score, health_band, seats,
    tickets_urgent_open, oldest_open_ticket_days, failed_payments_30d)
select %(day)s, 'acc-' || n, 'Account ' || n, (array['smb', 'mid', 'enterprise'])[1 + n %% 3], 'standard', 'emea',
    'csm-' || 1 + n %% 12, 'active', 1000 + n, 12000 + 12 * n, n %% 365, n %% 20, (n %% 11) / 10.0, 'weighted_v1',
    n %% 101, 'healthy', 10, n %% 13 / 12, n %% 9, n %% 7 / 6 * 2
from generate_series(1, %(accounts)s) as n
"""
FILL_COMPONENTS = """
insert into marts.account_health_component_daily
select %(day)s, 'acc-' || n, profile, component, n %% 7, 0.5, 0.2, n %% 10, false
from generate_series(1, %(accounts)s) as n
cross join unnest(array['penalty_v0', 'points_v0', 'weighted_v1']) as profile
cross join unnest(array['usage', 'support', 'login', 'adoption']) as component
"""
FILL_SCORES = """
insert into ml.churn_score (as_of_date, account_id, horizon_days, model_version, p_raw, p_calibrated, p_low, p_high,
    decile, abstained, reason_1)
select %(day)s, 'acc-' || n, 90, 'm1', p, p, p, p, 1, false, '{"code": "x", "text": "Fewer active users than before"}'
from (select n, (n %% 97) / 200.0 as p from generate_series(2, %(accounts)s) as n) as scored
"""
QUERIES = {
    "fifty accounts to see first": """select * from serving.account_day where as_of_date = %(day)s
        order by priority_usd desc limit 50""",
    "book of a CSM": "select * from serving.account_day where as_of_date = %(day)s and csm_id = 'csm-3'",
    "history of an account": "select * from serving.account_day where account_id = 'acc-7' order by as_of_date",
    "components of an account": "select * from serving.health_component_day where account_id = 'acc-7'",
    "alerts of a day": "select * from serving.alert_day where as_of_date = %(day)s",
    "key figures of a day": "select * from serving.kpi_day where as_of_date = %(day)s",
    "key figures over time": "select * from serving.kpi_day where segment = 'all' order by as_of_date",
    "health flow of a day": "select * from serving.health_flow where as_of_date = %(day)s",
    "movers of a day": "select * from serving.mover where as_of_date = %(day)s",
    "alert funnel of a day": "select * from serving.alert_funnel where as_of_date = %(day)s",
}


def main(accounts: int) -> None:
    """Fill, decide and publish ten days; print seconds for the last, and milliseconds for each query."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPILOT_VAR", place)
        server = Server(Path(place), free_port(), TEST_SETTINGS)
        try:
            _prepare(server, Path(place))
            _measure(accounts)
        finally:
            server.destroy()


def _prepare(server: Server, place: Path) -> None:
    admin = secrets.token_hex(16)
    server.start(admin)
    passwords = {role: secrets.token_hex(8) for role in ROLES}
    _write_state(place, server, {f"pg_{login(role)}": password for role, password in passwords.items()})
    ensure_logins(server.admin_dsn(admin), passwords)
    ensure_database(server.admin_dsn(admin), DATABASE)
    migrate(DATABASE)
    create_marts(DATABASE)


def _measure(accounts: int) -> None:
    last = DAY + timedelta(days=DAYS - 1)
    for number in range(DAYS):
        day = DAY + timedelta(days=number)
        put_score(DATABASE, "acc-1", 0.3, day)
        with connect("owner", DATABASE) as owner:
            for statement in (FILL, FILL_COMPONENTS, FILL_SCORES):
                owner.execute(statement, {"day": day, "accounts": accounts})
        put_verdicts(DATABASE, day)
        decided, published = _seconds(decide, a_run(day, DATABASE)), _seconds(publish, a_run(day, DATABASE))
    print(f"{accounts} accounts, day {DAYS}: decide {decided:.2f} s, publish {published:.2f} s")
    print(f"the same day again: publish {_seconds(publish, a_run(last, DATABASE)):.2f} s")
    print(f"hash of every table, {DAYS} days: {_seconds(table_hashes, DATABASE):.2f} s")
    with connect("owner", DATABASE) as owner:
        owner.execute("analyze")
    with connect("bi", DATABASE) as reader:
        for name, query in QUERIES.items():
            times = [_seconds(lambda q=query: reader.execute(q, {"day": last}).fetchall()) for _ in range(20)]
            print(f"  {name}: median {statistics.median(times) * 1000:.1f} ms, worst {max(times) * 1000:.1f} ms")


def _seconds(work: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
