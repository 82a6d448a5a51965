"""What a sources file says: `config/sources.yml` or any other, read and checked before a single row is touched.

Every mistake is a ConfigError that names the file, the source, the setting and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from config.checked import Strict
from config.settings import DEFAULT_DATABASE, ConfigError, load_yaml, var_dir
from copilot.sources.canonical import BY_NAME, SourceRole, Table
from copilot.sources.catalogue import API_TABLES, ApiType
from copilot.sources.mapping import ColumnMapping, ConnectionName, Name
from copilot.sources.sql.config import SqlSource, SqlTable
from copilot.sources.variables import VARIABLE, value_of
from copilot.sources.webhooks.declared import Webhook
from copilot.sources.webhooks.declared import faults as webhook_faults

TYPES = ("files", "sql", *API_TABLES)
# What is done with a vendor's record that has another form than the connector was written for: see api/drift.py.
DriftWord = Literal["evolve", "drop_value", "drop_row", "freeze"]


class TableMapping(ColumnMapping):
    """How one canonical table's files are written. Without `columns` the files already use the canonical names."""

    file: str | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    may_shrink: bool = False


class FileSource(Strict):
    """Files that somebody puts there, rows that somebody pushes, or both."""

    name: Name
    type: Literal["files"]
    path: str = ""
    webhook: Webhook | None = None
    role: SourceRole | None = None
    tables: dict[str, TableMapping] = Field(default_factory=dict)

    @field_validator("tables", mode="before")
    @classmethod
    def _as_mapping(cls, given: Any) -> Any:
        """`[accounts]` and `{accounts: }` both mean: the files use the canonical names."""
        if isinstance(given, list):
            return {name: {} for name in given}
        return {name: mapping or {} for name, mapping in (given or {}).items()} if isinstance(given, dict) else given

    def mapping(self, table: Table) -> TableMapping | None:
        """How this source gives that table; None when it does not."""
        if self.tables:
            return self.tables.get(table.name)
        return TableMapping() if self.role in (None, table.role) else None

    def role_of(self, table: Table) -> SourceRole:
        """The role under which the table is taken in: the source's own, else the table's."""
        return self.role or table.role

    @property
    def given(self) -> tuple[str, ...]:
        """The canonical tables that it gives."""
        return tuple(name for name, table in BY_NAME.items() if self.mapping(table) is not None)

    def tables_for(self, role: str) -> list[Table]:
        """The canonical tables to take in for that role, in canonical order."""
        return [t for t in BY_NAME.values() if self.mapping(t) is not None and self.role_of(t) == role]


class ApiSource(Strict):
    """A vendor's API. The secrets are in the Airflow connection of that name, never in this file.

    `deadline_minutes` is for all streams of one run together; `tables` chooses among what the vendor gives; `options`
    say what this company has set up differently there; `drift` is what is done with records of another form, by table.
    """

    name: Name
    type: ApiType
    connection: ConnectionName
    webhook: Webhook | None = None
    role: SourceRole | None = None
    tables: list[str] = Field(default_factory=list)
    options: dict[str, str] = Field(default_factory=dict)
    drift: dict[str, DriftWord] = Field(default_factory=dict)
    deadline_minutes: float = Field(default=60, gt=0, le=12 * 60)

    def role_of(self, table: Table) -> SourceRole:
        """The role under which the table is taken in: the source's own, else the table's."""
        return self.role or table.role

    @property
    def given(self) -> tuple[str, ...]:
        """The canonical tables that it gives."""
        return tuple(self.tables) or API_TABLES[self.type]

    def tables_for(self, role: str) -> list[Table]:
        """The canonical tables to take in for that role, in canonical order."""
        return [t for t in BY_NAME.values() if t.name in self.given and self.role_of(t) == role]


Source = FileSource | ApiSource | SqlSource


class SourcesFile(Strict):
    """A whole sources file."""

    warehouse: Name = DEFAULT_DATABASE
    sources: list[Annotated[Source, Field(discriminator="type")]] = Field(min_length=1)


def load_sources(path: Path) -> SourcesFile:
    """The checked sources file. Raises ConfigError listing every mistake in it."""
    declared = load_yaml(path)
    if not isinstance(declared, dict):
        raise ConfigError(f"{path}: expected `sources:` with a list of sources; see config/sources.yml for an example")
    try:
        loaded = SourcesFile.model_validate(declared)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(path, declared, dict(fault)) for fault in error.errors())) from None
    faults = [f"{path}: {fault}" for fault in _faults(loaded)]
    if faults:
        raise ConfigError("\n".join(faults))
    return loaded


def resolve_pattern(source: FileSource, sources_file: Path) -> str:
    """The source's path pattern as an absolute path: `{var}` and `${VARIABLE}` filled in, `{table}` still in it."""
    path = VARIABLE.sub(lambda match: value_of(match[1], source.name, sources_file), source.path)
    pattern = path.replace("{var}", str(var_dir()))
    return pattern if Path(pattern).is_absolute() else str(sources_file.resolve().parent / pattern)


def paths_of(loaded: SourcesFile) -> dict[str, str]:
    """The path pattern of every source of files, by name."""
    return {source.name: source.path for source in loaded.sources if isinstance(source, FileSource)}


def did_you_mean(wrong: str, known: list[str]) -> str:
    """A hint to the nearest known name, or the list of what there is."""
    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"


def _explain(path: Path, declared: dict[str, Any], fault: dict[str, Any]) -> str:
    """One pydantic error in the words of the file."""
    place = list(fault["loc"])
    where = f"{path}"
    if len(place) > 1 and place[0] == "sources" and isinstance(place[1], int):
        source = declared["sources"][place[1]]
        name = source.get("name") if isinstance(source, dict) else None
        where += f": source {name or f'number {place[1] + 1}'}"
        # After the number stands the type by which the kind of source was chosen.
        place = [part for part in place[2:3] if part not in TYPES] + place[3:]
    setting = ".".join(str(part) for part in place) or "the file"
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        said = str(fault["ctx"].get("tag", "nothing")) if "ctx" in fault else "nothing"
        return f"{where}: type: it says {said}: {did_you_mean(said, list(TYPES))}"
    if fault["type"] == "extra_forbidden":
        kinds = (SourcesFile, FileSource, ApiSource, SqlSource, TableMapping, SqlTable, Webhook)
        known = sorted({field for kind in kinds for field in kind.model_fields})
        return f"{where}: unknown setting {setting}: {did_you_mean(str(place[-1]), known)}"
    if setting.endswith("secret"):  # somebody may have written down the secret itself
        return f"{where}: {setting}: {fault['msg']}: name the Airflow connection that holds it"
    return f"{where}: {setting}: {fault['msg']} (it says {fault['input']!r})"


def _faults(loaded: SourcesFile) -> list[str]:
    names = [source.name for source in loaded.sources]
    faults = [f"source {name}: the name is used twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for source in loaded.sources:
        faults += [f"source {source.name}: webhook: {fault}" for fault in webhook_faults(source.webhook, source.type)]
        if isinstance(source, ApiSource):
            faults += [f"source {source.name}: tables: {fault}" for fault in _choice_faults(source, source.tables)]
            faults += [f"source {source.name}: drift: {fault}" for fault in _choice_faults(source, source.drift)]
            continue
        if isinstance(source, FileSource):
            faults += [f"source {source.name}: {fault}" for fault in _path_faults(source)]
        for name, mapping in source.tables.items():
            if name not in BY_NAME:
                faults.append(f"source {source.name}: unknown table {name}: {did_you_mean(name, list(BY_NAME))}")
                continue
            faults += [f"source {source.name}: table {name}: {f}" for f in _mapping_faults(BY_NAME[name], mapping)]
    return faults


def _choice_faults(source: ApiSource, names: Iterable[str]) -> list[str]:
    given = list(API_TABLES[source.type])
    return [f"{source.type} gives no {name}: {did_you_mean(name, given)}" for name in names if name not in given]


def _path_faults(source: FileSource) -> list[str]:
    if not source.path:
        return [] if source.webhook else ["path: say where the files are, for example /data/{table}*.csv"]
    if "{table}" in source.path or (len(source.tables) == 1 and not next(iter(source.tables.values())).file):
        return []
    return ["path needs {table}, so that each table has its own files, for example /data/{table}*.csv"]


def _mapping_faults(table: Table, mapping: ColumnMapping) -> list[str]:
    known = [column.name for column in table.all_columns]
    settings: dict[str, Iterable[str]] = {
        "columns": mapping.columns,
        "formats": mapping.formats,
        "values": mapping.values,
        "constants": mapping.constants,
    }
    faults = [
        f"{setting}: unknown column {column}: {did_you_mean(column, known)}"
        for setting, given in settings.items()
        for column in given
        if column not in known
    ]
    if mapping.columns:
        given = {*mapping.columns, *mapping.constants}
        faults += [
            f"columns: {c} is needed: add `{c}: <column of the file>`" for c in table.must_have if c not in given
        ]
        if table.one_of and not given & set(table.one_of):
            faults.append(f"columns: one of {', '.join(table.one_of)} is needed")
    dated = {c.name for c in table.all_columns if c.type in ("date", "timestamptz")}
    faults += [f"formats: {c} is not a date or time column" for c in mapping.formats if c in known and c not in dated]
    return faults
