"""Parquet files, in row batches; columns keep their own types until the gate."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from copilot.sources.config import TableMapping
from copilot.sources.files import FoundFile
from copilot.sources.reading import Batch, FilePlan, Planner

BATCH_ROWS = 1 << 16


def read(found: FoundFile, planner: Planner, _mapping: TableMapping) -> tuple[FilePlan | None, Iterator[Batch]]:
    """The plan and the batches of one parquet file."""
    with pyarrow.parquet.ParquetFile(found.path) as opened:
        chosen = planner(list(opened.schema_arrow.names))
    return chosen, _batches(found, chosen)


def _batches(found: FoundFile, chosen: FilePlan) -> Iterator[Batch]:
    following = 1
    with pyarrow.parquet.ParquetFile(found.path) as opened:
        for batch in opened.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(chosen.columns.values()))):
            columns = {canonical: batch.column(column) for canonical, column in chosen.columns.items()}
            yield Batch(columns, pa.array(range(following, following + batch.num_rows), pa.int64()))
            following += batch.num_rows
