"""The company's usage, read from its Mixpanel and its Amplitude over HTTP, whatever goes wrong on the way."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from tests.running_vendors import WRONG_KEY, Vendors, running
from tests.scripted_api import Answer, scripted

OPTIONS = {"begin": "2026-08-01", "totals_event": TOTALS_EVENT}
# A week a request, so that a test takes a few seconds.
TOOLS = {"mixpanel": OPTIONS, "amplitude": {**OPTIONS, "hours": "168"}}
EVENTS = (
    "event_id", "account_id", "user_id", "event_name", "feature", "occurred_at", "quantity", "recorded_at",
)  # fmt: skip
TOTALS = (
    "account_id", "used_on", "feature", "active_users", "events", "active_clients", "total_clients", "forms_sent",
    "forms_completed", "journeys_sent", "journeys_opened", "recorded_at",
)  # fmt: skip
BOTH = pytest.mark.parametrize("name", TOOLS)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of twenty accounts over three and a half months."""
    directory = tmp_path_factory.mktemp("usage_vendors")
    spec = CompanySpec(seed=5, accounts=20, fixtures=False, start=date(2026, 8, 1), end=date(2026, 11, 17))
    write_company(spec, directory)
    return directory


@pytest.fixture
def tools(company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with running(company, database, tmp_path, monkeypatch) as found:
        # Amplitude gives an hour two hours after it has passed.
        found.now = datetime(2026, 11, 18, 6, tzinfo=UTC)
        yield found


def read(tools: Vendors, name: str, *script: Fault, options: Mapping[str, str] | None = None, **others: Any) -> Any:
    """Read one tool once, with that going wrong."""
    return tools.read(name, "usage", *script, options={**TOOLS[name], **(options or {})}, **others)


def sent(company: Path, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The company's own rows of a table."""
    parts = [pyarrow.parquet.read_table(path) for path in sorted((company / "usage").glob(f"{table}_[0-9]*.parquet"))]
    return in_order(tuple(row[name] for name in columns) for part in parts for row in part.to_pylist())


def landed(tools: Vendors, name: str, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    named = ", ".join("quantity::float" if column == "quantity" else column for column in columns)
    return in_order(tools.rows(f"select {named} from raw.{table} where _source = '{name}'"))


def in_order(rows: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in rows), key=str)


def is_complete(tools: Vendors, company: Path, name: str) -> bool:
    return landed(tools, name, "usage_events", EVENTS) == sent(company, "usage_events", EVENTS) and landed(
        tools, name, "usage_daily", TOTALS
    ) == sent(company, "usage_daily", TOTALS)


def n_late(company: Path, than: timedelta) -> int:
    return sum(row[-1] - row[5] > than for row in sent(company, "usage_events", EVENTS))


@BOTH
def test_every_event_arrives_however_late_it_was_and_every_total(tools: Vendors, company: Path, name: str) -> None:
    outcome = read(tools, name)

    assert outcome["problems"] == []
    assert outcome["received"] == outcome["landed"] > 1000
    assert n_late(company, timedelta(days=35)) > 0
    assert len(sent(company, "usage_daily", TOTALS)) > 100
    assert is_complete(tools, company, name)


def test_both_tools_tell_the_same(tools: Vendors) -> None:
    for name in TOOLS:
        read(tools, name)

    for table, columns in (("usage_events", EVENTS), ("usage_daily", TOTALS)):
        assert len(landed(tools, "mixpanel", table, columns)) > 100
        assert landed(tools, "mixpanel", table, columns) == landed(tools, "amplitude", table, columns)


@BOTH
def test_reading_month_by_month_ends_with_the_same_rows_as_reading_once(
    tools: Vendors, company: Path, name: str
) -> None:
    for now in ((9, 2, 3), (10, 2, 4), (11, 2, 5), (11, 17, 6), (11, 18, 6)):
        tools.now = datetime(2026, now[0], now[1], now[2], tzinfo=UTC)
        assert read(tools, name)["problems"] == []

    late = [row for row in sent(company, "usage_events", EVENTS) if row[5].month != row[-1].month]
    assert len(late) > 10
    assert is_complete(tools, company, name)


@BOTH
def test_a_time_in_which_nothing_happened_is_no_failure(tools: Vendors, company: Path, name: str) -> None:
    assert read(tools, name, options={"begin": "2026-06-01"})["problems"] == []
    assert is_complete(tools, company, name)


@BOTH
def test_nothing_is_told_before_the_tool_received_it(tools: Vendors, company: Path, name: str) -> None:
    tools.now = datetime(2026, 10, 2, 6, tzinfo=UTC)
    read(tools, name)

    (newest,) = tools.rows("select max(recorded_at), max(occurred_at) from raw.usage_events")
    assert max(newest) < tools.now
    assert len(landed(tools, name, "usage_events", EVENTS)) < len(sent(company, "usage_events", EVENTS))


@BOTH
def test_another_reading_without_news_changes_nothing(tools: Vendors, company: Path, name: str) -> None:
    read(tools, name)
    tools.now += timedelta(hours=1)
    outcome = read(tools, name)

    assert outcome["problems"] == []
    assert outcome["received"] == outcome["unchanged"] > 0
    assert is_complete(tools, company, name)


MISHAPS = {
    "busy, and says for how long": Fault("status", "export", 1, 2, 429, (("Retry-After", "0"),)),
    "broken": Fault("status", "export", 2, 1, 500),
    "the line goes dead": Fault("reset", "export", 2),
    "half a file": Fault("half", "export", 2),
}


@BOTH
@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(
    tools: Vendors, company: Path, name: str, fault: Fault
) -> None:
    outcome = read(tools, name, fault)

    assert tools.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert is_complete(tools, company, name)


@BOTH
def test_wrong_credentials_are_a_matter_of_settings_and_told_without_showing_them(tools: Vendors, name: str) -> None:
    outcome = read(tools, name, shown=WRONG_KEY)

    assert len(outcome["problems"]) == 2
    assert all("with 401" in problem and "wrong-key" not in problem for problem in outcome["problems"])


def test_a_question_that_mixpanel_does_not_understand_is_refused_with_its_words(tools: Vendors) -> None:
    (first, _) = read(tools, "mixpanel", shown={"extra": {"project_id": "1"}})["problems"]
    assert "with 400" in first
    assert "no member of the project" in first


def test_a_file_that_is_not_whole_lands_nothing_and_is_read_again(tools: Vendors, company: Path) -> None:
    line = {"event": "login", "properties": {"time": 1785900000, "$insert_id": "e1", "distinct_id": "u1"}}
    line["properties"] |= {"mp_processing_time_ms": 1785900000000, "company_id": "acc_1"}  # type: ignore[operator]
    cut = (json.dumps(line) + "\nterminated early").encode()
    with scripted(Answer(cut)) as api:
        outcome = read(tools, "mixpanel", shown={"host": api.url})

    assert len(outcome["problems"]) == 2
    assert "the vendor's file is not whole" in outcome["problems"][0]
    assert tools.rows("select (select count(*) from raw.usage_events), (select count(*) from ops.stream_position)") == [
        (0, 0)
    ]
    assert read(tools, "mixpanel")["problems"] == []
    assert is_complete(tools, company, "mixpanel")


def test_an_event_that_cannot_be_understood_is_in_quarantine_and_the_others_land(tools: Vendors) -> None:
    good = {"time": 1785900000, "$insert_id": "e1", "distinct_id": "u1", "mp_processing_time_ms": 1785900000000}
    properties: list[Any] = [
        {**good, "company_id": "acc_1"},
        {**good, "company_id": "acc_1", "$insert_id": "e2", "time": "yesterday"},
        {**good, "company_id": "acc_1", "$insert_id": "e3", "mp_processing_time_ms": 10**30},
        {**good, "$insert_id": "e4"},
        None,
    ]
    content = "".join(json.dumps({"event": "login", "properties": one}) + "\n" for one in properties)
    with scripted(Answer(content.encode()), Answer(b"")) as api:
        outcome = read(tools, "mixpanel", shown={"host": api.url})

    assert tools.rows("select event_id from raw.usage_events") == [("e1",)]
    codes = "select table_name, reason_code, count(*) from quarantine.rejected_record group by 1, 2 order by 1, 2"
    assert tools.rows(codes) == [
        ("usage_events", "malformed_record", 1),
        ("usage_events", "missing_value", 1),
        ("usage_events", "schema_drift", 2),
    ]
    assert outcome["received"] == outcome["landed"] + outcome["unchanged"] + outcome["rejected"] == 5
