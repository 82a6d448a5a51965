"""A list that records refer to: what is found in it, and what becomes of records or lists of another form."""

from pathlib import Path
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

from copilot.sources.api.beside import joined
from copilot.sources.api.connector import Ask, Beside, Stream
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.session import Deadline, Patience, PatientSession
from tests.scripted_api import Answer, Asked, scripted

OWNERS = Beside(
    "owners",
    ask=lambda _: Ask("owners"),
    select="results",
    paginator=SinglePagePaginator,
    key=lambda owner: owner["id"],
    sought=lambda deal: deal["owner_ids"],
)
DEALS = Stream(
    "deals", ask=lambda _: Ask("deals"), select="results", paginator=SinglePagePaginator, gives=(), beside=(OWNERS,)
)
ADA = {"id": "7", "name": "Ada"}


def read(place: Path, owners: list[Any], deals: list[Any]) -> list[Any]:
    """The owners found for each deal."""

    def answer(asked: Asked) -> Answer:
        return Answer({"results": owners if asked.path == "/owners" else deals})

    with scripted(answer) as api:
        client = RESTClient(api.url, session=PatientSession(Deadline(Patience(total_seconds=600))))
        return [record["owners"] for page in joined(client, DEALS, None, True, place) for record in page.records]


def test_a_record_gets_those_that_it_refers_to(tmp_path: Path) -> None:
    assert read(tmp_path, [ADA, {"id": "8"}], [{"owner_ids": ["7"]}, {"owner_ids": []}]) == [[ADA], []]


@pytest.mark.parametrize("deal", [{}, {"owner_ids": [{"id": "7"}]}, {"owner_ids": [["7"]]}, {"owner_ids": 7}])
def test_a_record_of_another_form_gets_no_list_and_the_others_theirs(tmp_path: Path, deal: Any) -> None:
    assert read(tmp_path, [ADA], [deal, {"owner_ids": ["7"]}]) == [None, [ADA]]


@pytest.mark.parametrize("owner", [{"name": "Ada"}, {"id": ["7"]}, {"id": 7}])
def test_a_list_of_another_form_stops_the_stream_and_says_why(tmp_path: Path, owner: Any) -> None:
    with pytest.raises(UntrustworthyPage, match="owners: a record has not the form that the vendor documents"):
        read(tmp_path, [owner], [{"owner_ids": ["7"]}])
