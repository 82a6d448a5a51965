"""The dry run says what landing would do, and what no single row shows."""

from pathlib import Path

import yaml
from typer.testing import CliRunner

from config.settings import ROOT
from copilot.cli.sources import group
from copilot.sources.check import check

ACCOUNTS = "account_id,created_on,vip\na1,2026-01-10,1\na2,2026-01-10,0\n"
SUBSCRIPTIONS = "subscription_id,account_id,started_on,ended_on\ns1,a1,2026-01-10,2026-02-01\n"
USAGE = (
    "event_id,subscription_id,occurred_at\n"
    "e1,s1,2026-01-31\ne2,s1,2026-02-01\ne3,s1,2026-01-09\ne4,s9,2026-01-20\ne1,s1,2026-01-31\ne2,s1,2026-01-20\ne5,s1,x\n"
)
# a1 and a2 pay on, a3 to a6 have ended, given notice, been cancelled or never paid; a7 pays and was never called gone.
FLAGGED = "account_id,is_churned\n" + "".join(f"a{n},{'false' if n == 7 else 'true'}\n" for n in range(1, 8))
PAYING = (
    "subscription_id,account_id,started_on,ended_on,notice_on,status,is_trial\n"
    "s1,a1,2026-01-10,,,active,false\ns2,a2,2026-01-10,,,,\ns3,a3,2026-01-10,2026-02-01,,active,false\n"
    "s4,a4,2026-01-10,,2026-02-01,active,false\ns5,a5,2026-01-10,,,cancelled,false\ns6,a6,2026-01-10,,,active,true\n"
    "s7,a7,2026-01-10,,,active,false\n"
)
DEPARTURES = (
    "churn_event_id,account_id,churned_on,kind\nd1,a1,2026-02-01,\nd2,a2,2026-02-01,contraction\nd3,a7,2026-02-01,\n"
)


def company(tmp_path: Path, **files: str) -> Path:
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content)
    path = tmp_path / "sources.yml"
    source = {"name": "all", "type": "files", "path": "{table}.csv", "tables": list(files)}
    path.write_text(yaml.safe_dump({"sources": [source]}))
    return path


def test_rows_are_counted_by_their_fate_and_reason(tmp_path):
    report = check(company(tmp_path, accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS, usage_events=USAGE))
    usage = next(table for table in report.tables if table.table.name == "usage_events")
    assert (usage.received, usage.landed, usage.unchanged, usage.rejected) == (7, 4, 1, 2)
    assert {code: (r.n, r.places) for code, r in usage.rejections.items()} == {
        "duplicate_key": (1, ["row 7 of usage_events.csv"]),
        "not_a_date": (1, ["row 8 of usage_events.csv"]),
    }


def test_faults_between_tables_are_counted(tmp_path):
    report = check(company(tmp_path, accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS, usage_events=USAGE))
    assert {fault.what: (fault.n, fault.of) for fault in report.faults} == {
        "usage_events: subscription_id is not known": (1, 6),
        "usage_events: outside the period of their subscription": (2, 6),
        "usage_events: before their account was created": (1, 5),
    }


def test_accounts_flagged_as_gone_are_held_against_billing_and_departures(tmp_path):
    report = check(company(tmp_path, accounts=FLAGGED, subscriptions=PAYING, churn_events=DEPARTURES))
    assert {fault.what: (fault.n, fault.of) for fault in report.faults} == {
        "accounts: flagged as gone that still have a paid subscription without end or notice": (2, 6),
        "accounts: flagged as gone without any recorded departure": (5, 6),
    }


def test_a_flag_alone_contradicts_nothing(tmp_path):
    assert check(company(tmp_path, accounts=FLAGGED)).faults == []
    unflagged = "account_id\n" + "".join(f"a{n}\n" for n in range(1, 8))
    assert check(company(tmp_path, accounts=unflagged, subscriptions=PAYING, churn_events=DEPARTURES)).faults == []


def test_a_usable_source_ends_with_0_and_tells_what_is_ignored_and_missing(tmp_path):
    path = company(tmp_path, accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS, usage_events=USAGE)
    ended = CliRunner().invoke(group, ["check", str(path)])
    assert ended.exit_code == 0, ended.output
    assert "ignored, nothing is mapped to them: vip" in ended.output
    assert "no surveys: no NPS" in ended.output


def test_a_source_without_subscriptions_and_invoices_ends_with_2(tmp_path):
    ended = CliRunner().invoke(group, ["check", str(company(tmp_path, accounts=ACCOUNTS))])
    assert ended.exit_code == 2
    assert "neither subscriptions nor invoices" in ended.output


def test_a_file_that_is_not_there_ends_with_2_and_names_it(tmp_path):
    ended = CliRunner().invoke(group, ["check", str(tmp_path / "nothing.yml")])
    assert ended.exit_code == 2
    assert "nothing.yml: no such file" in ended.output


def test_tables_that_are_landed_already_are_explained_and_asked_nothing(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ANALYTICS_DB", "postgres://me:hush@127.0.0.1:1/analytics")
    outcome = CliRunner().invoke(group, ["check", str(ROOT / "examples" / "landed" / "sources.yml")])

    assert outcome.exit_code == 0
    assert "analytics: sql is read when it is ingested, a dry run asks it nothing" in outcome.output
    assert "over the connection analytics_db, in one snapshot that cannot be written" in outcome.output
    read = "subscriptions from stripe.subscription_overview: what changed by _fivetran_synced, from 6 hours before the"
    assert f"{read} last reading, everything every 7 days" in outcome.output
    assert "hush" not in outcome.output
