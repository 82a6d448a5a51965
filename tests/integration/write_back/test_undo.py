"""What was written is put back as it was, except where somebody changed it since; a killed run loses nothing."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.settings import ROOT, ConfigError
from copilot.cli.application import app
from copilot.sandbox.vendors.oauth import writing
from copilot.sources.api.connection import from_environment
from copilot.write_back import day
from copilot.write_back.undo_file import read_undo_file
from tests.armed import armed
from tests.integration.write_back.conftest import NAMES, SECRET, Desk


def held(desk: Desk) -> dict[str, dict[str, Any]]:
    """Everything that stands in the CRM's fields, without what was never filled."""
    return {
        record: filled
        for record, values in desk.written.held.items()
        if (filled := {name: value for name, value in values.items() if value is not None})
    }


def filled_by_hand(desk: Desk) -> dict[str, dict[str, Any]]:
    """Some values that were there before, each as its vendor keeps it."""
    number = (lambda value: value) if desk.vendor == "salesforce" else str
    desk.types("a0001", "health", number(50.5))
    desk.types("a0001", "reason", "  As it was: \u202eübel, 1\xa0000 ")
    desk.types("a0002", "risk", "low")
    return held(desk)


def test_an_undo_restores_everything_as_it_was(desk: Desk) -> None:
    desk.publish(*NAMES[:5], reasons=json.dumps(["Champion left"]))
    before = filled_by_hand(desk)
    done = day.apply(desk.wish())["crm"]
    assert held(desk) != before

    counts, kept = day.undo(Path(done["undo_file"]), desk.company.sources)

    assert (counts["written"], kept) == (5, [])
    assert held(desk) == before
    assert desk.company.rows("select kind, state, n_written from ops.write_back_log order by started_at") == [
        ("apply", "done", 5),
        ("undo", "done", 5),
    ]


def test_an_undo_leaves_and_names_what_a_person_changed_since(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    before = filled_by_hand(desk)
    done = day.apply(desk.wish())["crm"]
    desk.types("a0001", "risk", "By hand")

    counts, kept = day.undo(Path(done["undo_file"]), desk.company.sources)

    assert counts["written"] == 2
    assert [(one.account_id, one.field, one.why) for one in kept] == [
        ("a0001", desk.field("risk"), "somebody changed it since")
    ]
    before[desk.record("a0001")][desk.field("risk")] = "By hand"
    assert held(desk) == before


def test_an_undo_can_itself_be_undone_and_a_second_one_has_nothing_to_do(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    filled_by_hand(desk)
    done = day.apply(desk.wish())["crm"]
    after = held(desk)
    back, _ = day.undo(Path(done["undo_file"]), desk.company.sources)
    n_before = desk.n_writes

    again, kept = day.undo(Path(done["undo_file"]), desk.company.sources)
    assert (again["changed"], again["undo_file"], kept, desk.n_writes) == (0, "", [], n_before)

    day.undo(Path(back["undo_file"]), desk.company.sources)
    assert held(desk) == after


def test_writing_and_undoing_may_have_a_key_that_reading_has_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish("a0001")
    desk.connect(monkeypatch, SECRET)
    desk.connect(monkeypatch, writing(SECRET), "crm_write")

    done = day.apply(desk.wish(connections={"crm": "crm_write"}))["crm"]
    counts, _ = day.undo(Path(done["undo_file"]), desk.company.sources)

    assert (done["written"], counts["written"], held(desk)) == (1, 1, {})


def test_what_was_refused_is_not_put_back(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    desk.written.rules[desk.record("a0001")] = "Rated by hand"
    done = day.apply(desk.wish())["crm"]
    desk.written.rules.clear()
    desk.types("a0001", "health", 45)
    n_before = len(desk.written.calls)

    day.undo(Path(done["undo_file"]), desk.company.sources)

    assert {record for call in desk.written.calls[n_before:] for record, _, _ in call} == {desk.record("a0002")}


def test_the_undo_file_is_whole_on_disk_before_the_first_write_and_nobody_elses_to_read(desk: Desk) -> None:
    desk.publish("a0001", "a0002")
    desk.types("a0001", "risk", "low")
    seen: list[Any] = []

    def look(_: str, what: str) -> None:
        if what in ("sobjects", "update"):
            (file,) = desk.company.rows("select undo_file from ops.write_back_log")[0]
            seen.append(read_undo_file(Path(file)))
            seen.append(stat.S_IMODE(Path(file).stat().st_mode))

    desk.before = look
    done = day.apply(desk.wish())["crm"]

    (before, mode), after = seen, read_undo_file(Path(done["undo_file"]))
    assert {one.record_id for one in before.changes} == {desk.record("a0001"), desk.record("a0002")}
    assert before.changes[0].old[desk.field("risk")] == "low"
    assert (before.was_written, mode) == ({}, 0o600)
    assert after.was_written == {desk.record("a0001"): True, desk.record("a0002"): True}


def applied_in_a_killed_process(desk: Desk) -> int:
    wish = desk.wish()
    command = [sys.executable, "-m", "copilot", "write-back", "apply", "--mapping", str(wish.mapping)]
    command += ["--sources", str(wish.sources)]
    environment = armed("write_back.after_a_batch")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=60, capture_output=True).returncode


def test_a_run_that_is_killed_between_two_batches_is_finished_by_the_next_and_can_be_undone(desk: Desk) -> None:
    names = NAMES[:230]
    desk.publish(*names)
    before = filled_by_hand(desk)

    assert applied_in_a_killed_process(desk) == -9

    size = 200 if desk.vendor == "salesforce" else 100
    assert len(held(desk)) == size
    assert desk.company.rows("select state, n_written from ops.write_back_log") == [("started", 0)]
    ((first,),) = desk.company.rows("select undo_file from ops.write_back_log")
    second = day.apply(desk.wish())["crm"]
    assert second["written"] == 230 - size
    assert {str(desk.holds(one, "health")) for one in names} == {"45"}
    for file in (second["undo_file"], first):
        day.undo(Path(file), desk.company.sources)
    assert held(desk) == before


def test_an_undo_file_of_another_crm_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish("a0001")
    done = day.apply(desk.wish())["crm"]
    n_before = desk.n_writes
    said = json.loads(os.environ["AIRFLOW_CONN_CRM"])
    other = {**said, "host": said["host"].replace("127.0.0.1", "localhost")}
    monkeypatch.setenv("AIRFLOW_CONN_CRM", json.dumps(other))

    with pytest.raises(ConfigError, match=r"was written to http://127\.0\.0\.1"):
        day.undo(Path(done["undo_file"]), desk.company.sources, from_environment)

    assert desk.n_writes == n_before


def test_as_a_person_types_it(desk: Desk) -> None:
    desk.publish("a0001", "nobody")
    wish = desk.wish()
    where = ["--sources", str(wish.sources)]
    mapped = [*where, "--mapping", str(wish.mapping)]
    told = {}
    for name, words in (("preview", mapped), ("apply", mapped)):
        done = CliRunner().invoke(app, ["write-back", name, *words])
        assert done.exit_code == 0, done.output
        told[name] = done.output
    file = told["apply"].partition("undo file ")[2].strip()
    desk.types("a0001", "risk", "By hand")
    undone = CliRunner().invoke(app, ["write-back", "undo", file, *where])

    assert "crm, 2026-11-17: 1 of 1 accounts would change" in told["preview"]
    assert f"a0001  {desk.field('health')}: nothing -> 45" in told["preview"]
    assert "nobody  left alone: the CRM has no record of it" in told["preview"]
    assert "crm: 1 compared, 1 changed, 1 missing, 1 written, 0 rejected" in told["apply"]
    assert f"a0001  {desk.field('risk')}: left alone: somebody changed it since" in undone.output
    stopped = CliRunner().invoke(app, ["write-back", "apply", *mapped, "--as-of", "2020-01-01"])
    assert (stopped.exit_code, "2020-01-01 is not published" in stopped.output) == (1, True)
