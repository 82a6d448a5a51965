"""Amplitude's events as its export writes them become canonical rows, hour of receipt by hour of receipt."""

import gzip
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import ConfigError
from copilot.sources.api.connector import Export, Record
from copilot.sources.api.drift import adapted
from copilot.sources.connectors.amplitude import AMPLITUDE

NOW = datetime(2026, 11, 17, 13, 20, tzinfo=UTC)
EVENT: Record = {
    "$insert_id": "ins_1",
    "uuid": "6b1f9c5e-0000-11f0-9c1e-0242ac120002",
    "event_type": "report_viewed",
    "event_time": "2026-03-02 09:00:00.000000",
    "server_upload_time": "2026-03-04 07:30:31.874000",
    "user_id": "usr_7",
    "amplitude_id": 482,
    "groups": {"org id": ["acc_1"], "team": ["blue"]},
    "event_properties": {"feature": "reports", "quantity": 3, "searched": "divorce"},
    "ip_address": "192.0.2.7",
    "city": "Berlin",
}


def the_export(**options: str) -> Export:
    (found,) = AMPLITUDE.stream(options)
    assert isinstance(found, Export)
    return found


def a_zip(*files: list[Record]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("271828/", b"")
        for n, records in enumerate(files):
            lines = "".join(json.dumps(record) + "\n" for record in records)
            archive.writestr(f"271828/271828_2026-03-04_7#{n}.json.gz", gzip.compress(lines.encode()))
    return packed


def rows(*records: Record, table: str = "usage_events", **options: str) -> list[dict[str, Any]]:
    export = the_export(**options)
    given = next(one for one in export.gives if one.table == table)
    return [row for record in export.records(a_zip(list(records))) for row in given.rows(record)]


def asked(since: datetime | None, **options: str) -> list[tuple[str, str]]:
    asks = list(the_export(**options).asks(since, NOW))
    assert {ask.path for ask in asks} == {"api/2/export"}
    return [(ask.params["start"], ask.params["end"]) for ask in asks]


def test_an_event_is_known_since_amplitude_received_it_and_not_since_it_happened() -> None:
    assert rows(EVENT) == [
        {
            "event_id": "ins_1",
            "account_id": "acc_1",
            "user_id": "usr_7",
            "event_name": "report_viewed",
            "feature": "reports",
            "occurred_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "quantity": 3,
            "recorded_at": datetime(2026, 3, 4, 7, 30, 31, 874000, tzinfo=UTC),
        }
    ]


def test_an_event_without_an_insert_id_goes_by_amplitudes_own_and_one_of_nobody_by_amplitudes_number() -> None:
    (row,) = rows({**EVENT, "$insert_id": None, "user_id": None})
    assert (row["event_id"], row["user_id"]) == (EVENT["uuid"], "482")


def test_an_event_without_the_group_has_no_account() -> None:
    found = rows({**EVENT, "groups": {"team": ["blue"]}}, {**EVENT, "groups": {}}, {**EVENT, "groups": None})
    assert [row["account_id"] for row in found] == [None, None, None]


def test_properties_and_the_group_are_called_as_the_company_calls_them() -> None:
    event = {**EVENT, "event_properties": {"area": "forms", "times": 2}}
    names = {"account_group": "team", "feature_property": "area", "quantity_property": "times"}
    (row,) = rows(event, login_event="report_viewed", **names)
    assert (row["account_id"], row["feature"], row["quantity"], row["event_name"]) == ("blue", "forms", 2, "login")


def test_all_files_of_an_answer_are_read_one_after_the_other() -> None:
    files = [[{**EVENT, "$insert_id": f"{part}/{n}"} for n in range(3)] for part in range(2)]
    found = [record["$insert_id"] for record in the_export().records(a_zip(*files))]
    assert found == ["0/0", "0/1", "0/2", "1/0", "1/1", "1/2"]


def test_a_file_is_unpacked_record_by_record() -> None:
    peaks = []
    for n_records in (10, 1_000, 10_000):
        packed = a_zip([{**EVENT, "$insert_id": f"ins_{n}"} for n in range(n_records)])
        tracemalloc.start()
        assert sum(1 for _ in the_export().records(packed)) == n_records
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1] < 2_000_000


def test_what_nobody_reads_of_a_user_reaches_no_file() -> None:
    (record,) = the_export().records(a_zip([EVENT]))
    assert not {"divorce", "Berlin", "192.0.2.7", "blue"} & set(json.dumps(record).split('"'))


def test_daily_totals_come_as_an_event_and_are_no_event() -> None:
    total = {**EVENT, "event_type": "Daily totals", "event_properties": {"active_clients": 4}}
    options = {"totals_event": "Daily totals"}

    assert rows(total, EVENT, **options) == rows(EVENT)
    (row,) = rows(total, EVENT, table="usage_daily", **options)
    assert (row["account_id"], str(row["used_on"]), row["feature"]) == ("acc_1", "2026-03-02", "all")
    assert (row["active_clients"], row["forms_sent"]) == (4, None)


def test_an_event_as_it_is_documented_has_not_drifted_and_a_number_for_a_user_has() -> None:
    export = the_export()
    (record,) = export.records(a_zip([{**EVENT, "user_id": "7"}]))
    forms = export.gives[0].fields(record)

    assert adapted(record, forms, "freeze") is record
    assert adapted({**record, "user_id": 7}, forms, "evolve") == record


def test_a_first_load_takes_every_hour_once_a_day_at_a_time() -> None:
    assert asked(None, begin="2026-11-16") == [("20261116T00", "20261116T23"), ("20261117T00", "20261117T13")]


def test_an_increment_goes_on_with_the_hour_in_which_the_last_one_stood() -> None:
    assert asked(datetime(2026, 11, 16, 5, 59, tzinfo=UTC)) == [
        ("20261116T05", "20261117T04"),
        ("20261117T05", "20261117T13"),
    ]


def test_an_answer_that_would_be_too_large_is_asked_for_in_fewer_hours() -> None:
    found = asked(datetime(2026, 11, 17, 11, tzinfo=UTC), hours="1")
    assert found == [(f"20261117T{hour}", f"20261117T{hour}") for hour in (11, 12, 13)]


def test_hours_without_events_are_no_refusal() -> None:
    assert 404 in AMPLITUDE.accepted


@pytest.mark.parametrize("options", [{"begin": "last year"}, {"hours": "0"}, {"hours": "²"}])
def test_an_option_that_cannot_be_read_is_named(options: dict[str, str]) -> None:
    (name,) = options
    with pytest.raises(ConfigError, match=f"option {name}"):
        the_export(**options)
