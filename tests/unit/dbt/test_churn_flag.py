"""The source's own flag of a departure is checked by the gate; no model may build on it."""

from config.settings import ROOT
from copilot.sources.canonical import BY_NAME

MODELS = ROOT / "dbt" / "models"
STAGING = MODELS / "staging" / "crm" / "stg_crm__accounts.sql"


def test_no_model_knows_the_flag_because_the_only_one_that_reads_it_leaves_it_out():
    readers = [path for path in MODELS.rglob("*.sql") if "source('raw_crm', 'accounts')" in path.read_text("utf-8")]
    taken = STAGING.read_text("utf-8").split("versions as (")[1]

    assert BY_NAME["accounts"].column("is_churned").type == "boolean"
    assert readers == [STAGING]
    assert "created_on" in taken
    assert "is_churned" not in taken
    assert "*" not in taken.split("select * from versions")[0]
