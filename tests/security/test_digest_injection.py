"""S2, S4: whatever stands in a name, a reason or an address stays text, and goes to nobody else."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from copilot.digest.envelope import AddressError, allowed_address, build_mail, message_id
from copilot.digest.html import render_html
from copilot.digest.schedule import due_at
from copilot.digest.text import render_text
from tests.unit.digest.sample import (
    AS_OF,
    CONFIG,
    MORNING,
    YESTERDAY,
    a_book,
    a_csm,
    a_day,
    a_page,
    an_account,
    an_alert,
    at_risk,
)

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "<style>*{display:none}</style>",
    "javascript:alert(1)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=//evil.example>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=a>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "--><script>1</script>",
    "</td></tr></table><h1>Pay here</h1>",
    "<img src=https://evil.example/pixel.gif>",
    "{{ 7*7 }}",
    "{% include 'x' %}",
    "%s %(a)s",
    "&lt;script&gt;",
    "' onmouseover='alert(1)",
    "` onclick=alert(1) `",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "Acme\r\nBcc: victim@evil.example",
    "Acme\nContent-Type: text/html",
    "a, b@evil.example",
    "\u202egpj.exe",
    "\x00\x1b[31mred",
    "https://evil.example/login",
    "www.evil.example",
    "data:text/html;base64,PHNjcmlwdD4=",
    "=cmd|' /C calc'!A0",
    "'; drop schema serving; --",
]
ALLOWED_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tr",
    "td",
    "span",
    "strong",
    "a",
    "h1",
    "h2",
    "ul",
    "li",
    "br",
}
ALLOWED_ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "class",
    "style",
    "role",
    "width",
    "cellpadding",
    "cellspacing",
    "border",
    "align",
    "href",
}
OUR_LINKS = ("https://boards.example.com/", "https://answers.example.com/")


class Dom(HTMLParser):
    """Every tag with its attributes, as a browser's parser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.nodes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        """Keep it."""
        self.comments.append(data)


def hostile_book(payload: str):
    """The payload everywhere a source or a room can put text."""
    alert = an_alert(message=payload, alert_id=payload, reason_key=payload, is_overdue=True, due_on=YESTERDAY)
    act = at_risk(payload, name=payload, reasons=[{"text": payload}, payload], next_step=payload, alerts=(alert,))
    other = an_account(
        "b", name=payload, risk_band="medium", reasons=[payload], alerts=(replace(alert, severity="medium"),)
    )
    day = a_day(verdict="DEGRADED", reasons=(payload,), model_mode="rules_only", model_note=payload, run_id=payload)
    return a_book(act, other, published=day, csm=a_csm(full_name=payload))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_html_has_no_active_node_and_no_link_but_ours(payload: str):
    dom = Dom(render_html(a_page(hostile_book(payload), csm_id=payload)))
    assert len(dom.nodes) > 50
    assert {tag for tag, _ in dom.nodes} <= ALLOWED_TAGS
    assert {name for _, attributes in dom.nodes for name in attributes} <= ALLOWED_ATTRIBUTES
    links = [attributes["href"] or "" for tag, attributes in dom.nodes if "href" in attributes]
    assert len(links) > 5
    assert [link for link in links if not link.startswith(OUR_LINKS)] == []
    assert sum(1 for tag, _ in dom.nodes if tag == "style") == 1
    assert dom.comments == []


def test_a_template_inside_a_name_is_not_run():
    text = "".join(Dom(render_html(a_page(hostile_book("{{ 7*7 }}")))).text)
    assert text.count("{{ 7*7 }}") > 3


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_style_of_ours_fetches_anything(payload: str):
    html = render_html(a_page(hostile_book(payload)))
    styles = re.findall(r'style="([^"]*)"', html) + re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(styles) > 30
    assert [style for style in styles if re.search(r"url\(|@import|expression", style)] == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_has_no_markup_no_control_character_and_no_link_but_ours(payload: str):
    text = render_text(a_page(hostile_book(payload)))
    assert "<" not in text
    assert [c for c in text if (ord(c) < 32 and c != "\n") or c in "\u202e\u200b\x1b"] == []
    links = re.findall(r"\S*://\S*", text)
    assert len(links) > 2
    assert [link for link in links if not link.startswith(OUR_LINKS)] == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_adds_a_recipient_or_a_header(payload: str):
    csm = a_csm(full_name=payload)
    name = message_id("warehouse", payload, MORNING, CONFIG.sender.address)
    mail = build_mail(
        a_page(hostile_book(payload)), (payload, csm.email), CONFIG, name, due_at(AS_OF, csm, CONFIG.calendar)
    )
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    assert [address.addr_spec for address in message["To"].addresses] == ["ann.lee@example.com"]
    assert sorted(set(message.keys())) == [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "ann",
        "ann@example.com, b@evil.example",
        "ann@example.com\r\nBcc: b@evil.example",
        "a b@example.com",
        "ann@evil.example.net",
        "ann@example.com.evil.net",
        "ann@ex\u0430mple.com",
        "ann@notexample.com",
        "ann@example.com ",
        "<ann@example.com>",
        '"ann"@example.com',
        "ann@example",
        "@example.com",
        "ann@@example.com",
        "ann@.example",
    ],
)
def test_a_mail_goes_to_one_plain_address_of_an_allowed_domain_or_nowhere(address: str | None):
    with pytest.raises(AddressError):
        allowed_address(address, CONFIG)


@pytest.mark.parametrize(
    "address", ["ann@example.com", "o'neil+cs@EXAMPLE.org", "ann@acme.example", "ann@mail.acme.example"]
)
def test_the_made_up_companies_addresses_are_allowed(address: str):
    assert allowed_address(address, CONFIG) == address
