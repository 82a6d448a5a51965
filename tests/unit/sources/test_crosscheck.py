import pandas as pd

from copilot.sources.crosscheck import cross_faults


def test_a_customer_of_another_system_is_a_known_name_for_an_account():
    recorded = {"recorded_at": pd.Timestamp("2026-03-01", tz="UTC")}
    tables = {
        "accounts": pd.DataFrame([{"account_id": "a", **recorded}]),
        "customers": pd.DataFrame([{"customer_id": "cus_1", "account_id": "a", **recorded}]),
        "invoices": pd.DataFrame([{"account_id": ref, **recorded} for ref in ("a", "cus_1", "cus_2")]),
    }

    faults = cross_faults({name: [rows] for name, rows in tables.items()})

    assert [(fault.what, fault.n, fault.of) for fault in faults] == [("invoices: account_id is not known", 1, 3)]
