"""What every source owes, checked on the records that its vendor documents; each check says what is left to do."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.settings import ROOT
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sources.api.connector import AnyStream, ByTime, ByToken, ByVendorClock, Connector, Record, Stream
from copilot.sources.api.drift import adapted
from copilot.sources.api.faults import MALFORMED
from copilot.sources.api.pages import Page
from copilot.sources.api.rows import batches, plan
from copilot.sources.api.spool import fetched
from copilot.sources.canonical import BY_NAME
from copilot.sources.gate import Gate
from copilot.sources.new.vendor import NewVendor
from tests.running_vendors import Vendors

READ = datetime(2026, 11, 17, 6, tzinfo=UTC)
UNFILLED = "FILL IN"


@dataclass(frozen=True)
class Contract:
    """One connector, its documented records by stream, what its vendor cannot tell by table, and personal words."""

    connector: Connector
    examples: Mapping[str, Sequence[Record]]
    not_told: Mapping[str, frozenset[str]]
    personal: Sequence[str] = ()

    @property
    def streams(self) -> Sequence[AnyStream]:
        """The streams of a company that has set nothing up differently."""
        return self.connector.stream({})

    def records(self, stream: AnyStream) -> list[Record]:
        """The examples as they lie on disk when rows are made of them."""
        given = copy.deepcopy(list(self.examples.get(stream.name, ())))
        made = stream.whole({}, given) if isinstance(stream, Stream) else given
        token = {stream.cursor.name: "token"} if isinstance(stream.cursor, ByToken) else {}
        with TemporaryDirectory() as place:
            pages = [Page(made, token, READ)]
            with fetched(stream, lambda _: iter(pages), Path(place)) as window:
                return list(window.records())


Check = Callable[[Contract], list[str]]


def nothing_is_left_to_fill_in(contract: Contract) -> list[str]:
    name = contract.connector.name
    files = [*NewVendor(name, "support").files.values(), Path("docs/vendors.md")]
    return [
        f"{file}:{number}: {line.strip()}"
        for file in files
        if (ROOT / file).exists()
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), start=1)
        if UNFILLED in line and (file.suffix == ".py" or f"| `{name}` |" in line)
    ]


def every_stream_has_an_example(contract: Contract) -> list[str]:
    return [
        f"stream {stream.name}: give a record under `examples`, as the vendor's documentation shows it"
        for stream in contract.streams
        if not contract.examples.get(stream.name)
    ]


def every_example_becomes_rows_that_the_gate_lets_pass(contract: Contract) -> list[str]:
    found = []
    for stream, table, good, faults in _judged(contract):
        found += [f"stream {stream}, table {table}: {fault}" for fault in faults]
        if not good:
            found.append(f"stream {stream}, table {table}: no row comes out of the examples: see its `rows`")
    return found


def a_record_that_has_changed_has_a_past(contract: Contract) -> list[str]:
    """The first version of a record has to pass the gate too, and a record that never changed does not show it."""
    return [
        f"stream {stream.name}, table {gives.table}: show a record that has changed since it was entered: no example"
        " gives more than one version"
        for stream in contract.streams
        for gives in stream.gives
        if gives.dating == "states"
        and all(len(list(_rows(gives.rows, record))) < 2 for record in contract.records(stream))
    ]


def every_column_is_told_or_known_not_to_be(contract: Contract) -> list[str]:
    told: dict[str, set[str]] = {}
    for _, table, good, _ in _judged(contract):
        told.setdefault(table, set()).update(name for row in good for name, value in row.items() if value is not None)
    found = []
    for table, names in told.items():
        columns = {column.name for column in BY_NAME[table].columns}
        not_told = contract.not_told.get(table, frozenset())
        found += [
            f"{table}.{name} comes out of no example: read it in `rows` and show it in one, or name it in `not_told`"
            for name in sorted(columns - names - not_told)
        ]
        found += [f"{table}.{name} is told: take it out of `not_told`" for name in sorted(names & not_told)]
    return found


def every_field_that_is_read_has_its_form(contract: Contract) -> list[str]:
    """As documented nothing has drifted, and what may be empty can be."""
    found = every_stream_has_an_example(contract)
    for stream in contract.streams:
        for gives in stream.gives:
            for record in contract.records(stream):
                fields = gives.fields(record)
                if not fields:
                    found.append(f"stream {stream.name}: say in `fields` which form each field has that is read")
                    continue
                try:
                    adapted(record, fields, "drop_row")
                except ValueError as drift:
                    found.append(f"stream {stream.name}: the example has another form than `fields` say: {drift}")
                for path in (path for path, form in fields.items() if form.endswith("?") and "." not in path):
                    try:
                        list(gives.rows({**record, path: None}))
                    except MALFORMED as error:
                        found.append(f"stream {stream.name}: {path} may be empty, and `rows` then fails: {error!r}")
    return found


def every_time_is_the_cursors_and_none_is_told_early(contract: Contract) -> list[str]:
    found = every_stream_has_an_example(contract)
    for stream in contract.streams:
        cursor = stream.cursor
        if isinstance(cursor, ByTime | ByVendorClock) and not cursor.lag:
            found.append(f"stream {stream.name}: a cursor without `lag` loses what shares a second or came late")
        for gives in stream.gives:
            for record in contract.records(stream):
                rows = list(_rows(gives.rows, record))
                found += [f"stream {stream.name}: {fault}" for row in rows for fault in _early(gives.table, row)]
                if isinstance(cursor, ByTime) and rows and rows[-1]["recorded_at"] != cursor.changed_at(record):
                    found.append(
                        f"stream {stream.name}: the last version is of {rows[-1]['recorded_at']}, the cursor says"
                        f" {cursor.changed_at(record)}: what changed last is to be dated by what moves the cursor"
                    )
    return found


def nothing_personal_reaches_a_file(contract: Contract) -> list[str]:
    shown, kept = (
        json.dumps(dict(contract.examples)),
        "".join(json.dumps(contract.records(s)) for s in contract.streams),
    )
    found = [
        f"{word!r} stands in no example: put it where the vendor has it"
        for word in contract.personal
        if word not in shown
    ]
    if not contract.personal:
        found.append("name words under `personal` that the examples hold in names, texts, addresses")
    return found + [
        f"{word!r} reaches a file: name its field in `dropped`" for word in contract.personal if word in kept
    ]


CHECKS: Sequence[Check] = (
    nothing_is_left_to_fill_in,
    every_stream_has_an_example,
    every_example_becomes_rows_that_the_gate_lets_pass,
    a_record_that_has_changed_has_a_past,
    every_column_is_told_or_known_not_to_be,
    every_field_that_is_read_has_its_form,
    every_time_is_the_cursors_and_none_is_told_early,
    nothing_personal_reaches_a_file,
)


def newest(vendors: Vendors, source: str, table: str) -> list[tuple[Any, ...]]:
    """The last version of every record of a table that a source gave."""
    key = ", ".join(BY_NAME[table].key)
    columns = ", ".join(column.name for column in BY_NAME[table].columns)
    mine = f"select distinct on ({key}) {columns} from raw.{table} where _source = '{source}'"
    return vendors.rows(f"{mine} order by {key}, recorded_at desc")


def there_are(vendors: Vendors, table: str) -> int:
    """How many records of a table the company has by now."""
    return len(Shelf(vendors.company, table).changed(None, vendors.now))


def _judged(contract: Contract) -> Iterator[tuple[str, str, list[dict[str, Any]], list[str]]]:
    """(stream, table, good rows, why the others are not)."""
    for stream in contract.streams:
        for gives in stream.gives:
            judged = [Gate(plan(gives), READ).judge(batch) for batch in batches(gives, contract.records(stream))]
            good = [row for one in judged for row in one.good.to_pylist()]
            yield stream.name, gives.table, good, [reject.reason for one in judged for reject in one.rejected]


def _rows(rows: Callable[[Record], Any], record: Record) -> Iterator[dict[str, Any]]:
    """The rows of a record; of one that cannot be read there are none: another check says so."""
    try:
        yield from rows(record)
    except MALFORMED:
        return


def _early(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    for column in BY_NAME[table].columns:
        value = row.get(column.name)
        if column.type == "timestamptz" and isinstance(value, datetime) and value > row["recorded_at"]:
            yield f"{column.name} is {value} in a version of {row['recorded_at']}: told before it happened"
