"""Look at a board as a person does: log in, open it in Chromium, wait until every tile is drawn, take its picture.

python -m copilot.stack.screenshot docs/images/cs-ops-board.png [--dark] [--tab "Data & model health"]
"""

import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config import settings
from copilot.stack.superset import BOARD_PATH, CS_OPS_USER

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
# Superset draws only tiles inside the window, so the window is as tall as the board.
WIDTH, HEIGHT = 1600, 2900
# Enough for numbers, the trend and the first rows of the account list: what a README shows.
PICTURE_HEIGHT = 1420
DRAWN_SECONDS = 90
# Charts grow into place for about a second after their data is there.
ANIMATION_MS = 1500
REQUEST_SECONDS = 30
_DRAWN = """() => {
    const tiles = [...document.querySelectorAll('[data-test="chart-container"], .dashboard-chart')];
    return tiles.length > 0 && !document.querySelector('.loading, [data-test="loading-indicator"]');
}"""


@dataclass
class Board:
    """An open board: the page, and what went wrong behind it."""

    page: "Page"
    failed_requests: list[str] = field(default_factory=list)

    def open_tab(self, title: str) -> None:
        """Switch to a tab and wait until its tiles are drawn."""
        self.page.get_by_role("tab", name=title).click()
        self.wait_until_drawn()

    def wait_until_drawn(self) -> None:
        """Return when tiles exist and none is loading, twice in a row: filters load their values before the tiles."""
        for _ in range(2):
            self.page.wait_for_load_state("networkidle", timeout=DRAWN_SECONDS * 1000)
            self.page.wait_for_function(_DRAWN, timeout=DRAWN_SECONDS * 1000)

    def tiles(self) -> list[str]:
        """The text of each chart on the open tab."""
        found = self.page.locator(".dashboard-component-chart-holder:visible")
        return [found.nth(number).inner_text() for number in range(found.count())]


def session_cookies(url: str, user: str, password: str) -> list[dict[str, str]]:
    """Log in over HTTP as a browser's form does; the session cookie for `add_cookies`. Raises PermissionError."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{url}/login/", timeout=REQUEST_SECONDS) as answer:
        page = answer.read().decode()
    token = re.search(r'csrf_token"?[^>]*value="([^"]+)"', page) or re.search(r"csrf_token&#34;: &#34;([^&]+)", page)
    form = {"username": user, "password": password, "csrf_token": token.group(1) if token else ""}
    sent = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(f"{url}/login/", sent, {"Referer": f"{url}/login/"})  # noqa: S310
    with opener.open(request, timeout=REQUEST_SECONDS) as answer:
        if "/login" in answer.url:
            raise PermissionError(f"{url} does not let {user} in")
    return [{"name": c.name, "value": c.value or "", "url": url} for c in jar]


@contextmanager
def open_board(url: str, user: str, password: str, *, is_dark: bool = False) -> Iterator[Board]:
    """The CS Ops board, drawn, in a headless Chromium that is closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if is_dark else "light"
        )
        cookies: Any = session_cookies(url, user, password)
        context.add_cookies(cookies)
        board = Board(context.new_page())
        board.page.on(
            "response", lambda r: board.failed_requests.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        try:
            board.page.goto(url + BOARD_PATH, timeout=DRAWN_SECONDS * 1000)
            board.wait_until_drawn()
            yield board
        finally:
            browser.close()


def take(board: Board, target: Path, height: int = PICTURE_HEIGHT) -> None:
    """Write the upper part of the board as a PNG."""
    target.parent.mkdir(parents=True, exist_ok=True)
    board.page.wait_for_timeout(ANIMATION_MS)
    board.page.screenshot(path=target, clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, animations="disabled")


def main(
    target: Path,
    *,
    dark: bool = False,
    tab: str = "",
    height: int = PICTURE_HEIGHT,
    user: Annotated[str, typer.Option(help="who looks; the password is read from var/secrets")] = CS_OPS_USER,
) -> None:
    """Take a picture of the CS Ops board of the running local stack."""
    url = settings.stack_state()["superset"]["url"]
    with open_board(url, user, settings.secret(f"superset_{user}_password"), is_dark=dark) as board:
        if tab:
            board.open_tab(tab)
        take(board, target, height)
    typer.echo(f"{target}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    typer.run(main)
