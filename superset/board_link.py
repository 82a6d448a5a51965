"""One account's board: `/account?id=...` leads to the CS Ops board narrowed to that account.

What the board takes in its address is long and full of brackets, which mail programs break; this address is short, and
how filters are named stays in this directory. It reads nothing and asks for no login: the board behind it does both.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

from board_bundle import filter_id

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug import Response

ROUTE = "/account"
BOARD = "/superset/dashboard/cs-ops/"
COLUMN = "account_id"
# Longer than any id of a source; a longer one would only be carried through the login page.
LONGEST_ID = 200


def account_board(account_id: str) -> str:
    """The board's address with the filter on that account; the whole board without an id or with an absurd one."""
    if not account_id or len(account_id) > LONGEST_ID:
        return BOARD
    name, value = filter_id(COLUMN), _quoted(account_id)
    narrowed = f"(filters:!((col:{COLUMN},op:IN,val:!({value}))))"
    mask = f"({name}:(id:{name},extraFormData:{narrowed},filterState:(label:{value},value:!({value})),ownState:()))"
    return f"{BOARD}?native_filters={quote(mask, safe='')}"


def _quoted(text: str) -> str:
    """A text in Rison, the notation of the board's address; quoted, or `123` would be a number."""
    escaped = text.replace("!", "!!").replace("'", "!'")
    return f"'{escaped}'"


def blueprint() -> "Blueprint":
    """The route, for Superset's setting BLUEPRINTS."""
    from flask import Blueprint, redirect, request

    routes = Blueprint("account_board", __name__)

    @routes.get(ROUTE)
    def show() -> "Response":
        return redirect(account_board(request.args.get("id", "")))

    return routes
