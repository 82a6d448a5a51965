"""Published rows as a file: CSV that no spreadsheet runs, JSON, Parquet. Reads as the boards do, and shows no more."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any, Literal, cast

from psycopg import sql
from psycopg.types.json import set_json_loads

from config.settings import ConfigError
from copilot.warehouse.connect import Connection, connect
from copilot.warehouse.published import keys

Format = Literal["csv", "parquet", "json"]
BATCH_ROWS = 5000
# Parquet decimals have one scale for the column: ten places hold every figure that is published.
DECIMAL_DIGITS, DECIMAL_PLACES = 38, 10
# A spreadsheet takes a cell that begins like this for a formula, also behind blanks and invisible characters.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_INVISIBLE = " \u00a0\u200b\u200c\u200d\u2060\ufeff\x00"


@dataclass(frozen=True)
class Selection:
    """What to export: a table or view of `serving`, and one day or (None) all."""

    table: str
    as_of: date | None


@dataclass(frozen=True)
class _Column:
    name: str
    type: str


def export_rows(database: str, selection: Selection, form: Format, target: IO[bytes]) -> int:
    """Write the rows in the order of their key; returns how many.

    Raises ConfigError when there is no such table, or the day is not published.
    """
    writers = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}
    with connect("bi", database) as reader:
        set_json_loads(lambda text: text if isinstance(text, str) else bytes(text).decode(), reader)
        columns = _columns(reader, selection.table)
        _check_day(reader, selection.as_of)
        with reader.cursor(name="export") as cursor:
            cursor.execute(_query(reader, selection, columns, form), {"as_of": selection.as_of})
            return writers[form](iter(lambda: cursor.fetchmany(BATCH_ROWS), []), columns, target)


def newest_day(database: str) -> date:
    """The newest published day. Raises ConfigError when there is none."""
    with connect("bi", database) as reader:
        row = reader.execute("select max(as_of_date) from serving.published_day").fetchone()
    if row is None or row[0] is None:
        raise ConfigError(f"{database}: no day is published yet; run `copilot run` first")
    return cast(date, row[0])


def safe_cell(text: str) -> str:
    """The text with a quote before it where a spreadsheet would take it for a formula."""
    bare = text.lstrip(_INVISIBLE)
    return f"'{text}" if bare.startswith(FORMULA_STARTS) else text


def _columns(reader: Connection, table: str) -> list[_Column]:
    rows = reader.execute(
        """select a.attname::text, t.typname::text
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_type as t on t.oid = a.atttypid
        where n.nspname = 'serving' and c.relname = %s and a.attnum > 0 and not a.attisdropped
            and c.relkind in ('r', 'v') and has_column_privilege(c.oid, a.attnum, 'select')
        order by a.attnum""",
        (table,),
    ).fetchall()
    if not rows:
        known = reader.execute(
            "select c.relname::text from pg_class as c where c.relnamespace = 'serving'::regnamespace"
            " and c.relkind in ('r', 'v') and has_any_column_privilege(c.oid, 'select') order by 1"
        )
        raise ConfigError(f"no table {table!r} is published; there are: {', '.join(str(row[0]) for row in known)}")
    return [_Column(str(name), str(kind)) for name, kind in rows]


def _check_day(reader: Connection, day: date | None) -> None:
    if day is None:
        return
    found = reader.execute("select 1 from serving.published_day where as_of_date = %s", (day,)).fetchone()
    if found is None:
        raise ConfigError(f"{day} is not published; `copilot run --as-of {day}` builds it")


def _query(reader: Connection, selection: Selection, columns: Sequence[_Column], form: Format) -> sql.Composed:
    key = keys(reader).get(selection.table)
    names = [sql.Identifier("t", column.name) for column in columns]
    order = sql.SQL(", ").join([sql.Identifier("t", name) for name in key] if key else names)
    inner = sql.SQL(
        "select {} from {} as t where %(as_of)s::date is null or t.as_of_date = %(as_of)s order by {}"
    ).format(sql.SQL(", ").join(names), sql.Identifier("serving", selection.table), order)
    # PostgreSQL writes a numeric as it is; Python's json would have to make it a float.
    return sql.SQL("select row_to_json(r)::text from ({}) as r").format(inner) if form == "json" else inner


def _write_csv(batches: Iterator[list[Any]], columns: Sequence[_Column], target: IO[bytes]) -> int:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    count = 0
    for batch in batches:
        writer.writerows([_csv_cell(value) for value in row] for row in batch)
        count += len(batch)
    text.detach()
    return count


def _csv_cell(value: Any) -> Any:
    """Text is made safe; numbers, also negative ones, stay numbers; unknown is an empty cell."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return safe_cell(value) if isinstance(value, str) else value


def _write_json(batches: Iterator[list[Any]], _: Sequence[_Column], target: IO[bytes]) -> int:
    count = 0
    target.write(b"[")
    for batch in batches:
        for row in batch:
            target.write((",\n" if count else "\n").encode() + row[0].encode())
            count += 1
    target.write(b"\n]\n")
    return count


def _write_parquet(batches: Iterator[list[Any]], columns: Sequence[_Column], target: IO[bytes]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "int4": pa.int32(),
        "int8": pa.int64(),
        "float8": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "numeric": pa.decimal128(DECIMAL_DIGITS, DECIMAL_PLACES),
    }
    schema = pa.schema([(column.name, types.get(column.type, pa.string())) for column in columns])
    count = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in batches:
            values = zip(*batch, strict=True)
            arrays = [
                pa.array(map(_parquet_value, column), field.type) for column, field in zip(values, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def _parquet_value(value: Any) -> Any:
    return round(value, DECIMAL_PLACES) if isinstance(value, Decimal) else value
