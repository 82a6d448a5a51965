"""A wrong sources file is refused with the file, the source, the setting and what to do."""

from pathlib import Path

import pytest
import yaml

from config.settings import ROOT, ConfigError
from copilot.sandbox.branches import VENDORS
from copilot.sandbox.vendors import hubspot, salesforce
from copilot.sandbox.vendors.zendesk import CSAT_FIELD
from copilot.sources.canonical import BY_NAME
from copilot.sources.catalogue import API_TABLES
from copilot.sources.config import load_sources, resolve_pattern
from copilot.sources.files import find_files
from copilot.sources.variables import remember

ACCOUNTS = {"columns": {"account_id": "id"}}


def written(tmp_path: Path, *sources: object, **top: object) -> Path:
    path = tmp_path / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": list(sources), **top}))
    return path


def a_source(**settings: object) -> dict[str, object]:
    return {"name": "crm", "type": "files", "path": "{table}.csv", "tables": {"accounts": ACCOUNTS}, **settings}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rolle": "crm"}, "source crm: unknown setting rolle: did you mean role?"),
        ({"type": "ftp"}, "source crm: type: it says ftp: there is files"),
        ({"name": "CRM"}, "name: String should match pattern"),
        ({"tables": {"acounts": ACCOUNTS}}, "unknown table acounts: did you mean accounts?"),
        ({"tables": {"accounts": {"columns": {"acount_id": "i"}}}}, "unknown column acount_id: did you mean account_i"),
        ({"tables": {"accounts": {"columns": {"name": "n"}}}}, "columns: account_id is needed: add `account_id"),
        ({"tables": {"accounts": {"formats": {"name": "%d"}}}}, "formats: name is not a date or time column"),
        ({"tables": {"usage_events": {"columns": {"event_id": "e", "occurred_at": "t"}}}}, "one of account_id, sub"),
        ({"path": "all.csv", "tables": ["accounts", "tickets"]}, "path needs {table}"),
        ({"path": ""}, "path: say where the files are"),
        ({"webhook": {"signature": "stripe", "secret": "s"}}, "webhook: a source of type files is signed as hmac"),
        ({"webhook": {"signature": "md5", "secret": "s"}}, "webhook.signature: Input should be 'stripe' or 'hmac'"),
        ({"webhook": {"signature": "hmac"}}, "webhook.secret: Field required"),
        ({"webhook": {"signature": "hmac", "secret": "whsec_a/b+c="}}, "webhook.secret: String should match pattern"),
        ({"webhook": {"signature": "hmac", "key": "s"}}, "unknown setting webhook.key"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_the_nearest_name(tmp_path, settings, words):
    path = written(tmp_path, a_source(**settings))
    with pytest.raises(ConfigError) as raised:
        load_sources(path)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("vendor", "signature", "words"),
    [("stripe", "hmac", "type stripe is signed as stripe"), ("zendesk", "stripe", "zendesk is only polled")],
)
def test_a_vendor_pushes_as_it_does_or_not_at_all(tmp_path, vendor, signature, words):
    hook = {"signature": signature, "secret": "s"}
    path = written(tmp_path, {"name": "v", "type": vendor, "connection": "c", "webhook": hook})
    with pytest.raises(ConfigError, match=words):
        load_sources(path)


def test_a_secret_that_was_written_into_the_file_is_not_shown(tmp_path):
    hook = {"webhook": {"signature": "hmac", "secret": "whsec_a/b+c="}}
    with pytest.raises(ConfigError, match="name the Airflow connection that holds it") as raised:
        load_sources(written(tmp_path, a_source(**hook)))
    assert "whsec" not in str(raised.value)


def test_a_source_may_be_pushed_to_have_files_or_both(tmp_path):
    hook = {"webhook": {"signature": "hmac", "secret": "s"}}
    only = a_source(name="pushed", path="", **hook)
    sources = load_sources(written(tmp_path, a_source(), a_source(name="both", **hook), only)).sources
    found = [find_files(source, tmp_path / "sources.yml") for source in sources]
    assert found[-1] == {"accounts": []}
    assert [source.webhook is None for source in sources] == [True, False, False]


def test_every_mistake_is_told_at_once(tmp_path):
    with pytest.raises(ConfigError) as raised:
        load_sources(written(tmp_path, a_source(tables={"x": {}, "y": {}}), a_source()))
    assert len(str(raised.value).splitlines()) == 3


def test_an_unset_variable_in_the_path_says_how_to_set_it(tmp_path, monkeypatch):
    monkeypatch.delenv("NOWHERE", raising=False)
    path = written(tmp_path, a_source(path="${NOWHERE}/{table}.csv"))
    with pytest.raises(ConfigError, match=r"export NOWHERE=") as raised:
        find_files(load_sources(path).sources[0], path)
    assert "source crm" in str(raised.value)


def test_a_path_takes_globs_alternatives_and_the_directory_of_its_file(tmp_path):
    for name in ("accounts_1.csv", "accounts_2.csv.gz", "accounts.txt", "contacts.jsonl"):
        (tmp_path / name).touch()
    path = written(tmp_path, a_source(path="{table}*.{csv,csv.gz,jsonl}", tables=["accounts", "contacts"]))
    found = find_files(load_sources(path).sources[0], path)
    assert {table: [file.name for file in files] for table, files in found.items()} == {
        "accounts": ["accounts_1.csv", "accounts_2.csv.gz"],
        "contacts": ["contacts.jsonl"],
    }


def test_a_file_that_fits_two_tables_belongs_to_the_longer_name(tmp_path):
    for name in ("usage.csv", "usage_daily.csv"):
        (tmp_path / name).touch()
    tables = {"usage_events": {"file": "usage"}, "usage_daily": {}}
    path = written(tmp_path, a_source(path="{table}*.csv", tables=tables))
    found = find_files(load_sources(path).sources[0], path)
    assert [file.name for file in found["usage_events"]] == ["usage.csv"]


def test_a_source_without_a_role_gives_each_table_to_its_own_role(tmp_path):
    source = load_sources(written(tmp_path, a_source(tables={}))).sources[0]
    assert {table.name for table in source.tables_for("support")} == {"tickets", "surveys"}
    assert sum(len(source.tables_for(role)) for role in ("crm", "billing", "usage", "support")) == len(BY_NAME)


@pytest.mark.parametrize(
    "file", ["config/sources.yml", "examples/files/sources.yml", "examples/ravenstack/sources.yml"]
)
def test_the_files_that_we_ship_are_right(file):
    loaded = load_sources(ROOT / file)
    given = {
        table.name
        for source in loaded.sources
        for role in ("crm", "billing", "usage", "support")
        for table in source.tables_for(role)
    }
    assert {"accounts", "subscriptions", "usage_events", "tickets"} <= given


def test_the_shipped_file_reads_every_vendor_by_what_the_make_believe_company_calls_its_fields():
    sources = {source.type: source for source in load_sources(ROOT / "config" / "sources.yml").sources}
    served = {vendor for vendors in VENDORS.values() for vendor in vendors}
    assert set(sources) == {*served, "files"}
    for vendor, own in (("salesforce", salesforce.OPTIONS), ("hubspot", hubspot.OPTIONS)):
        assert {name: words(value) for name, value in sources[vendor].options.items()} == {
            name: words(value) for name, value in own.items()
        }
    assert sources["zendesk"].options == {"csat_field": str(CSAT_FIELD)}
    for vendor in served:
        source = sources[vendor]
        assert source.connection == f"sandbox_{vendor}"
        assert set(source.tables_for(source.role)) == {BY_NAME[name] for name in API_TABLES[vendor]}


def words(value):
    return " ".join(value.split())


def test_a_task_whose_shell_never_heard_of_a_variable_reads_what_the_order_said(tmp_path, monkeypatch):
    """Airflow's processes do not have the environment of the shell in which `copilot run` was typed."""
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path / "var"))
    path = written(tmp_path, a_source(path="${EXPORTS}/{table}.csv", tables=["accounts"]))
    source = load_sources(path).sources[0]
    with pytest.raises(ConfigError, match="EXPORTS=/directory/of/the/files"):
        remember({source.name: source.path}, path)
    monkeypatch.setenv("EXPORTS", str(tmp_path / "exports"))
    remember({source.name: source.path}, path)
    monkeypatch.delenv("EXPORTS")
    assert resolve_pattern(source, path) == str(tmp_path / "exports" / "{table}.csv")
    monkeypatch.setenv("EXPORTS", "/other")
    assert resolve_pattern(source, path) == "/other/{table}.csv", "a shell that says otherwise is heard"


def landed_already(**table: object) -> dict[str, object]:
    tables = {"accounts": {"relation": "crm.account", "columns": {"account_id": "id"}, **table}}
    return {"name": "loaded", "type": "sql", "connection": "analytics_db", "tables": tables}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"relation": "account"}, "tables.accounts.relation: String should match pattern"),
        ({"cursr": "synced"}, "unknown setting tables.accounts.cursr: did you mean cursor?"),
        ({"encoding": "latin-1"}, "unknown setting tables.accounts.encoding"),
        (
            {"columns": {"acount_id": "id"}},
            "table accounts: columns: unknown column acount_id: did you mean account_id?",
        ),
        ({"columns": {"name": "name"}}, "table accounts: columns: account_id is needed"),
        ({"formats": {"name": "%d"}}, "formats: name is not a date or time column"),
    ],
)
def test_a_wrong_table_that_is_landed_already_is_refused(tmp_path: Path, table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_sources(written(tmp_path, landed_already(**table)))
    assert "source loaded" in str(refused.value)
    assert words in str(refused.value)


def test_an_unknown_table_that_is_landed_already_is_refused(tmp_path: Path) -> None:
    tables = {"acounts": {"relation": "crm.account"}}
    with pytest.raises(ConfigError, match="source loaded: unknown table acounts: did you mean accounts"):
        load_sources(written(tmp_path, landed_already() | {"tables": tables}))


def test_the_example_of_landed_tables_can_be_read_and_gives_its_tables_to_their_roles() -> None:
    (source,) = load_sources(ROOT / "examples" / "landed" / "sources.yml").sources
    given = {role: [table.name for table in source.tables_for(role)] for role in ("crm", "billing", "usage", "support")}

    assert given == {
        "crm": ["accounts"], "billing": ["subscriptions"], "usage": ["usage_daily"], "support": ["tickets"],
    }  # fmt: skip
