"""HubSpot: companies, contacts, owners, deals, calls, emails and meetings, and custom objects for what it has not.

Everything is read as lists with the history of each property, again each week for what was deleted; in between, what a
search says was changed. Subjects, bodies and notes are never asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from copilot.sources.api.auth import Bearer, OAuthToken, token_endpoint
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, ByVendorClock, Connector, Gives, Record, Row, Stream
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors import hubspot_asks as questions
from copilot.sources.connectors.hubspot_company import OPTIONS, OWNER_FORMS, Company, Shape, company
from copilot.sources.connectors.hubspot_measures import measures
from copilot.sources.connectors.hubspot_paging import HubSpotPaginator
from copilot.sources.connectors.hubspot_rows import activity_rows, record_rows, user_rows

# A search shows a change only after some moments; minutes have been seen.
_LAG = timedelta(minutes=15)
_FULL_EVERY = timedelta(days=7)


def _access(connection: Connection, session: PatientSession) -> Access:
    """A private app's token as password; or an app's id and secret as login and password, a refresh token in extra."""
    if not connection.extra.get("refresh_token"):
        return Access(Bearer(connection.password))
    grant = {
        "grant_type": "refresh_token",
        "client_id": connection.login,
        "client_secret": connection.password,
        "refresh_token": connection.needed("refresh_token"),
    }
    return Access(token=OAuthToken(token_endpoint(session, f"{connection.base_url}/oauth/v1/token"), grant))


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    known = company(options)
    return [_users(known), *(_stream(shape, known) for shape in known.shapes)]


def _users(known: Company) -> Stream:
    """Few, and not to be searched: read each time."""

    def rows(owner: Record) -> Iterator[Row]:
        return user_rows(owner, known)

    return Stream(
        "users",
        ask=lambda _: questions.listed(questions.OWNERS, ()),
        select="results",
        paginator=HubSpotPaginator,
        gives=(Gives("users", rows, fields=lambda _: OWNER_FORMS),),
        beside=(questions.staff(known, lambda owner: [questions.user_number(owner)]),),
    )


def _stream(shape: Shape, known: Company) -> Stream:
    forms = shape.forms

    def rows(record: Record) -> Iterator[Row]:
        return (record_rows if shape.has_history else activity_rows)(record, shape, known)

    return Stream(
        shape.stream,
        ask=partial(questions.ask, shape),
        select="results",
        paginator=HubSpotPaginator,
        gives=(Gives(shape.table, rows, fields=lambda _: forms),),
        # A list has no order of change: the next window begins where this one did, by HubSpot's clock.
        cursor=ByVendorClock(lag=_LAG),
        full_every=_FULL_EVERY if shape.has_history else None,
        total="total",
        complete=questions.complete(shape),
        beside=questions.beside(shape, known),
    )


HUBSPOT = Connector("hubspot", access=_access, streams=_streams, options=OPTIONS, measures=measures)
