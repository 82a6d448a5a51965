"""A small company, written once for all tests of this folder, and a reader of its files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sources.canonical import BY_NAME

Read = Callable[[Path, str], pa.Table]
ARROW = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "numeric": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}


@pytest.fixture(scope="session")
def spec() -> CompanySpec:
    """120 accounts over nine months."""
    return CompanySpec(seed=3, accounts=120, start=date(2026, 2, 18), end=date(2026, 11, 17))


@pytest.fixture(scope="session")
def company(spec: CompanySpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the small company, complete."""
    directory = tmp_path_factory.mktemp("company")
    write_company(spec, directory)
    return directory


def _read_file(path: Path, schema: pa.Schema) -> pa.Table:
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).cast(schema)
    if path.name.endswith("jsonl.gz"):
        with pa.input_stream(path) as stream:
            return pyarrow.json.read_json(stream, parse_options=pyarrow.json.ParseOptions(explicit_schema=schema))
    options = pyarrow.csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return pyarrow.csv.read_csv(path, convert_options=options)


@pytest.fixture(scope="session")
def read() -> Read:
    """Read all files of one table as one canonical table, by key and time; fails where a type does not fit."""

    def read_table(directory: Path, name: str) -> pa.Table:
        table = BY_NAME[name]
        schema = pa.schema([(column.name, ARROW[column.type]) for column in table.all_columns])
        paths = sorted((directory / table.role).glob(f"{name}_2*"))
        assert paths, f"no file of {name}"
        rows = pa.concat_tables([_read_file(path, schema) for path in paths])
        keys = [(column, "ascending") for column in (*table.key, "recorded_at")]
        return rows.take(pc.sort_indices(rows, sort_keys=keys))

    return read_table
