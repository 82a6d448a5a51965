"""The digest as plain text: ordered by hand, lines of at most 88 columns, links on lines of their own. Pure."""

import textwrap
from collections.abc import Iterator

from copilot.digest import wording
from copilot.digest.page import Headline, Item, Page, Section

WIDTH = 88
# An opening bracket would make a name look like markup to programs that guess; this one looks alike and means nothing.
_NO_MARKUP = str.maketrans("<", "‹")  # noqa: RUF001


def render_text(page: Page) -> str:
    """The text part, ending in a newline. No line that holds a link is ever wrapped."""
    blocks = [_wrap(f"! {page.banner}", hanging="  ")] if page.banner else []
    blocks.append(_head(page))
    if page.act:
        blocks.append([f"ACT TODAY ({len(page.act)} of {page.n_to_act})", "-" * WIDTH])
        blocks.extend(list(_item(item)) for item in page.act)
    if page.more_to_act:
        blocks.append([page.more_to_act])
    blocks.extend(list(_section(section)) for section in page.sections)
    blocks.append(list(_foot(page)))
    return "\n\n".join("\n".join(block) for block in blocks).translate(_NO_MARKUP) + "\n"


def word_count(text: str) -> int:
    """Words a person reads: everything but links and bare marks."""
    return sum(1 for word in text.split() if "://" not in word and any(character.isalnum() for character in word))


def at_risk_line(headline: Headline) -> str:
    """`$214k (6.9% of ARR)`."""
    share = f" ({headline.arr_at_risk / headline.arr:.1%} of ARR)" if headline.arr_at_risk and headline.arr else ""
    return f"{wording.money(headline.arr_at_risk)}{share}"


def change_line(headline: Headline) -> str:
    """`+$38k since the digest of Mon 16 Nov`; empty in the first digest."""
    change = headline.at_risk_change
    return "" if change is None else f"{wording.signed_money(change)} {headline.since}"


def book_line(headline: Headline) -> str:
    """`42 accounts, $3.1M ARR`."""
    return f"{wording.plural(headline.n_accounts, 'account')}, {wording.money(headline.arr)} ARR"


def _head(page: Page) -> list[str]:
    risk = (at_risk_line(page.headline), change_line(page.headline))
    return [
        *_wrap(page.data_line),
        *_wrap(f"YOUR BOOK  {book_line(page.headline)}"),
        *_wrap(f"AT RISK    {', '.join(filter(None, risk))}", hanging=" " * 11),
        *([f"CHANGES    {page.headline.counts}"] if page.headline.counts else []),
    ]


def _item(item: Item) -> Iterator[str]:
    yield from _wrap(f"{item.number:>2}  {item.name}  [{item.tag}]  {item.money_line}", hanging="    ")
    yield f"    {item.band} ({item.confidence})"
    yield f"    {figures(item)}"
    for fact in item.facts:
        yield from _wrap(fact, "    - ", "      ")
    if item.action:
        yield from _wrap(f"Do: {item.action}", "    ", "        ")
    if item.account_url:
        yield f"    Account: {item.account_url}"
    if item.answer_url:
        yield f"    Answer:  {item.answer_url}"


def figures(item: Item) -> str:
    """`Churn in 90 days 61% (48-73), was 44%. Health 31, was 46.`."""
    risk = f"Churn in 90 days {item.risk}. " if item.risk else ""
    return f"{risk}Health {item.health}."


def _section(section: Section) -> Iterator[str]:
    yield section.title.upper()
    if section.summary:
        yield from (f"    {window}" for window in section.summary)
    for line in section.lines:
        yield from _wrap(
            f"{line.number:>2}  {line.mark}{': ' if line.mark else ''}{line.name}, {line.text}", hanging="    "
        )
    if section.more:
        yield f"    and {section.more} more"


def _foot(page: Page) -> Iterator[str]:
    if page.unchanged:
        yield page.unchanged
    yield page.ranking_line
    yield from (part for line in page.footer for part in _wrap(line))
    if page.book_url:
        yield f"All accounts: {page.book_url}"
    if page.unsubscribe_url:
        yield f"Stop these mails: {page.unsubscribe_url}"


def _wrap(line: str, first: str = "", hanging: str = "") -> list[str]:
    return textwrap.wrap(
        line, WIDTH, initial_indent=first, subsequent_indent=hanging, break_long_words=True, break_on_hyphens=False
    )
