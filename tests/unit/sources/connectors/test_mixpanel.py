"""Mixpanel's events as its raw export writes them become canonical rows; an increment asks by the time of receipt."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from config.settings import ConfigError
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Ask, Export, Record
from copilot.sources.api.drift import adapted
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.connectors.mixpanel import MIXPANEL

NOW = datetime(2026, 11, 17, 13, tzinfo=UTC)
EVENT = {
    "event": "report_viewed",
    "properties": {
        "time": 1772442000,
        "distinct_id": "usr_7",
        "$insert_id": "hpuDqcvpltpCjBse",
        "mp_processing_time_ms": 1772442031874,
        "company_id": "acc_1",
        "feature": "reports",
        "quantity": 3,
        "$city": "Berlin",
        "$email": "jane@acme.test",
    },
}


def the_export(**options: str) -> Export:
    (found,) = MIXPANEL.stream(options)
    assert isinstance(found, Export)
    return found


def an_event(**properties: Any) -> Record:
    return {"event": EVENT["event"], "properties": {**EVENT["properties"], **properties}}  # type: ignore[dict-item]


def rows(*records: Record, table: str = "usage_events", **options: str) -> list[dict[str, Any]]:
    export = the_export(**options)
    lines = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())
    given = next(one for one in export.gives if one.table == table)
    return [row for record in export.records(lines) for row in given.rows(record)]


def asked(since: datetime | None, **options: str) -> list[dict[str, Any]]:
    asks: list[Ask] = list(the_export(**options).asks(since, NOW))
    assert {ask.path for ask in asks} <= {"api/2.0/export"}
    return [dict(ask.params) for ask in asks]


def test_an_event_is_known_since_mixpanel_received_it_and_not_since_it_happened() -> None:
    assert rows(an_event()) == [
        {
            "event_id": "hpuDqcvpltpCjBse",
            "account_id": "acc_1",
            "user_id": "usr_7",
            "event_name": "report_viewed",
            "feature": "reports",
            "occurred_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "quantity": 3,
            "recorded_at": datetime(2026, 3, 2, 9, 0, 31, 874000, tzinfo=UTC),
        }
    ]


def test_an_event_never_changes_once_it_is_recorded() -> None:
    assert {given.dating for given in the_export(totals_event="Daily totals").gives} == {"versions"}


def test_properties_are_called_as_the_company_calls_them() -> None:
    (row,) = rows(
        an_event(workspace=[17, 18], area="forms", times=2),
        account_property="workspace",
        feature_property="area",
        quantity_property="times",
        login_event="report_viewed",
    )
    assert (row["account_id"], row["feature"], row["quantity"], row["event_name"]) == ("17", "forms", 2, "login")


def test_an_event_of_nobodys_account_has_no_account() -> None:
    assert [row["account_id"] for row in rows(an_event(company_id=None), an_event(company_id=[]))] == [None, None]


def test_what_nobody_reads_of_a_user_reaches_no_file() -> None:
    (record,) = the_export().records(io.BytesIO(json.dumps(EVENT).encode()))
    assert "Berlin" not in str(record)
    assert "jane@acme.test" not in str(record)


def test_daily_totals_come_as_an_event_and_are_no_event() -> None:
    total = {"event": "Daily totals", "properties": {**EVENT["properties"], "active_clients": 4, "feature": None}}  # type: ignore[dict-item]
    options = {"totals_event": "Daily totals"}

    assert rows(total, an_event(), **options) == rows(an_event())
    (row,) = rows(total, an_event(), table="usage_daily", **options)
    assert (row["account_id"], str(row["used_on"]), row["feature"]) == ("acc_1", "2026-03-02", "all")
    assert (row["active_clients"], row["forms_sent"]) == (4, None)


def test_without_an_event_for_totals_none_are_promised() -> None:
    assert [given.table for given in the_export().gives] == ["usage_events"]


def test_an_event_as_it_is_documented_has_not_drifted_and_a_time_as_text_has() -> None:
    export = the_export(totals_event="Daily totals")
    (record,) = export.records(io.BytesIO(json.dumps(EVENT).encode()))
    forms = [given.fields(record) for given in export.gives]

    assert [len(one) > 0 for one in forms] == [True, False]
    assert adapted(record, forms[0], "freeze") is record
    as_text = {**record, "properties": {**record["properties"], "time": "1772442000"}}
    assert adapted(as_text, forms[0], "evolve") == record


def test_a_first_load_takes_every_day_once_in_spans_of_a_month() -> None:
    found = asked(None, begin="2026-09-01")
    assert [(one["from_date"], one["to_date"]) for one in found] == [
        ("2026-09-01", "2026-10-01"),
        ("2026-10-02", "2026-11-01"),
        ("2026-11-02", "2026-11-17"),
    ]
    assert all("where" not in one for one in found)


def test_a_first_load_of_many_years_stays_below_the_requests_of_an_hour() -> None:
    found = asked(None, begin="2009-01-01")
    assert len(found) <= 48
    assert (found[0]["from_date"], found[-1]["to_date"]) == ("2009-01-01", "2026-11-17")


def test_without_a_first_day_two_years_are_read() -> None:
    assert asked(None)[0]["from_date"] == "2024-11-17"


def test_an_increment_asks_by_the_time_of_receipt_over_the_days_of_which_something_may_still_arrive() -> None:
    assert asked(datetime(2026, 11, 15, 6, 0, 0, 500000, tzinfo=UTC)) == [
        {
            "from_date": "2026-09-16",
            "to_date": "2026-11-17",
            "where": 'properties["mp_processing_time_ms"] >= 1794722400500',
        }
    ]


def test_an_increment_never_asks_for_days_before_the_first() -> None:
    (one,) = asked(datetime(2026, 11, 15, tzinfo=UTC), begin="2026-11-01")
    assert one["from_date"] == "2026-11-01"


def test_a_day_is_asked_for_only_when_it_has_begun_in_every_time_zone() -> None:
    export = the_export(begin="2026-11-01")
    (early,) = export.asks(None, datetime(2026, 11, 17, 11, tzinfo=UTC))
    assert early.params["to_date"] == "2026-11-16"


@given(
    hours=st.lists(st.floats(0.5, 40), min_size=3, max_size=12),
    received=st.floats(0, 60),
    late=st.floats(0, 24 * 50),
    zone=st.integers(-12, 14),
)
@example(hours=[6, 14, 24, 40], received=4, late=0, zone=0)
@example(hours=[23, 23.9, 1], received=21.1, late=0, zone=14)
def test_whenever_it_is_read_and_wherever_the_project_is_no_event_is_passed_over(
    hours: list[float], received: float, late: float, zone: int
) -> None:
    export, start = the_export(begin="2026-01-01"), NOW
    arrived = start + timedelta(hours=received)
    day = (arrived - timedelta(hours=late) + timedelta(hours=zone)).date()
    runs = [start + timedelta(hours=sum(hours[: n + 1])) for n in range(len(hours))]
    runs.append(max(*runs, arrived) + timedelta(hours=24))

    newest, found = start, False
    for run in runs:
        for ask in export.asks(newest - export.cursor.lag, run):
            is_among_days = ask.params["from_date"] <= str(day) <= ask.params["to_date"]
            is_new = arrived.timestamp() * 1000 >= int(ask.params["where"].rpartition(" ")[2])
            found |= is_among_days and is_new and arrived <= run
        newest = run  # the worst case: something else arrived at the last moment, of a day that could be asked for
    assert found


@pytest.mark.parametrize("options", [{"begin": "last year"}, {"late_days": "0"}, {"late_days": "many"}])
def test_an_option_that_cannot_be_read_is_named(options: dict[str, str]) -> None:
    (name,) = options
    with pytest.raises(ConfigError, match=f"option {name}"):
        the_export(**options)


def test_the_service_account_says_of_which_project_it_asks_and_its_secret_is_in_no_address() -> None:
    connection = Connection("mixpanel", "https://data.mixpanel.com", "bot", "hush", {"project_id": 3141592})
    access = MIXPANEL.access(connection, PatientSession(Deadline(Patience())))
    signed = requests.Request("GET", "https://data.mixpanel.com/x", params={"a": "b"}, auth=access.key).prepare()

    assert signed.url == "https://data.mixpanel.com/x?a=b&project_id=3141592"
    assert signed.headers["Authorization"].startswith("Basic ")
    assert "hush" not in repr(access)


def test_without_a_project_it_is_told_what_is_missing() -> None:
    connection = Connection("mixpanel", "https://data.mixpanel.com", "bot", "hush")
    with pytest.raises(ConfigError, match="extra needs project_id"):
        MIXPANEL.access(connection, PatientSession(Deadline(Patience())))
