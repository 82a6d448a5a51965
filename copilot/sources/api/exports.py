"""Files that a vendor exports over ranges of time: each is streamed to disk and read there, some records at a time."""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import requests
from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connector import Ask, Export, Record
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.pages import Page, answered_at

RECORDS_A_PAGE = 5_000
# What a broken file makes its readers raise: json ValueError and RecursionError, gzip OSError and EOFError.
_BROKEN = (ValueError, RecursionError, OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


def exported(
    client: RESTClient, export: Export, since: datetime | None, until: datetime, directory: Path
) -> Iterator[Page]:
    """The records of every range between. Raises UntrustworthyPage, SourceSlow, SourceRefused."""
    for ask in export.asks(since, until):
        yield from exported_of(client, export, ask, directory)


def exported_of(client: RESTClient, export: Export, ask: Ask, directory: Path) -> Iterator[Page]:
    """The records of one range. Raises UntrustworthyPage, SourceSlow, SourceRefused."""
    with tempfile.TemporaryFile(dir=directory) as file:
        response = _download(client, ask, file)
        if response.ok:  # else a status that the connector accepts: there is nothing in this range
            file.seek(0)
            yield from _pages(export, file, answered_at(response))


def _download(client: RESTClient, ask: Ask, into: BinaryIO) -> requests.Response:
    url = f"{str(client.base_url).rstrip('/')}/{ask.path.lstrip('/')}"
    given = requests.Request(ask.method, url, client.headers, params=dict(ask.params), json=ask.json, auth=client.auth)
    return client.session.send(client.session.prepare_request(given), into=into)


def _pages(export: Export, file: BinaryIO, at: datetime) -> Iterator[Page]:
    records = export.records(file)
    while chosen := _next(export, records):
        yield Page(chosen, {}, at)


def _next(export: Export, records: Iterator[Record]) -> list[Record]:
    try:
        return list(islice(records, RECORDS_A_PAGE))
    except _BROKEN as error:
        raise UntrustworthyPage(
            f"{export.name}: the vendor's file is not whole ({type(error).__name__}):"
            " nothing of it was taken, it is read again"
        ) from error


def json_lines(lines: Iterable[bytes]) -> Iterator[Record]:
    """One JSON object a line. Raises ValueError for a line that is none, as the last one of a file that was cut."""
    for line in lines:
        if line.isspace():
            continue
        record = json.loads(line)
        if not isinstance(record, dict):
            raise ValueError("a line is no JSON object")  # noqa: TRY004 - the file is at fault, not a caller
        yield record
