"""How the pages of any of Stripe's lists are turned: https://docs.stripe.com/api/pagination."""

from typing import Any

from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

from copilot.sources.api.faults import UntrustworthyPage

MOST_A_PAGE = 100


class Pages(JSONResponseCursorPaginator):
    """The next page begins after the last record of this one; after none, dlt would take the list for read."""

    def __init__(self) -> None:
        super().__init__("data[-1].id", cursor_param="starting_after", has_more_path="has_more")

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Whether there is more. Raises UntrustworthyPage where there is said to be more after nothing."""
        if not data and response.json().get("has_more"):
            raise UntrustworthyPage("Stripe gave an empty page and says that there is more: nothing of it was taken")
        super().update_state(response, data)
