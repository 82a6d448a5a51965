"""Reads Intercom with Intercom's own client, as its author would, and says what the client knows of the answers.

Of its two lines of models the newer one is asked, in which a conversation has its company.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pydantic
from intercom import Intercom
from intercom.unstable.types import SingleFilterSearchRequest, StartingAfterPaging

_MOST_CONVERSATIONS, _MOST_COMPANIES = 150, 60
# The client has no word for an order, which Intercom's guide of searches has.
_IN_ORDER = {"additional_body_parameters": {"sort": {"field": "updated_at", "order": "ascending"}}}


def conversations(client: Intercom) -> Iterator[Any]:
    """Every page of a search for what was ever changed."""
    query = SingleFilterSearchRequest(field="updated_at", operator=">", value=0)
    after = StartingAfterPaging(per_page=_MOST_CONVERSATIONS)
    while True:
        answer = client.unstable.conversations.search_conversations(
            query=query, pagination=after, request_options=_IN_ORDER
        )
        yield answer
        following = answer.pages.next
        if following is None:
            return
        after = StartingAfterPaging(per_page=_MOST_CONVERSATIONS, starting_after=following.starting_after)


def companies(client: Intercom) -> Iterator[Any]:
    """Every page of the list."""
    page, pages = 1, 1
    while page <= pages:
        answer = client.unstable.companies.list_all_companies(page=page, per_page=_MOST_COMPANIES)
        yield answer
        page, pages = page + 1, answer.pages.total_pages


def wrong(model: pydantic.BaseModel, path: str) -> Iterator[str]:
    """Fields that the client does not know, and values of another form than it expects."""
    for name in model.model_extra or {}:
        yield f"{path}.{name} is unknown"
    for name, value in model:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, pydantic.BaseModel):
                yield from wrong(one, f"{path}.{name}")
    try:
        # A reading takes whatever comes: the model itself is strict.
        type(model).model_validate(model.model_dump(exclude_unset=True, by_alias=True), strict=True)
    except pydantic.ValidationError as error:
        for said in error.errors():
            yield f"{path}.{'.'.join(map(str, said['loc']))} {said['msg']}"


def main() -> None:
    """Say what was found."""
    given = json.load(sys.stdin)
    client = Intercom(token=given["key"], base_url=given["url"])
    answers = {"conversations": list(conversations(client)), "companies": list(companies(client))}
    talks = [one for page in answers["conversations"] for one in page.conversations]
    firms = [one for page in answers["companies"] for one in page.data]
    complaints = {said for pages in answers.values() for page in pages for said in wrong(page, type(page).__name__)}
    found = {
        "conversations": [[one.id, one.company and one.company.company_id, one.created_at, one.state] for one in talks],
        "companies": [[one.company_id, one.name, one.website] for one in firms],
        "replied": sum(one.statistics.first_admin_reply_at is not None for one in talks),
        "rated": sum(one.conversation_rating is not None for one in talks),
        "tagged": sum(bool(one.tags.tags) for one in talks),
    }
    json.dump({"found": found, "wrong": sorted(complaints)}, sys.stdout)


main()
