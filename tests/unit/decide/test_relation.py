"""What a rule may ask about is what the mart promises: its contract, column by column and kind by kind."""

import yaml

from config.settings import ROOT
from copilot.decide.relation import ACCOUNT_COLUMNS, NAME

CONTRACT = ROOT / "dbt" / "models" / "marts" / "fct_account_days.yml"
KINDS = {
    **dict.fromkeys(("integer", "bigint", "numeric"), "number"),
    "text": "text",
    "date": "date",
    "boolean": "truth",
}
KEY = {"as_of_date", "account_id"}
# A rule that compares a sentence works until somebody words it otherwise.
OWN_WORDS = {NAME, "health_override_reason", "health_override_author"}


def test_a_rule_may_read_every_column_of_the_account_days_but_the_key_and_peoples_own_words() -> None:
    (mart,) = yaml.safe_load(CONTRACT.read_text("utf-8"))["models"]
    promised = {column["name"]: KINDS[column["data_type"]] for column in mart["columns"]}

    assert promised.keys() >= KEY | OWN_WORDS
    assert {name: kind for name, kind in promised.items() if name not in KEY | OWN_WORDS} == ACCOUNT_COLUMNS
