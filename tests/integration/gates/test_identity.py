"""A company whose billing has ids of its own: gate 1 takes them for known, and says which overrides decide nothing."""

from datetime import date

import pytest

from config.identity import Override, load_identity
from config.run import Run
from expectations import identity_checks
from expectations.gate import Held, check_raw
from tests.integration.gates.company import execute, findings_of

pytestmark = pytest.mark.slow

OWN_IDS = """
insert into raw.customers (customer_id, name, recorded_at, _source, _batch_id, _file, _row_number)
select 'cus_' || i, 'Account ' || i, '2025-06-01', 'billing', 1, 'c', i from generate_series(1, 200) as i;
update raw.subscriptions set account_id = 'cus_' || substr(account_id, 2);
update raw.invoices set account_id = 'cus_' || substr(account_id, 2);
update raw.payments set account_id = 'cus_' || substr(account_id, 2);
update raw.usage_events set account_id = 'cus_' || substr(account_id, 2);
"""


def test_references_that_billing_explains_are_known_to_gate_1(company: Run):
    execute(company.database, OWN_IDS)

    assert check_raw(company)["reasons"] == []
    found = findings_of(company.database, "raw")
    assert found["payments.account.known"][2:4] == (200, 0)
    assert "accounts.subscription.known" not in found, "ids cannot be compared; gate 2 weighs the money instead"


def test_an_override_that_points_nowhere_degrades_the_day_and_is_named(company: Run, monkeypatch: pytest.MonkeyPatch):
    decided = [
        Override(account_ref=ref, account_id=account, reason="asked", author="ada", set_on=date(2026, 3, 1))
        for ref, account in (("cus_1", "A1"), ("cus_2", "gone"))
    ]
    settings = load_identity().model_copy(update={"overrides": tuple(decided)})
    monkeypatch.setattr(identity_checks, "load_identity", lambda: settings)

    outcome = check_raw(company)

    assert outcome["verdict"] == "DEGRADED"
    assert outcome["reasons"] == [
        "identity: 1 of 2 rows that point to an account that the CRM does not list (50 %; allowed 0 %): gone"
    ]


OF_TWO_SOURCES = """
select raw.ensure_source('crm2'), raw.ensure_source('desk'), raw.ensure_source('desk2');
insert into raw.users (csm_id, full_name, email, recorded_at, _source, _batch_id, _file, _row_number)
select csm_id, full_name, upper(email), recorded_at, 'crm2', 1, 'u', 1 from raw.users where csm_id <> 'C1'
union all select 'C1', 'Another', 'another@us.example', '2025-06-01', 'crm2', 1, 'u', 2;
insert into raw.customers (customer_id, account_id, name, recorded_at, _source, _batch_id, _file, _row_number)
select key, account_id, name, '2025-06-01', source, 1, 'k', number
from (values
    ('carries the same', 'A1', 'Ours', 'desk', 1), ('carries the same', 'A1', 'Theirs', 'desk2', 1),
    ('one says nothing', 'A2', 'Ours', 'desk', 2), ('one says nothing', null, 'Theirs', 'desk2', 2),
    ('same name', null, 'Acme', 'desk', 3), ('same name', null, 'ACME', 'desk2', 3),
    ('carries another', 'A3', 'Ours', 'desk', 4), ('carries another', 'A4', 'Ours', 'desk2', 4),
    ('another name', null, 'Ours', 'desk', 5), ('another name', null, 'Theirs', 'desk2', 5)
) as given (key, account_id, name, source, number);
"""


def test_whoever_is_in_two_systems_under_one_id_is_one_unless_they_differ(company: Run):
    execute(company.database, OF_TWO_SOURCES)

    with pytest.raises(Held):
        check_raw(company)

    found = findings_of(company.database, "raw")
    assert found["users.unique"][1:4] == (False, 8, 2)
    assert "under which two sources give different people" in found["users.unique"][4]
    assert found["customers.unique"][1:4] == (False, 10, 4)
    assert "under which two sources give different accounts" in found["customers.unique"][4]
