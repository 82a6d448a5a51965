"""Tables that a loader has landed already arrive as the same rows in files would, and what changed arrives once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import conninfo

from config.run import Run
from config.settings import ConfigError, dsn, load_yaml
from copilot import clock
from copilot.sources.ingest import ingest

FIVETRAN = """
    create schema stripe;
    create table stripe.subscription (
        id text primary key, customer_id text, status text, start_date timestamp, seats int, monthly numeric(12, 2),
        trial boolean, note text, _fivetran_deleted boolean, _fivetran_synced timestamptz
    );
    insert into stripe.subscription
    select
        'sub_' || n, 'cus_' || n, case when n % 2 = 0 then 'active' else 'canceled' end,
        '2026-01-05'::timestamp + n * interval '1 day', n, 10.5 * n, n % 3 = 0, E'two\\nlines, "quoted"', false,
        '2026-11-01 00:00:00+00'::timestamptz + n * interval '1 hour'
    from generate_series(1, 6) as n;
"""
SUBSCRIPTIONS: dict[str, Any] = {
    "relation": "stripe.subscription",
    "cursor": "_fivetran_synced",
    "columns": {
        "subscription_id": "id",
        "account_id": "customer_id",
        "status": "status",
        "started_on": "start_date",
        "seats": "seats",
        "mrr": "monthly",
        "is_trial": "trial",
        "plan": "note",
        "is_deleted": "_fivetran_deleted",
    },
    "values": {"status": {"canceled": "cancelled"}},
    "constants": {"currency": "EUR"},
}
AIRBYTE = """
    create schema "Zendesk";
    create table "Zendesk"."Tickets" (
        "_airbyte_raw_id" text, "_airbyte_extracted_at" timestamptz, "ID" bigint, organization jsonb, state text,
        created_at timestamptz, updated_at timestamptz
    );
    insert into "Zendesk"."Tickets" values
        ('r1', '2026-11-02', 1, '{"id": 7}', 'open', '2026-10-01 09:00+02', '2026-10-02 12:00:00.25+00'),
        ('r2', '2026-11-02', 2, '{"id": 7}', 'new', '2026-10-03 09:00+00', '2026-10-03 09:00+00');
    create view "Zendesk".tickets as select *, organization ->> 'id' as account from "Zendesk"."Tickets";
"""
TICKETS: dict[str, Any] = {
    "relation": "Zendesk.tickets",
    "cursor": "_airbyte_extracted_at",
    "columns": {
        "ticket_id": "ID",
        "account_id": "account",
        "status": "state",
        "opened_at": "created_at",
        "recorded_at": "updated_at",
    },
}
LANDED = """
    select
        subscription_id, account_id, status, started_on, seats, mrr, is_trial, plan, currency, is_deleted,
        recorded_at::date
    from raw.subscriptions where _source = '{}' order by subscription_id
"""


@dataclass
class Landed:
    """A database with a loader's tables, and the warehouse that reads them (for the test they are one)."""

    database: str
    home: Path
    patch: pytest.MonkeyPatch
    now: datetime = datetime(2026, 11, 17, 6, tzinfo=UTC)
    settings: dict[str, Any] = field(default_factory=dict)

    def connect(self, **shown: Any) -> None:
        """Make the Airflow connection of the loader's database."""
        given = conninfo.conninfo_to_dict(dsn("owner", self.database))
        connection = {"conn_type": "postgres", "host": given["host"], "port": int(str(given["port"]))}
        connection |= {"schema": given["dbname"], "login": given["user"], "password": given["password"], **shown}
        self.patch.setenv("AIRFLOW_CONN_LOADED", json.dumps(connection))

    def run(self, **tables: Any) -> Run:
        """The day to build out of these tables, and out of files beside them."""
        source = {"name": "loaded", "type": "sql", "connection": "loaded", "tables": tables, **self.settings}
        mapping = {name: value for name, value in SUBSCRIPTIONS.items() if name not in ("relation", "cursor")}
        files = {"name": "export", "type": "files", "path": "{table}.csv", "tables": {"subscriptions": mapping}}
        path = self.home / "sources.yml"
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source, files]}))
        load_yaml.cache_clear()
        return Run(date(2026, 11, 17), path)

    def read(self, role: str = "billing", **tables: Any) -> dict[str, Any]:
        """Take in what is new in these tables."""
        self.now += timedelta(minutes=1)
        return ingest("loaded", role, self.run(**tables))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]

    def write(self, statement: str) -> None:
        """What the loader does."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            owner.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def landed(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Landed]:
    found, ticks = Landed(database, tmp_path, monkeypatch), count()
    monkeypatch.setattr(clock, "now", lambda: found.now + timedelta(microseconds=next(ticks)))
    found.connect()
    found.write(FIVETRAN + AIRBYTE)
    return found


def counts(outcome: dict[str, Any]) -> tuple[int, ...]:
    return tuple(outcome[name] for name in ("received", "landed", "unchanged", "rejected"))


def test_the_rows_of_a_table_are_those_of_the_same_rows_in_a_file(landed: Landed) -> None:
    statement = "copy stripe.subscription to stdout (format csv, header)"
    with psycopg.connect(dsn("owner", landed.database)) as owner, owner.cursor().copy(statement) as copied:
        (landed.home / "subscriptions.csv").write_bytes(b"".join(bytes(piece) for piece in copied))
    from_files = ingest("export", "billing", landed.run(subscriptions=SUBSCRIPTIONS))
    from_table = landed.read(subscriptions=SUBSCRIPTIONS)

    assert counts(from_table) == counts(from_files) == (6, 6, 0, 0)
    assert from_table["problems"] == from_files["problems"] == []
    assert landed.rows(LANDED.format("loaded")) == landed.rows(LANDED.format("export")) != []


def test_a_second_reading_asks_for_little_and_adds_nothing(landed: Landed) -> None:
    landed.settings = {"lag_hours": 2}
    landed.read(subscriptions=SUBSCRIPTIONS)
    before = landed.rows(LANDED.format("loaded"))

    assert counts(landed.read(subscriptions=SUBSCRIPTIONS)) == (3, 0, 3, 0)  # the last one and two hours before it
    assert landed.rows(LANDED.format("loaded")) == before


def test_what_the_loader_committed_late_is_still_seen(landed: Landed) -> None:
    landed.read(subscriptions=SUBSCRIPTIONS)
    landed.write("""
        insert into stripe.subscription select 'late', customer_id, status, start_date, 99, 1, false, 'x', false,
            _fivetran_synced - interval '5 hours' from stripe.subscription where id = 'sub_6'
    """)
    landed.read(subscriptions=SUBSCRIPTIONS)

    assert landed.rows("select seats from raw.subscriptions where subscription_id = 'late'") == [(99,)]


def test_a_row_without_a_time_is_read_each_time(landed: Landed) -> None:
    landed.read(subscriptions=SUBSCRIPTIONS)
    landed.write("update stripe.subscription set seats = 77, _fivetran_synced = null where id = 'sub_1'")
    landed.read(subscriptions=SUBSCRIPTIONS)

    assert (77,) in landed.rows("select seats from raw.subscriptions where subscription_id = 'sub_1'")


def test_a_row_flagged_as_deleted_says_so_from_then_on(landed: Landed) -> None:
    landed.read(subscriptions=SUBSCRIPTIONS)
    landed.write(
        "update stripe.subscription set _fivetran_deleted = true, _fivetran_synced = '2026-11-16' where id = 'sub_2'"
    )
    landed.read(subscriptions=SUBSCRIPTIONS)

    told = "select is_deleted, recorded_at from raw.subscriptions where subscription_id = 'sub_2' order by recorded_at"
    (first, last) = landed.rows(told)
    assert (first[0], last[0]) == (False, True)
    assert first[1] < datetime(2026, 11, 17, tzinfo=UTC) < last[1]


def test_a_row_that_is_gone_is_noted_when_everything_is_read_again(landed: Landed) -> None:
    landed.read(subscriptions=SUBSCRIPTIONS)
    landed.write("delete from stripe.subscription where id = 'sub_2'")
    deleted = "select subscription_id from raw.subscriptions where is_deleted"
    landed.read(subscriptions=SUBSCRIPTIONS)
    assert landed.rows(deleted) == []

    landed.now += timedelta(days=7)
    assert landed.read(subscriptions=SUBSCRIPTIONS)["problems"] == []
    assert landed.rows(deleted) == [("sub_2",)]


def test_a_time_of_the_future_does_not_move_the_position_past_what_comes(landed: Landed) -> None:
    landed.write("update stripe.subscription set _fivetran_synced = 'infinity' where id = 'sub_1'")
    assert landed.read(subscriptions=SUBSCRIPTIONS)["problems"] == []

    ((ends,),) = landed.rows("select ends::timestamptz <= now() from ops.stream_position")
    assert ends


def test_a_view_with_its_own_time_of_change_gives_versions_of_that_time(landed: Landed) -> None:
    told = (
        "select ticket_id, account_id, status, opened_at, recorded_at from raw.tickets order by ticket_id, recorded_at"
    )
    assert landed.read("support", tickets=TICKETS)["problems"] == []
    landed.write("""
        update "Zendesk"."Tickets" set state = 'solved', updated_at = '2026-11-10', _airbyte_extracted_at = '2026-11-10'
        where "ID" = 1
    """)
    landed.read("support", tickets=TICKETS)

    assert landed.rows(told) == [
        ("1", "7", "open", datetime(2026, 10, 1, 7, tzinfo=UTC), datetime(2026, 10, 2, 12, 0, 0, 250000, tzinfo=UTC)),
        ("1", "7", "solved", datetime(2026, 10, 1, 7, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)),
        ("2", "7", "new", datetime(2026, 10, 3, 9, tzinfo=UTC), datetime(2026, 10, 3, 9, tzinfo=UTC)),
    ]


def test_seconds_since_1970_are_a_cursor_too(landed: Landed) -> None:
    landed.write("""
        alter table stripe.subscription add _dlt_load_id text;
        update stripe.subscription set _dlt_load_id = extract(epoch from _fivetran_synced)::text
    """)
    landed.settings = {"lag_hours": 2}
    by_load = {**SUBSCRIPTIONS, "cursor": "_dlt_load_id"}

    assert counts(landed.read(subscriptions=by_load)) == (6, 6, 0, 0)
    assert counts(landed.read(subscriptions=by_load)) == (3, 0, 3, 0)


def test_a_time_without_a_zone_is_utc(landed: Landed) -> None:
    landed.read(subscriptions={**SUBSCRIPTIONS, "cursor": "start_date"})

    ((ends,),) = landed.rows("select ends::timestamptz from ops.stream_position")
    assert ends == datetime(2026, 1, 11, tzinfo=UTC)


def test_without_a_cursor_everything_is_read_each_time_and_nothing_is_doubled(landed: Landed) -> None:
    whole = {name: value for name, value in SUBSCRIPTIONS.items() if name != "cursor"}

    assert counts(landed.read(subscriptions=whole)) == (6, 6, 0, 0)
    assert counts(landed.read(subscriptions=whole)) == (6, 0, 6, 0)


def test_hostile_names_are_only_names(landed: Landed) -> None:
    landed.write("""
        create schema "odd""; drop";
        create table "odd""; drop"."t.x""; drop table stripe.subscription; --" (
            "a""b' ; --" text, "c, d" date, "e
f" timestamptz, "%s" text
        );
        insert into "odd""; drop"."t.x""; drop table stripe.subscription; --"
        values ('s1', '2026-01-01', '2026-11-01', 'acc')
    """)
    odd = {
        "relation": 'odd"; drop.t.x"; drop table stripe.subscription; --',
        "cursor": "e\nf",
        "columns": {"subscription_id": "a\"b' ; --", "started_on": "c, d", "account_id": "%s"},
    }

    assert counts(landed.read(subscriptions=odd)) == (1, 1, 0, 0)
    assert counts(landed.read(subscriptions=odd)) == (1, 0, 1, 0)
    assert landed.rows("select subscription_id, account_id from raw.subscriptions") == [("s1", "acc")]


def test_rows_that_do_not_fit_are_in_quarantine_with_the_reason_and_the_others_land(landed: Landed) -> None:
    landed.write("update stripe.subscription set status = 'odd' where id = 'sub_3'")
    assert counts(landed.read(subscriptions=SUBSCRIPTIONS)) == (6, 5, 0, 1)
    ((code, reason),) = landed.rows("select reason_code, reason from quarantine.rejected_record")
    assert code == "unknown_value"
    assert "status is 'odd'" in reason


MISTYPED = {**SUBSCRIPTIONS["columns"], "mrr": "montly"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": MISTYPED}, "mrr is mapped to column montly, which is not in the file: did you mean monthly?"),
        ({"relation": "stripe.subscriptions"}, "no table stripe.subscriptions: did you mean stripe.subscription?"),
        ({"relation": "strip.subscription"}, "there is no table strip.subscription: nor a schema strip"),
        ({"cursor": "_fivetran_sync"}, "cursor _fivetran_sync is not in the table: did you mean _fivetran_synced?"),
        ({"cursor": "trial"}, "cursor trial is bool: name a column with a time"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_and_the_other_tables_go_on(
    landed: Landed, changes: dict[str, Any], said: str
) -> None:
    landed.write(
        "create view stripe.invoice as select 'inv_' || id as id, customer_id, start_date from stripe.subscription"
    )
    columns = {"invoice_id": "id", "account_id": "customer_id", "issued_on": "start_date"}
    outcome = landed.read(
        subscriptions={**SUBSCRIPTIONS, **changes}, invoices={"relation": "stripe.invoice", "columns": columns}
    )

    assert [said in problem for problem in outcome["problems"]] == [True]
    assert landed.rows("select count(*) from raw.invoices") == [(6,)]
    assert landed.rows("select count(*) from ops.stream_position where stream = 'subscriptions'") == [(0,)]


def test_nothing_can_be_written_there(landed: Landed) -> None:
    landed.write("""create function stripe.greedy() returns setof stripe.subscription language sql as
        'insert into stripe.subscription (id) values (''new'') returning *';
        create view stripe.trap as select * from stripe.greedy()""")
    outcome = landed.read(subscriptions={**SUBSCRIPTIONS, "relation": "stripe.trap"})

    assert "in a read-only transaction" in outcome["problems"][0]
    assert landed.rows("select count(*) from stripe.subscription") == [(6,)]


def test_a_wrong_password_is_told_and_not_shown(landed: Landed) -> None:
    landed.connect(password="hush-hush")
    (problem,) = landed.read(subscriptions=SUBSCRIPTIONS)["problems"]

    assert "connection loaded: " in problem
    assert "password authentication failed" in problem
    assert "hush-hush" not in problem


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"conn_type": "http", "schema": "http"}, "its type has to be postgres"),
        ({"host": "db.example.test", "extra": {"sslmode": "prefer"}}, "sslmode prefer is not encrypted"),
        ({"host": ""}, "host is empty"),
    ],
)
def test_a_connection_that_cannot_be_right_is_refused(landed: Landed, shown: dict[str, Any], said: str) -> None:
    landed.connect(**shown)

    with pytest.raises(ConfigError, match=said):
        landed.read(subscriptions=SUBSCRIPTIONS)
