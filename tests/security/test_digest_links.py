"""S5, S6, S8: a link shows nothing, reading it changes nothing, and only a post with a good signature writes."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import httpx
import psycopg
import pytest

from config.settings import dsn
from copilot.digest.answer_page import LARGEST_BODY, make_app
from copilot.digest.rate import POSTS
from copilot.digest.sign import ANSWERS, Link, token

KEY, PREVIOUS = "a" * 32, "b" * 32
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


class Clock:
    """The time as the test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """That time."""
        return self.now


class Page:
    """The app, asked in-process; and what it wrote."""

    def __init__(self, database: str) -> None:
        self.clock = Clock()
        self.link = Link(database, "csm_1", "acc_7", "alert_9", "not_a_risk", date(2026, 11, 18), 3, date(2026, 12, 2))
        self._app = make_app(lambda: [KEY, PREVIOUS], self.clock)
        self._owner = psycopg.connect(dsn("owner", database), autocommit=True)

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        """One request, in-process."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://answers") as client:
                return await client.request(method, path, **options)  # type: ignore[arg-type]

        return asyncio.run(once())

    def get(self, given: str, path: str = "/answer") -> httpx.Response:
        """Open a link."""
        return self.ask("GET", path, params={"token": given})

    def post(self, given: str, path: str = "/answer", **form: str) -> httpx.Response:
        """Send the form behind a link."""
        return self.ask("POST", path, data={"token": given, **form})

    def rows(self, query: str = "select kind from ops.feedback order by feedback_id") -> list[object]:
        """What stands in the warehouse: the first column."""
        return [row[0] for row in self._owner.execute(query)]

    def close(self) -> None:
        """Close the connection."""
        self._owner.close()


@pytest.fixture
def page(database: str) -> Iterator[Page]:
    made = Page(database)
    yield made
    made.close()


def test_reading_a_link_shows_a_form_without_script_and_writes_nothing(page: Page):
    good = token(page.link, KEY)
    for method in ("GET", "HEAD", "GET", "GET"):
        answer = page.ask(method, "/answer", params={"token": good})
        assert answer.status_code == 200
    assert page.rows() == []
    html = page.get(good).text
    assert "You are about to answer: Not a risk, for item 3 of your digest of Wed 18 Nov." in html
    assert "<script" not in html
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_holds_no_account_data(page: Page):
    good = token(page.link, KEY)
    html = page.get(good).text.replace(good, "")
    assert [word for word in ("acc_7", "csm_1", "alert_9", page.link.company) if word in html] == []


class Form(HTMLParser):
    """The fields of a page's form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep inputs and buttons."""
        given = dict(attrs)
        if tag == "input":
            self.fields[str(given["name"])] = str(given["value"])
        if tag == "button":
            self.buttons.append(str(given["value"]))


def test_the_form_as_the_browser_posts_it_records_the_answer(page: Page):
    form = Form(page.get(token(page.link, KEY)).text)
    answer = page.ask("POST", "/answer", data={**form.fields, "answer": form.buttons[0]})
    assert "Recorded: Not a risk, for item 3" in answer.text
    row = page.rows("select (csm_id, account_id, alert_id, digest_date, kind)::text from ops.feedback")
    assert row == ["(csm_1,acc_7,alert_9,2026-11-18,not_a_risk)"]


def test_the_same_answer_twice_is_one_and_the_last_of_several_counts(page: Page):
    links = {kind: token(replace(page.link, purpose=kind), KEY) for kind in ("useful", "not_a_risk")}
    for kind in ("useful", "useful", "not_a_risk", "not_a_risk", "useful"):
        assert page.post(links[kind]).status_code == 200
    assert page.rows() == ["useful", "not_a_risk", "useful"]


def test_a_link_for_any_answer_offers_all_and_takes_one_of_them(page: Page):
    any_answer = token(replace(page.link, purpose="any"), KEY)
    assert Form(page.get(any_answer).text).buttons == list(ANSWERS)
    assert page.post(any_answer, answer="snooze_7d").status_code == 200
    assert [page.post(any_answer, answer=wrong).status_code for wrong in ("", "any", "unsubscribe", "drop")] == [
        400
    ] * 4
    assert page.rows() == ["snooze_7d"]


def test_a_link_for_one_answer_cannot_be_bent_to_another(page: Page):
    page.post(token(page.link, KEY), answer="useful")
    assert page.rows() == ["not_a_risk"]


def refused(page: Page) -> dict[str, str]:
    """One token of each kind that must not work."""
    good = token(page.link, KEY)
    return {
        "empty": "",
        "junk": "x",
        "cut": good[:-1],
        "expired": token(replace(page.link, expires=date(2026, 11, 18)), KEY),
        "foreign key": token(page.link, "c" * 32),
        "another page": token(replace(page.link, purpose="unsubscribe"), KEY),
        "another account": token(replace(page.link, account_id="acc_8"), KEY).partition(".")[0]
        + "."
        + good.partition(".")[2],
        "long": "x" * 10_000,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whatever_is_wrong_with_a_link_the_response_is_the_same(page: Page, method: str):
    tokens = refused(page)
    answers = [page.get(one) if method == "GET" else page.post(one) for one in tokens.values()]
    seen = {(a.status_code, a.text, tuple(sorted(a.headers.items()))) for a in answers}
    assert len(answers) == 8
    assert len(seen) == 1
    assert page.rows() == []


def test_a_link_dies_in_the_second_in_which_it_expires(page: Page):
    good = token(page.link, KEY)
    page.clock.now = datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)
    assert page.get(good).status_code == 200
    page.clock.now += timedelta(seconds=1)
    assert page.get(good).status_code == 404


def test_a_link_signed_with_the_previous_key_still_works(page: Page):
    assert page.post(token(page.link, PREVIOUS)).status_code == 200
    assert page.rows() == ["not_a_risk"]


def test_big_or_strange_bodies_are_refused_before_anything_is_read(page: Page):
    good = token(page.link, KEY)
    bodies: list[tuple[str, bytes]] = [
        (FORM, b"token=" + good.encode() + b"&x=" + b"y" * LARGEST_BODY),
        ("application/json", b'{"token":"' + good.encode() + b'"}'),
        ("text/plain", b"token=" + good.encode()),
        (FORM, b"token=" + good.encode() + b"&a=\xff"),
        (FORM, b"&".join(b"a%d=1" % n for n in range(50)) + b"&token=" + good.encode()),
    ]
    codes = [
        page.ask("POST", "/answer", content=body, headers={"content-type": kind}).status_code for kind, body in bodies
    ]
    assert codes == [404] * 5
    assert page.rows() == []


def test_a_flood_through_one_link_is_slowed_and_other_links_are_not(page: Page):
    good = token(page.link, KEY)
    codes = [page.post(good).status_code for _ in range(POSTS + 5)]
    assert codes == [200] * POSTS + [429] * 5
    assert page.post(token(replace(page.link, item=4), KEY)).status_code == 200
    page.clock.now += timedelta(minutes=1)
    assert page.post(good).status_code == 200


def test_one_click_unsubscribing_and_starting_again(page: Page):
    leave = token(replace(page.link, purpose="unsubscribe", account_id="", alert_id=""), KEY)
    wishes = "select wants_digest from ops.digest_wish order by digest_wish_id"
    assert page.get(leave, "/unsubscribe").status_code == 200
    assert page.rows(wishes) == []
    one_click = {"content": b"List-Unsubscribe=One-Click", "headers": {"content-type": FORM}}
    done = page.ask("POST", "/unsubscribe", params={"token": leave}, **one_click)
    assert (done.status_code, Form(done.text).buttons) == (200, ["resume"])
    page.post(leave, "/unsubscribe", answer="resume")
    assert page.rows(wishes) == [False, True]
    assert page.post(token(page.link, KEY), "/unsubscribe").status_code == 404


def test_the_login_behind_the_page_can_insert_and_nothing_else(database: str):
    with psycopg.connect(dsn("feedback", database), autocommit=True) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                """select c.oid::regclass::text || ':' || p from pg_class as c
                inner join pg_namespace as n on c.relnamespace = n.oid,
                unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p
                where c.relkind in ('r', 'v', 'p', 'm') and n.nspname !~ '^(pg_|information_schema)'
                    and has_table_privilege(c.oid, p)
                order by 1"""
            )
        ]
    assert tables == ["ops.digest_wish:insert", "ops.feedback:insert"]
