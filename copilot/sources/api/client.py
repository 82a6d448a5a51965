"""What asks one vendor: how it lets us in, and the one patient session of all calls of a run."""

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Connector
from copilot.sources.api.session import Deadline, PatientSession


def client_of(
    connector: Connector, connection: Connection, deadline: Deadline, accepted: frozenset[int] = frozenset()
) -> RESTClient:
    """A client that is let in, and that gives up at the deadline; `accepted` statuses are answers too.

    Raises ConfigError and SourceFault.
    """
    access = connector.access(connection, PatientSession(deadline))
    session = PatientSession(deadline, connector.accepted | accepted, access.token)
    return RESTClient(
        connection.base_url,
        headers=dict(access.headers),
        auth=access.key,
        session=session,
        # Given, so that dlt does not look for it in Airflow's variables: that takes seconds and logs a warning.
        config=RuntimeConfiguration(),
    )
