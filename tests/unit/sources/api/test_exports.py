"""A file that a vendor exports is taken whole or not at all, and only ever a page of it is in memory."""

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pytest
from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api import exports
from copilot.sources.api.connector import Ask, ByTime, Export, Gives, Record
from copilot.sources.api.exports import exported, json_lines
from copilot.sources.api.faults import SourceRefused, UntrustworthyPage
from copilot.sources.api.rows import batches
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.api.spool import fetched
from tests.scripted_api import Answer, Asked, scripted

AT = datetime(2026, 3, 2, tzinfo=UTC)


def unzipped(file: BinaryIO) -> Iterator[Record]:
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            with archive.open(member) as packed, gzip.open(packed) as lines:
                yield from json_lines(lines)


def rows(record: Record) -> Iterator[dict[str, Any]]:
    yield {"event_id": record["id"], "account_id": "a", "occurred_at": AT, "recorded_at": AT}


def an_export(records: Callable[[BinaryIO], Iterator[Record]] = json_lines, days: int = 1) -> Export:
    return Export(
        "events",
        asks=lambda *_: [Ask("export", params={"day": str(day)}) for day in range(days)],
        records=records,
        gives=(Gives("usage_events", rows, "versions"),),
        cursor=ByTime(lambda _: AT),
    )


def lines(*ids: Any) -> bytes:
    return "".join(json.dumps({"id": one}) + "\n" for one in ids).encode()


def a_zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1/1_2026-03-02_9#0.json.gz", content)
    return packed.getvalue()


def changed(content: bytes, after: bytes, offset: int, into: bytes) -> bytes:
    """The content with some bytes replaced, which begin so far behind the last of these."""
    start = content.rindex(after) + offset
    return content[:start] + into + content[start + len(into) :]


def a_client(url: str) -> RESTClient:
    deadline = Deadline(Patience(total_seconds=60), sleep=lambda _: None)
    return RESTClient(url, session=PatientSession(deadline, frozenset({404})))


def read(place: Path, export: Export, *answers: Answer | Callable[[Asked], Answer]) -> tuple[list[Any], int]:
    """The ids that came, and how often the vendor was asked."""
    with scripted(*answers) as api:
        found = [
            record["id"] for page in exported(a_client(api.url), export, None, AT, place) for record in page.records
        ]
        assert list(place.iterdir()) == []
        return found, len(api.asked)


def test_the_records_of_every_range_come_in_order(tmp_path: Path) -> None:
    answers = [Answer(lines(1, 2)), Answer(lines(3)), Answer(b"")]
    assert read(tmp_path, an_export(days=3), *answers) == ([1, 2, 3], 3)


def test_they_come_a_page_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "RECORDS_A_PAGE", 2)
    with scripted(Answer(lines(1, 2, 3, 4, 5))) as api:
        found = [len(page.records) for page in exported(a_client(api.url), an_export(), None, AT, tmp_path)]
    assert found == [2, 2, 1]


def test_a_range_of_which_the_vendor_says_that_it_is_empty_is_passed_over(tmp_path: Path) -> None:
    nothing = Answer(b"Raw data files were not found.", 404)
    assert read(tmp_path, an_export(days=3), nothing, Answer(lines(1)), nothing) == ([1], 3)


def test_a_refusal_is_told_with_the_vendors_words(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="refuses /export with 400: too large"):
        read(tmp_path, an_export(), Answer(b"too large", 400))


PASSING = {
    "busy": Answer(b"slow down", 429, {"Retry-After": "0"}),
    "broken": Answer(b"", 500),
    "the line goes dead before a word": Answer(lines(*range(100)), sent=0),
    "a part of a file": Answer(lines(*range(100)), sent=300),
    "half a file, of which much is on disk": Answer(lines(*range(20_000)), sent=200_000),
    "a body that is no gzip": Answer(b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_asked_for_again_and_the_file_started_anew(tmp_path: Path, fault: Answer) -> None:
    assert read(tmp_path, an_export(), fault, fault, Answer(lines("whole"))) == (["whole"], 3)


PACKED = gzip.compress(lines(*range(100)))
WHOLE = a_zip(PACKED)
BROKEN = {
    "a line that was cut": (json_lines, lines(1, 2)[:-4]),
    "words in place of a line": (json_lines, lines(1, 2) + b"terminated early\n"),
    "a line that is no object": (json_lines, lines(1) + b"[2]\n"),
    "bytes that are no text": (json_lines, b'{"id": "\xff"}\n'),
    "a line without end": (json_lines, b'{"id": ' + b"[" * 100_000),
    "words in place of a zip": (unzipped, b"terminated early"),
    "a zip that was cut": (unzipped, WHOLE[:-30]),
    "a zip whose file is no gzip": (unzipped, a_zip(lines(1))),
    "a zip whose file was cut": (unzipped, a_zip(PACKED[:-20])),
    "a zip whose file was damaged before": (unzipped, a_zip(changed(PACKED, PACKED[:2], 12, b"x" * 20))),
    "a zip whose file is not what it was": (unzipped, changed(WHOLE, b"\x1f\x8b", 40, b"x" * 20)),
    "a zip that is packed in a way that nobody knows": (unzipped, changed(WHOLE, b"PK\x01\x02", 10, b"\x63")),
}


@pytest.mark.parametrize(("reader", "content"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_not_whole_is_not_believed(tmp_path: Path, reader: Any, content: bytes) -> None:
    assert content != WHOLE
    with pytest.raises(UntrustworthyPage, match="the vendor's file is not whole"):
        read(tmp_path, an_export(reader), Answer(content))
    assert list(tmp_path.iterdir()) == []


def test_a_blank_line_is_no_record(tmp_path: Path) -> None:
    assert read(tmp_path, an_export(), Answer(lines(1) + b"\n" + lines(2) + b"\n\n")) == ([1, 2], 1)


def peak_bytes(place: Path, n_records: int) -> int:
    """The most memory, Python's and Arrow's, that reading so many records takes beside the vendor's own."""
    content = "".join(f'{{"id": "evt_{n:09d}", "more": "{"x" * 200}"}}\n' for n in range(n_records)).encode()
    export, most_arrow = an_export(), 0
    with scripted(Answer(content)) as api:
        client = a_client(api.url)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        with fetched(export, lambda inside: exported(client, export, None, AT, inside), place) as window:
            for batch in batches(export.gives[0], window.records()):
                most_arrow = max(most_arrow, pa.total_allocated_bytes())
                del batch
            assert window.n_records == n_records
        most_python = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    return most_python + most_arrow


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "RECORDS_A_PAGE", 500)
    monkeypatch.setattr("copilot.sources.api.rows.RECORDS_A_BATCH", 500)
    peak_bytes(tmp_path, 100)  # what is loaded once
    small, large = peak_bytes(tmp_path, 2_000), peak_bytes(tmp_path, 20_000)

    assert small > 100_000
    assert large < 1.5 * small
