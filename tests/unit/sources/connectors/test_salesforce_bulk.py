"""A question that Salesforce answers in the background: waited for in time, and taken only if it is whole."""

from dataclasses import dataclass
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.client import RESTClient

from copilot.sources.api.faults import SourceRefused, SourceSlow, UntrustworthyPage
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.connectors.salesforce_bulk import BulkQuery
from tests.scripted_api import Answer, Asked, scripted

JOB = "/services/data/v62.0/jobs/query"


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 0.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


def a_part(text: str, locator: str = "null", n_records: int | None = None) -> Answer:
    declared = {} if n_records is None else {"Sforce-NumberOfRecords": str(n_records)}
    return Answer(text.encode(), headers={"Content-Type": "text/csv", "Sforce-Locator": locator, **declared})


def a_state(state: str, **others: Any) -> Answer:
    return Answer({"id": "750x", "state": state, **others})


def read(*parts: Answer, states: tuple[Answer, ...] = ()) -> tuple[list[dict[str, Any]], list[Asked]]:
    time = FakeTime()
    session = PatientSession(Deadline(Patience(total_seconds=600), time.monotonic, time.sleep))
    with scripted(a_state("UploadComplete"), *(states or (a_state("JobComplete"),)), *parts) as api:
        answers = BulkQuery("SELECT Id FROM Account").answers(RESTClient(api.url, session=session))
        return [record for _, records in answers for record in records], api.asked


def test_the_parts_are_read_until_the_locator_says_null_and_look_like_the_rest_apis_records() -> None:
    first = a_part('"Id","Name","Owner.EmployeeNumber"\n"1","Say ""hi"",\nnow","csm_01"\n', "MTA", 1)
    records, asked = read(first, a_part('"Id","Name","Owner.EmployeeNumber"\n"2","",""\n', "null", 1))

    assert records == [
        {"Id": "1", "Name": 'Say "hi",\nnow', "Owner": {"EmployeeNumber": "csm_01"}},
        {"Id": "2", "Name": None, "Owner": {"EmployeeNumber": None}},
    ]
    assert [(one.method, one.path) for one in asked] == [
        ("POST", JOB), ("GET", f"{JOB}/750x"), ("GET", f"{JOB}/750x/results"), ("GET", f"{JOB}/750x/results"),
    ]  # fmt: skip
    assert b'"operation": "queryAll"' in asked[0].body
    assert asked[3].params["locator"] == "MTA"


def test_it_waits_while_salesforce_works() -> None:
    states = (a_state("UploadComplete"), a_state("InProgress"), a_state("JobComplete"))
    records, asked = read(a_part('"Id"\n"1"\n'), states=states)

    assert records == [{"Id": "1"}]
    assert len(asked) == 5


def test_a_job_that_does_not_end_ends_with_the_deadline() -> None:
    with pytest.raises(SourceSlow, match="did not finish within 600 s"):
        read(states=(a_state("InProgress"),))


def test_a_job_that_failed_is_told_with_salesforces_words() -> None:
    with pytest.raises(SourceRefused, match="is Failed: INVALID_FIELD: no such column"):
        read(states=(a_state("Failed", errorMessage="INVALID_FIELD: no such column"),))


BROKEN = {
    "fewer than the job found": ((a_part('"Id"\n"1"\n'),), "there are 3 records and gave 1"),
    "fewer than the part declares": ((a_part('"Id"\n"1"\n', n_records=2),), "has 2 records, and it has 1"),
    "a row that is cut": ((a_part('"Id","Name"\n"1"\n'),), "no whole CSV"),
    "a quotation mark that is never closed": ((a_part('"Id"\n"1'),), "no whole CSV"),
    "the same part again": ((a_part('"Id"\n"1"\n', "A"), a_part('"Id"\n"1"\n', "A")), "the same part again"),
}


@pytest.mark.parametrize(("parts", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_whole_is_not_taken(parts: tuple[Answer, ...], says: str) -> None:
    with pytest.raises(UntrustworthyPage, match=says):
        read(*parts, states=(a_state("JobComplete", numberRecordsProcessed=3),))


def test_an_answer_that_speaks_of_no_job_is_not_taken() -> None:
    with pytest.raises(UntrustworthyPage, match="says nothing of the job"):
        read(states=(Answer(b"soon", headers={"Content-Type": "text/plain"}),))
