"""What a sources file promises, and what landing's word about a delivery becomes."""

from datetime import date

import pytest

from config.run import Run
from expectations.sources import Delivery, Source, declared, delivery_checks

DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("role", "tables", "roles"),
    [
        ("crm", (), ["crm"]),
        ("crm", ("accounts", "tickets"), ["crm", "support"]),
        ("", ("accounts", "subscriptions", "usage_events"), ["crm", "billing", "usage"]),
        ("", (), []),
    ],
)
def test_a_source_promises_the_roles_of_its_tables_else_its_own(role, tables, roles):
    assert Source("export", role, tables).roles == roles


def test_the_shipped_sources_files_are_understood(tmp_path):
    listed = declared(Run(DAY))
    path = tmp_path / "sources.yml"
    path.write_text("sources: [{name: export, type: files, path: x, tables: {accounts: {columns: {}}}}]")

    assert {role for source in listed for role in source.roles} == {"crm", "billing", "usage", "support"}
    assert declared(Run(DAY, path)) == [Source("export", "", ("accounts",))]


@pytest.mark.parametrize("state", ["empty", "shrunk", "missing", "error"])
def test_whatever_is_not_ok_is_an_outage_and_never_a_reason_to_hold(state):
    delivery = Delivery("billing", "invoices", state, 500, 0, "why", date(2026, 3, 7), date(2026, 3, 8))

    (finding,) = delivery_checks([delivery], [], Run(DAY))

    assert (finding.passed, finding.severity) == (False, "warn")
    assert finding.message == (
        f"billing.invoices: {state} since 2026-03-08 (last complete on 2026-03-07); figures rest on older data. why"
    )


def test_a_source_without_a_list_of_tables_that_was_not_read_is_named_once():
    findings = delivery_checks([], [Source("crm", "crm", ())], Run(DAY))

    assert [f.message for f in findings] == ["crm: listed in sources.yml but was not read on 2026-03-10"]
