from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from copilot.sandbox.company import steps, write_company
from copilot.sources.canonical import BY_NAME, TABLES

NAMES = [table.name for table in TABLES]
# The calendar may lie ahead of the record: what is due or agreed is known before it comes.
AHEAD = {
    ("subscriptions", "term_ends_on"),
    ("invoices", "due_on"),
    ("invoices", "period_end_on"),
    ("opportunities", "close_on"),
    ("sentiments", "expires_on"),
}


def every_byte(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*.*"))}


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)


def test_the_same_spec_gives_the_same_bytes(spec, company, tmp_path):
    write_company(spec, tmp_path)
    again = every_byte(tmp_path)
    assert len(again) > 100
    assert again == every_byte(company)


def test_another_seed_gives_another_company(spec, company, read, tmp_path):
    write_company(spec.changed(seed=4), tmp_path, until=date(2026, 3, 1))
    one, other = (
        {row["account_id"]: row["segment"] for row in read(at, "accounts").to_pylist()} for at in (company, tmp_path)
    )
    shared = sorted(set(one) & set(other))
    assert len(shared) >= 120
    assert [one[name] for name in shared] != [other[name] for name in shared]


def test_writing_again_leaves_unchanged_files_alone(spec, tmp_path):
    short = spec.changed(end=date(2026, 6, 2), fixtures_on=date(2026, 6, 2))
    write_company(short, tmp_path)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")}
    write_company(short, tmp_path)
    assert len(before) > 40
    assert before == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*")}


@pytest.mark.parametrize("name", NAMES)
def test_a_later_end_repeats_every_earlier_record(name, read, company, longer, spec):
    earlier, later = read(company, name), read(longer, name)
    kept = later.filter(pc.less(later["recorded_at"], midnight_after(spec.end)))
    assert len(earlier) > 0
    assert kept.equals(earlier)


@pytest.mark.parametrize("name", NAMES)
def test_until_gives_what_was_recorded_by_then_and_nothing_else(name, read, company, cut):
    day, directory = cut
    whole, part = read(company, name), read(directory, name)
    assert len(part) > 0
    assert part.equals(whole.filter(pc.less(whole["recorded_at"], midnight_after(day))))


@pytest.fixture(scope="module")
def longer(spec, tmp_path_factory) -> Path:
    """The same company, eleven days longer."""
    directory = tmp_path_factory.mktemp("longer")
    write_company(spec.changed(end=spec.end + timedelta(days=11), fixtures_on=spec.end), directory)
    return directory


@pytest.fixture(scope="module")
def cut(spec, tmp_path_factory) -> tuple[date, Path]:
    """The same company as it stood on a day in the middle."""
    day, directory = date(2026, 7, 9), tmp_path_factory.mktemp("cut")
    write_company(spec, directory, until=day)
    return day, directory


def test_an_earlier_day_removes_the_files_of_later_ones(spec, tmp_path):
    write_company(spec, tmp_path)
    stranger = tmp_path / "crm" / "notes.txt"
    stranger.write_text("kept")
    write_company(spec, tmp_path, until=date(2026, 5, 10))
    months = {path.name.split("_")[-1][:7] for path in (tmp_path / "billing").iterdir()}
    assert max(months) == "2026-05"
    assert stranger.read_text() == "kept"


@pytest.mark.parametrize("name", NAMES)
def test_no_row_tells_what_happened_after_it_was_recorded(name, read, company):
    table, rows = BY_NAME[name], read(company, name)
    checked = [
        column
        for column in table.columns
        if column.type in ("date", "timestamptz") and (name, column.name) not in AHEAD | {("subscriptions", "ended_on")}
    ]
    assert len(rows) > 0
    assert checked or name in ("users",)
    for column in checked:
        fact = rows[column.name].cast(pa.timestamp("us", tz="UTC"))
        assert pc.sum(pc.greater(fact, rows["recorded_at"]).cast("int64")).as_py() in (0, None), column.name


def test_an_end_shows_only_after_notice_or_on_its_day(read, company):
    rows = read(company, "subscriptions").to_pylist()
    ends = [row for row in rows if row["ended_on"]]
    assert len(ends) > 20
    for row in ends:
        known_on = min(day for day in (row["notice_on"], row["ended_on"]) if day)
        assert known_on <= row["recorded_at"].date()


@pytest.mark.parametrize("name", NAMES)
def test_a_version_is_unique_by_key_and_time(name, read, company):
    keys = [*BY_NAME[name].key, "recorded_at"]
    rows = read(company, name)
    assert len(rows) > 0
    assert len(rows.group_by(keys).aggregate([])) == len(rows)


@pytest.mark.parametrize("name", NAMES)
def test_values_keep_to_the_canonical_table(name, read, company):
    table, rows = BY_NAME[name], read(company, name)
    assert len(rows) > 0
    for column in table.must_have:
        assert rows[column].null_count == 0, column
    for column in table.columns:
        values = [value for value in pc.unique(rows[column.name]).to_pylist() if value is not None]
        assert not column.choices or set(values) <= set(column.choices), column.name
        assert column.minimum is None or not values or min(values) >= column.minimum, column.name
        assert column.maximum is None or not values or max(values) <= column.maximum, column.name


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"accounts", "users"}))
def test_every_account_that_is_named_exists(name, read, company):
    ids = [read(company, "accounts")["account_id"], read(company, "customers")["customer_id"]]
    known = pc.unique(pa.chunked_array([chunk for column in ids for chunk in column.chunks]))
    named = pc.unique(read(company, name)["account_id"]).drop_null()
    assert len(named) > 0
    assert pc.all(pc.is_in(named, value_set=known)).as_py()


def test_events_follow_the_week_and_some_come_late(read, company):
    events = read(company, "usage_events")
    by_day = pc.value_counts(pc.day_of_week(events["occurred_at"])).to_pylist()
    count = {entry["values"]: entry["counts"] for entry in by_day}
    assert max(count[5], count[6]) * 3 < min(count[day] for day in range(5))
    late = pc.days_between(events["occurred_at"], events["recorded_at"]).to_numpy()
    assert 0.02 < (late >= 1).mean() < 0.06
    assert 0 < (late > 35).mean() < 0.002
    assert 36 <= late.max() <= 46


def test_the_last_thirty_days_of_usage_have_a_file_each(spec, company):
    names = sorted(path.name for path in (company / "usage").glob("usage_events_*"))
    daily = [name for name in names if len(name) == len("usage_events_2026-11-17.parquet")]
    first = spec.end - timedelta(days=29)
    assert [name[13:23] for name in daily] == [str(first + timedelta(days=n)) for n in range(30)]
    assert [name[13:20] for name in names if name not in daily] == [f"2026-{month:02d}" for month in range(2, 11)]


def test_no_file_of_the_truth_matches_a_source(company):
    assert {path.parent.name for path in company.glob("*/*.*")} == {"crm", "billing", "usage", "support", "truth"}
    assert sorted(path.stem for path in (company / "truth").iterdir()) == [
        "departures", "hazard", "identities", "shocks", "state",
    ]  # fmt: skip


def test_every_step_is_told(spec, tmp_path):
    told: list[str] = []
    write_company(spec, tmp_path, date(2026, 4, 30), told.append)
    assert len(told) == steps(spec, date(2026, 4, 30))


def test_all_mail_goes_to_example_domains(read, company):
    for name in ("contacts", "users"):
        addresses = pc.unique(read(company, name)["email"]).to_pylist()
        assert len(addresses) > 5
        assert all(address.endswith((".example", "@example.com", "@example.org")) for address in addresses)


def test_awkward_names_come_through_unharmed(read, company):
    names = set(read(company, "accounts")["name"].to_pylist())
    assert {"Robert'); drop table accounts;-- GmbH", "<b>Bold</b> Type & Co.", "株式会社あおぞら"} <= names
    assert any(name.startswith("=") for name in names)
