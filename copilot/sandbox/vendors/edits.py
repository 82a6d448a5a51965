"""Answers of any vendor with other records in them: for faults that change what is said and not how."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

Records = list[dict[str, Any]]
Change = Callable[[bytes], bytes]


def records(edit: Callable[[Records], Records]) -> Change:
    """Puts the records of an answer through `edit`: a page's first list, a bare list, or the lines of an export."""

    def change(body: bytes) -> bytes:
        if body.startswith(b"PK"):
            return _zipped(body, lambda lines: _lines(lines, edit))
        if body.startswith(b"["):
            return json.dumps(edit(json.loads(body))).encode()
        page = _page(body)
        if page is None:
            return _lines(body, edit)
        name = next((name for name, value in page.items() if isinstance(value, list)), None)
        return body if name is None else json.dumps({**page, name: edit(page[name])}).encode()

    return change


def fields(**said: Any) -> Change:
    """Says something else beside the records of a page."""
    return lambda body: json.dumps({**json.loads(body), **said}).encode()


def _page(body: bytes) -> dict[str, Any] | None:
    """None for lines; an export of a single event is a page without a list."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and any(isinstance(value, list) for value in said.values()) else None


def _lines(body: bytes, edit: Callable[[Records], Records]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in edit([*map(json.loads, body.splitlines())]))


def _zipped(body: bytes, change: Change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as given, zipfile.ZipFile(out, "w") as made:
        for member in given.infolist():
            made.writestr(member.filename, gzip.compress(change(gzip.decompress(given.read(member)))))
    return out.getvalue()
