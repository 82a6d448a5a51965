"""Where records go that cannot be landed: with the reason, and the record as it came, so that it can be replayed.

The quarantine shows what is wrong with the files as they are now: a file that is offered again in a new version starts
anew, and ops.landing_batch keeps the counts of its earlier versions. Windows of a stream overlap: what two of them
reject is there once.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from copilot.sources.reading import Reject
from copilot.warehouse.batch_tag import BatchTag


def forget(cursor: Any, source: str, table: str, file: str) -> None:
    """Drop the rejected records of an earlier version of the file."""
    cursor.execute(
        "delete from quarantine.rejected_record where source = $1 and table_name = $2 and file = $3",
        (source, table, file),
    )


def forget_repeated(cursor: Any, source: str, table: str, window: str) -> None:
    """Drop what this window (`stream/instant`) rejected, if an earlier one of the stream did, for the same reason."""
    cursor.execute(
        """delete from quarantine.rejected_record as again
        using quarantine.rejected_record as known
        where again.source = $1 and again.table_name = $2 and again.file = $3
            and known.source = $1 and known.table_name = $2
            and split_part(known.file, '/', 1) = split_part(again.file, '/', 1)
            and known.batch_id < again.batch_id
            and (known.reason_code, known.record) = (again.reason_code, again.record)""",
        (source, table, window),
    )


def quarantine(cursor: Any, tag: BatchTag, rejects: Sequence[Reject]) -> None:
    """Store rejected records under ids that are the same in every repetition."""
    if not rejects:
        return
    import pyarrow as pa

    n = len(rejects)
    rows = pa.table(
        {
            "reject_id": [_reject_id(tag, reject) for reject in rejects],
            "source": [tag.source] * n,
            "table_name": [tag.table.name] * n,
            "file": [tag.file] * n,
            "row_number": pa.array([reject.row_number for reject in rejects], pa.int64()),
            "reason_code": [reject.code for reject in rejects],
            "reason": [_storable(reject.reason) for reject in rejects],
            "record": [_storable(reject.record) for reject in rejects],
            "batch_id": pa.array([tag.batch_id] * n, pa.int64()),
        }
    )
    cursor.adbc_ingest("rejected_record", rows, mode="append", db_schema_name="quarantine")


def _reject_id(tag: BatchTag, reject: Reject) -> str:
    parts = (tag.source, tag.table.name, tag.file, str(reject.row_number), reject.code, _storable(reject.record))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _storable(text: str) -> str:
    """PostgreSQL's text takes neither NUL nor half a surrogate pair."""
    return text.replace("\0", "\\u0000").encode("utf-8", errors="backslashreplace").decode()
