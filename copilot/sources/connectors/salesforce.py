"""Salesforce: accounts, contacts, users, opportunities, tasks and events, and custom objects for what it has not.

Records by SOQL in the order of SystemModstamp, which every change moves, also a deletion and a merge; what they were
before by field history. Descriptions, comments and subjects are never asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from copilot.sources.api.auth import OAuthToken, token_endpoint
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, ByTime, Connector, Gives, Record, Row, Stream
from copilot.sources.api.history import needed_instant
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors import salesforce_soql as questions
from copilot.sources.connectors.salesforce_company import Company, Shape, company
from copilot.sources.connectors.salesforce_fields import OPTIONS
from copilot.sources.connectors.salesforce_measures import measures
from copilot.sources.connectors.salesforce_rows import activity_rows, record_rows

# A transaction may take ten minutes, and its records carry the time at which it began to write them.
_LAG = timedelta(minutes=15)


def _access(connection: Connection, session: PatientSession) -> Access:
    """A connected app: login and password are its consumer key and secret; a user's refresh token may be in extra."""
    grant = {"client_id": connection.login, "client_secret": connection.password}
    if connection.extra.get("refresh_token"):
        grant |= {"grant_type": "refresh_token", "refresh_token": connection.needed("refresh_token")}
    else:
        grant |= {"grant_type": "client_credentials"}
    url = f"{connection.base_url}/services/oauth2/token"
    return Access(token=OAuthToken(token_endpoint(session, url), grant))


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    known = company(options)
    return [_stream(shape, known) for shape in known.shapes]


def _stream(shape: Shape, known: Company) -> Stream:
    forms = questions.forms(shape)

    def rows(record: Record) -> Iterator[Row]:
        told = activity_rows if shape.table == "interactions" else record_rows
        return told(record, shape, known)

    return Stream(
        shape.stream,
        ask=partial(questions.ask, shape, known),
        select="records",
        paginator=questions.pages_by_link,
        gives=(Gives(shape.table, rows, fields=lambda _: forms),),
        cursor=ByTime(lambda record: needed_instant(record["SystemModstamp"]), lag=_LAG),
        total="totalSize",
        complete=questions.complete(shape),
        beside=questions.beside(shape, known),
        dropped=frozenset({"attributes"}),
    )


SALESFORCE = Connector("salesforce", access=_access, streams=_streams, options=OPTIONS, measures=measures)
