"""The make-believe company's CRM, as Salesforce and as HubSpot would have it, read over HTTP into the warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from config.settings import dsn
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors import hubspot, salesforce
from copilot.sandbox.vendors.crm_book import TABLES
from copilot.sandbox.vendors.faults import Fault, Faults
from copilot.sandbox.vendors.oauth import OAuth
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sources.api import ingest
from copilot.sources.api.connection import Connection
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import ApiSource
from copilot.sources.connectors import salesforce_bulk
from copilot.sources.connectors.hubspot import HUBSPOT
from copilot.sources.connectors.salesforce import SALESFORCE
from copilot.sources.tally import Tally
from copilot.stack.postgres import free_port
from copilot.warehouse.landing import bulk_connection, prepare_source
from copilot.warehouse.landing_state import Delivery
from tests.running_vendors import serving

APP, SECRET = "consumer-key", "consumer-secret"
OPTIONS = {"salesforce": salesforce.OPTIONS, "hubspot": hubspot.OPTIONS}
CONNECTORS = {"salesforce": SALESFORCE, "hubspot": HUBSPOT}
VENDORS = tuple(CONNECTORS)
# What has a past that both vendors tell; of users and touches only the present is told.
WITH_HISTORY = ("accounts", "contacts", "opportunities", "sentiments", "milestones")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def crm_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 90 accounts over half a year, in which a CSM leaves and accounts are entered twice and merged."""
    directory = tmp_path_factory.mktemp("crm")
    spec = CompanySpec(
        seed=3, accounts=90, start=date(2026, 4, 6), end=date(2026, 11, 17), csms=8, events_scale=0.02
    )  # fmt: skip
    write_company(spec, directory)
    return directory


@dataclass
class Crm:
    """Both vendors over one company, their clock and their doors, and a warehouse that reads them."""

    company: Path
    database: str
    port: int
    now: datetime = datetime(2026, 11, 18, tzinfo=UTC)
    faults: Faults = field(init=False)
    doors: dict[str, OAuth] = field(init=False)
    delivered: list[Delivery] = field(default_factory=list)

    def read(self, vendor: str, *script: Fault, password: str = SECRET, **options: str) -> list[str]:
        """Read the vendor once, with that going wrong; returns what was wrong in the end."""
        self.faults.play(*script)
        source = ApiSource.model_construct(
            name=vendor, type=vendor, connection=vendor, role="crm", tables=list(TABLES),
            options={**OPTIONS[vendor], **options}, deadline_minutes=5,
        )  # fmt: skip
        fields = {"host": f"http://127.0.0.1:{self.port}/{vendor}", "login": APP, "password": password}
        with bulk_connection(self.database) as cursor:
            prepare_source(cursor, vendor)
            self.delivered = ingest.take_in_streams(cursor, source, "crm", Connection.of(vendor, fields), Tally())
        return [error for delivery in self.delivered for error in delivery.errors]

    def rows(self, vendor: str, table: str) -> Rows:
        """Every version of every record of a table, by key."""
        names = [column.name for column in BY_NAME[table].all_columns]
        query = f"select {', '.join(names)} from raw.{table} where _source = %s order by recorded_at"
        with psycopg.connect(dsn("owner", self.database)) as owner:
            found = [dict(zip(names, row, strict=True)) for row in owner.execute(query, (vendor,)).fetchall()]  # type: ignore[arg-type]
        return by_key(table, found)


@pytest.fixture
def crm(crm_company: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    found = Crm(crm_company, database, free_port())
    for vendor, connector in CONNECTORS.items():
        monkeypatch.setitem(ingest.CONNECTORS, vendor, connector)
    # Small pages, so that there are many of everything.
    first = salesforce.Salesforce(crm_company, lambda: found.now, most=100, most_changes=20)
    first.jobs.most = 150
    second = hubspot.HubSpot(crm_company, lambda: found.now, most_found=150)
    found.doors = {"salesforce": salesforce.door(APP, SECRET), "hubspot": hubspot.door(SECRET)}
    mounts = [
        Mount("/salesforce", app=found.doors["salesforce"].app(first.routes())),
        Mount("/hubspot", app=found.doors["hubspot"].app(second.routes())),
    ]
    found.faults = Faults(Starlette(routes=mounts))
    with serving(found.faults, found.port):
        yield found


def by_key(table: str, found: list[dict[str, Any]]) -> Rows:
    """The rows of each record, numbers as numbers, without those that repeat the one before."""
    kept: Rows = {}
    for row in found:
        said = {
            name: float(value) if is_numeric(table, name) and value is not None else value
            for name, value in row.items()
        }
        versions = kept.setdefault(str(said[BY_NAME[table].key[0]]), [])
        if not versions or content(versions[-1]) != content(said):
            versions.append(said)
    return kept


def number_of(value: Any) -> float | None:
    return None if value is None else float(value)


def is_numeric(table: str, name: str) -> bool:
    return BY_NAME[table].column(name).type == "numeric"


def content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "recorded_at"}


def newest(rows: Rows) -> dict[str, dict[str, Any]]:
    return {key: content(versions[-1]) for key, versions in rows.items()}


def told(crm: Crm, table: str) -> Rows:
    """What the company's own files tell by now; a CRM makes an opportunity when it is first recorded."""
    states = (held.by(crm.now) for held in Shelf(crm.company, table).records.values())
    found = [dict(version) for held in states if held for version in held.versions]
    rows = by_key(table, sorted(found, key=lambda row: row["recorded_at"]))
    if table == "opportunities":
        return {key: [{**one, "created_at": all_[0]["recorded_at"]} for one in all_] for key, all_ in rows.items()}
    return rows


def merges(crm: Crm) -> dict[str, tuple[str, datetime]]:
    """By double: into which account it was merged by now, and when."""
    doubles = {key: versions[-1] for key, versions in told(crm, "accounts").items() if key.startswith("dup_")}
    return {
        key: (str(one["merged_into_account_id"]), one["recorded_at"])
        for key, one in doubles.items()
        if one["merged_into_account_id"]
    }


def told_last(crm: Crm, table: str) -> dict[str, dict[str, Any]]:
    """The state of each record; what belonged to a double belongs to the account that is left."""
    into = {double: account for double, (account, _) in merges(crm).items()}
    found = newest(told(crm, table))
    if table == "accounts":
        return found
    return {key: {**one, "account_id": into.get(one["account_id"], one["account_id"])} if "account_id" in one else one
            for key, one in found.items()}  # fmt: skip


def without(rows: Rows, keys: set[str]) -> Rows:
    return {key: versions for key, versions in rows.items() if key not in keys}


def merged_keys(crm: Crm) -> set[str]:
    found = merges(crm)
    return {*found, *(account for account, _ in found.values())}


def test_salesforce_tells_every_version_that_there_was(crm: Crm) -> None:
    assert crm.read("salesforce") == []

    for table in WITH_HISTORY:
        expected = told(crm, table)
        assert len(expected) > 60
        assert crm.rows("salesforce", table) == expected


def test_hubspot_tells_every_version_of_what_was_never_merged(crm: Crm) -> None:
    assert crm.read("hubspot") == []

    for table in WITH_HISTORY:
        expected = without(told(crm, table), merged_keys(crm))
        assert len(expected) > 60
        assert without(crm.rows("hubspot", table), merged_keys(crm)) == expected


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_user_and_touch_arrives_as_it_is(crm: Crm, vendor: str) -> None:
    crm.read(vendor)

    for table in ("users", "interactions"):
        expected = told_last(crm, table)
        assert expected
        assert newest(crm.rows(vendor, table)) == expected


def test_a_csm_who_left_is_known_to_have_left_since_then_and_not_before(crm: Crm) -> None:
    crm.read("salesforce")

    left = [versions for versions in told(crm, "users").values() if versions[-1]["is_active"] is False]
    assert left
    for versions in left:
        found = crm.rows("salesforce", "users")[versions[-1]["csm_id"]]
        assert [(one["is_active"], one["recorded_at"]) for one in found] == [
            (None, versions[0]["recorded_at"]),
            (False, versions[-1]["recorded_at"]),
        ]


def test_both_vendors_give_the_same_rows(crm: Crm) -> None:
    for vendor in VENDORS:
        assert crm.read(vendor) == []

    for table in TABLES:
        first, second = (crm.rows(vendor, table) for vendor in VENDORS)
        # HubSpot mixes the past of two accounts when they are merged: it is told as long as they are two.
        is_mixed = merged_keys(crm) if table == "accounts" else set()
        assert without(first, is_mixed)
        assert without(first, is_mixed) == without(second, is_mixed)


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_was_merged_is_told_with_the_day_on_which_it_was(crm: Crm, vendor: str) -> None:
    crm.read(vendor)
    rows = crm.rows(vendor, "accounts")

    assert len(merges(crm)) == 2
    for double, (account, at) in merges(crm).items():
        last = rows[double][-1]
        assert (last["merged_into_account_id"], last["recorded_at"]) == (account, at)
        assert all(one["merged_into_account_id"] is None for one in rows[double][:-1])
        assert content(rows[account][-1]) == told_last(crm, "accounts")[account]


@pytest.mark.parametrize("vendor", VENDORS)
def test_reading_month_by_month_ends_as_reading_once_does(crm: Crm, vendor: str) -> None:
    for month in (6, 9, 10, 11):
        crm.now = datetime(2026, month, 18, tzinfo=UTC)
        assert crm.read(vendor) == []

    for table in TABLES:
        found, expected = newest(crm.rows(vendor, table)), told_last(crm, table)
        doubles = set(merges(crm)) if (vendor, table) == ("hubspot", "accounts") else set()
        assert {key: one for key, one in found.items() if key not in doubles} == {
            key: one for key, one in expected.items() if key not in doubles
        }


def test_a_past_that_was_read_before_the_merge_is_kept(crm: Crm) -> None:
    (double, (account, at)), *_ = merges(crm).items()
    end, crm.now = crm.now, at.replace(hour=0)
    crm.read("hubspot")
    before = crm.rows("hubspot", "accounts")
    crm.now = end
    crm.read("hubspot")
    after = crm.rows("hubspot", "accounts")

    for key in (double, account):
        assert before[key]
        assert after[key][: len(before[key])] == before[key]
    assert after[double][-1]["merged_into_account_id"] == account


def test_the_first_load_in_bulk_lands_the_same_rows_and_then_goes_on_by_changes(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salesforce_bulk, "_FIRST_WAIT_SECONDS", 0.01)
    end, crm.now = crm.now, datetime(2026, 9, 18, tzinfo=UTC)
    assert crm.read("salesforce", first_load="bulk") == []
    assert {table: crm.rows("salesforce", table) for table in WITH_HISTORY} == {
        table: told(crm, table) for table in WITH_HISTORY
    }
    crm.now = end
    assert crm.read("salesforce", first_load="bulk") == []
    for table in TABLES:
        assert newest(crm.rows("salesforce", table)) == told_last(crm, table)


WAIT = (("Retry-After", "0"),)
MISHAPS = {
    "salesforce": {
        "busy": Fault("status", "queryAll", 2, 2, 503, WAIT),
        "broken": Fault("status", "query/", 1, 1, 500, WAIT),
        "the line goes dead": Fault("reset", "query/"),
        "half a page": Fault("half", "query/"),
        "an expired session": Fault("status", "query/", 2, 1, 401),
    },
    "hubspot": {
        "busy": Fault("status", "objects/contacts", 2, 2, 429, WAIT),
        "broken": Fault("status", "associations", 1, 1, 500, WAIT),
        "the line goes dead": Fault("reset", "objects/companies"),
        "half a page": Fault("half", "objects/deals"),
    },
}


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [(vendor, fault) for vendor, faults in MISHAPS.items() for fault in faults.values()],
    ids=[f"{vendor} {name}" for vendor, faults in MISHAPS.items() for name in faults],
)
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(crm: Crm, vendor: str, fault: Fault) -> None:
    assert crm.read(vendor, fault) == []

    assert crm.faults.happened[fault] == fault.times
    for table in ("contacts", "interactions"):
        assert newest(crm.rows(vendor, table)) == told_last(crm, table)


def test_a_session_that_expires_midway_is_renewed_once(crm: Crm) -> None:
    crm.read("salesforce", Fault("status", "query/", 2, 1, 401))

    assert crm.doors["salesforce"].asked == 2


@pytest.mark.parametrize(("vendor", "status"), [("salesforce", 400), ("hubspot", 401)])
def test_a_wrong_key_is_a_matter_of_settings_and_never_shown(crm: Crm, vendor: str, status: int) -> None:
    problems = crm.read(vendor, password="wrong-secret")

    assert problems
    assert all(f"with {status}" in one and "wrong-secret" not in one for one in problems)
    assert crm.rows(vendor, "accounts") == {}


def test_a_stream_that_fails_does_not_hide_behind_the_others_of_its_table(crm: Crm) -> None:
    crm.read("hubspot", Fault("status", "objects/emails", status=403))

    (touches,) = [one for one in crm.delivered if one.table == "interactions"]
    assert len(touches.errors) == 1
    assert "objects/emails with 403" in touches.errors[0]
    assert {file.split("/")[0] for file in touches.files} == {"calls", "meetings"}


def test_a_field_that_there_is_not_is_told_by_name_and_the_other_tables_land(crm: Crm) -> None:
    problems = crm.read("salesforce", contact_fields="contact_id=Contact_Key__c; role=Job__c")

    assert len(problems) == 1
    assert "INVALID_FIELD" in problems[0]
    assert "Job__c" in problems[0]
    assert crm.rows("salesforce", "contacts") == {}
    assert len(crm.rows("salesforce", "opportunities")) > 60
