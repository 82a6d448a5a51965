"""The CS Ops board in a real browser, as the user `csops`, over two days that really ran.

A chart whose data API answers 200 may still draw an error; only the browser shows that.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import settings
from copilot.stack.screenshot import HEIGHT, WIDTH, Board, open_board, take

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine; CI installs it"),
]

# Titles of the tiles on the two tabs, in the order of the board.
RISK = [
    "Accounts",
    "ARR (USD)",
    "ARR at risk (USD)",
    "Expected loss, 90 days (USD)",
    "Critical alerts",
    "High alerts",
    "Medium alerts",
    "Overdue alerts",
    "Alerts raised",
    "Alerts resolved",
    "Accounts by churn risk",
    "Accounts by churn risk, last 90 days",
    "Expected loss by segment and renewal month (USD)",
    "Accounts by priority",
    "Open alerts",
    "Alerts raised and resolved per day",
    "Accounts by health score",
    "Open alerts by CSM",
    "Health: largest moves in 7 days",
]
HEALTH = [
    "Checks passed",
    "Tables not OK",
    "Rejected rows",
    "Lift, top 10 %",
    "Sources and tables",
    "Failing checks per day",
    "Checks that fail",
    "Candidates on later months",
    "Published days",
]
# These have a condition of their own, or need a model or a second day: empty on a quiet or first day.
MAY_BE_EMPTY = {
    "Expected loss, 90 days (USD)",
    "Expected loss by segment and renewal month (USD)",
    "Open alerts",
    "Open alerts by CSM",
    "Health: largest moves in 7 days",
    "Checks that fail",
    "Lift, top 10 %",
    "Candidates on later months",
    "Alerts raised and resolved per day",
    "Failing checks per day",
    "Checks passed",
    "Rejected rows",
}
BROKEN = ("Data error", "Unexpected error", "Error:", "Invalid format", "Something went wrong")
EMPTY = ("No results", "No data", "No Data")


@pytest.fixture(scope="module")
def board(calm: str) -> Iterator[Board]:
    """The board over the days of the calm warehouse, open in a browser."""
    assert calm == settings.DEFAULT_DATABASE, "boards show the default warehouse"
    url = settings.stack_state()["superset"]["url"]
    with open_board(url, "csops", settings.secret("superset_csops_password")) as opened:
        yield opened


def _titles_and_texts(board: Board) -> dict[str, str]:
    texts = [text.strip() for text in board.tiles()]
    return {text.splitlines()[0]: text for text in texts}


def _assert_drawn(tiles: dict[str, str], titles: list[str]) -> None:
    assert [title for title in tiles if title in titles] == titles
    for title in titles:
        assert not [word for word in BROKEN if word in tiles[title]], tiles[title]
        if title not in MAY_BE_EMPTY:
            assert not [word for word in EMPTY if word in tiles[title]], tiles[title]


def test_every_tile_of_the_risk_tab_is_drawn(board: Board, tmp_path: Path) -> None:
    _assert_drawn(_titles_and_texts(board), RISK)
    take(board, tmp_path / "cs-ops-board.png")
    assert (tmp_path / "cs-ops-board.png").stat().st_size > 50_000


def test_every_tile_of_the_health_tab_is_drawn(board: Board) -> None:
    board.open_tab("Data & model health")
    _assert_drawn(_titles_and_texts(board), HEALTH)


def test_no_request_behind_the_board_failed(board: Board) -> None:
    assert board.page.url.split("?")[0].endswith("/dashboard/cs-ops/")
    assert board.failed_requests == []


def test_the_tiles_show_the_published_figures(board: Board) -> None:
    board.open_tab("Risk & alerts")
    with psycopg.connect(settings.dsn("bi")) as bi:
        figures = bi.execute(
            "select n_accounts, n_alerts_critical, n_alerts_raised, n_alerts_resolved from serving.kpi_day"
            " where segment = 'all' order by as_of_date desc limit 1"
        ).fetchone()
    assert figures is not None
    tiles = _titles_and_texts(board)
    shown = [
        tiles[title].splitlines()[1] for title in ("Accounts", "Critical alerts", "Alerts raised", "Alerts resolved")
    ]
    assert shown == [f"{figure:,}" for figure in figures]
    assert figures[0] > 0


def test_a_link_to_one_account_survives_the_login_page_and_shows_that_account_alone(board: Board) -> None:
    url = settings.stack_state()["superset"]["url"]
    with psycopg.connect(settings.dsn("bi")) as bi:
        account = bi.execute(
            "select account_id, name from serving.account_day where lifecycle <> 'churned'"
            " and as_of_date = (select max(as_of_date) from serving.published_day) order by priority_usd limit 1"
        ).fetchone()
    assert account is not None
    browser = board.page.context.browser
    assert browser is not None
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as stranger:
        fresh = Board(stranger.new_page())
        fresh.page.goto(f"{url}/account?id={account[0]}")
        fresh.page.locator("#username").fill("csops")
        fresh.page.locator("input[type=password]").fill(settings.secret("superset_csops_password"))
        fresh.page.keyboard.press("Enter")
        fresh.page.wait_for_url("**/dashboard/cs-ops/**")
        fresh.wait_until_drawn()
        rows = fresh.page.locator(".dashboard-component-chart-holder", has_text="Accounts by priority")
        assert rows.locator("tbody tr").all_inner_texts()[0].startswith(account[1])
        assert rows.locator("tbody tr").count() == 1
