"""config/gates.yml: every number has a reason, and a wrong file is refused by name."""

import csv
import re

import pytest

from config.gates import GATES_FILE, Limit, default_gates, load_gates
from config.settings import ROOT, ConfigError
from copilot.sources.canonical import BY_NAME, TABLES
from expectations.raw_checks import COUNT_RULES, OF_ACCOUNTS
from expectations.raw_suite import CHOICES, HAPPENED, KEYS, RANGES
from expectations.sources import ROLE_TABLES


def test_every_limit_that_a_check_asks_for_is_there():
    limits = default_gates().limits
    asked = {rule.limit for rule in COUNT_RULES}

    assert len(limits) >= 10
    assert asked
    assert asked <= limits.keys()


def test_the_suite_speaks_of_canonical_tables_and_columns_only():
    named = {(n.table, n.column) for n in default_gates().nulls}
    named |= {(rule.subject, rule.column) for rule in COUNT_RULES if rule.column}
    named |= {*RANGES, *CHOICES, *HAPPENED.items(), *KEYS.items()} | {(table, "account_id") for table in OF_ACCOUNTS}

    assert len(named) > 50
    for table, column in named:
        assert BY_NAME[table].column(column).name == column


def test_the_suite_allows_exactly_the_values_that_the_canonical_schema_allows():
    declared = {(t.name, c.name): c.choices for t in TABLES for c in t.columns if c.choices}

    assert len(declared) >= 9
    assert declared == CHOICES


def test_the_roles_have_the_tables_of_the_canonical_schema():
    declared = {role: {t.name for t in TABLES if t.role == role} for role in {t.role for t in TABLES}}

    assert len(declared) == 4
    assert {role: set(tables) for role, tables in ROLE_TABLES.items()} == declared


def test_the_currencies_are_those_with_a_rate():
    with (ROOT / "dbt" / "seeds" / "fx_rates.csv").open(encoding="utf-8", newline="") as rates:
        with_rate = {row["currency"] for row in csv.DictReader(rates)}

    assert with_rate
    assert set(default_gates().currencies) == with_rate


@pytest.mark.parametrize(
    ("pattern", "replacement", "complaint"),
    [
        (r"  quarantine: .*\n", "", "quarantine"),
        (r'warn: 0.01, fail: 0.20, why: "1 %', 'warn: 0.30, fail: 0.20, why: "1 %', "0 <= warn <= fail <= 1"),
        (r', why: "tenure"', "", "accounts.created_on: a number without `why`"),
        (r"whole_table_rows: \d+\n", "", "whole_table_rows"),
        (r"  drop_ratio: .*\n", "", "drop_ratio"),
        (r"whole_table_rows: \d+", "whole_table_rows: many", "many"),
    ],
)
def test_a_wrong_file_is_refused_and_named(tmp_path, pattern, replacement, complaint):
    wrong = tmp_path / "gates.yml"
    changed, n = re.subn(pattern, replacement, GATES_FILE.read_text(encoding="utf-8"), count=1)
    wrong.write_text(changed, encoding="utf-8")
    assert n == 1

    with pytest.raises(ConfigError) as refused:
        load_gates(wrong)
    assert str(wrong) in str(refused.value)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(("warn", "fail"), [(-0.1, 1.0), (0.5, 0.4), (0.5, 1.1), (float("nan"), 1.0)])
def test_a_limit_outside_zero_to_one_is_refused(warn, fail):
    with pytest.raises(ConfigError):
        Limit(warn, fail)
