"""Order: from judged accounts to a page of one screen. Sections without data are left out, never filled up."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from config.digest import DigestConfig, Limits
from copilot.digest import lines, wording
from copilot.digest.book import Book
from copilot.digest.choose import Judged
from copilot.digest.facts import sentences
from copilot.digest.links import Linker
from copilot.digest.page import Headline, Page, Section
from copilot.digest.text import render_text, word_count

# What gives way first when a digest is too long for one screen; whatever is dropped stays in the counts.
_SHRINK: tuple[tuple[str, int], ...] = (
    ("onboarding", 1), ("wins", 1), ("changed", 2), ("renewals", 1), ("corrected", 1), ("overdue", 1),
    ("onboarding", 0), ("wins", 0), ("changed", 1), ("reasons", 2), ("act_today", 4), ("renewals", 0),
    ("changed", 0), ("act_today", 3), ("reasons", 1), ("act_today", 2), ("act_today", 1),
)  # fmt: skip
SUBJECT_LIMIT = 60


def lay_out(judged: Sequence[Judged], book: Book, config: DigestConfig, linker: Linker) -> Page:
    """The longest page that keeps to the limit of words."""
    page = None
    for limits in _shrinking(config.limits):
        page = _page(judged, book, config.model_copy(update={"limits": limits}), linker)
        if word_count(render_text(page)) <= config.limits.words:
            break
    if page is None:
        raise AssertionError("there is always a first page")
    return page


def _shrinking(limits: Limits) -> Iterator[Limits]:
    yield limits
    for name, most in _SHRINK:
        limits = limits.model_copy(update={name: min(most, getattr(limits, name))})
        yield limits


def _page(judged: Sequence[Judged], book: Book, config: DigestConfig, linker: Linker) -> Page:
    maker = lines.Maker(book, config, linker)
    to_act = [one for one in judged if one.needs_action]
    act = to_act[: config.limits.act_today]
    items = tuple(maker.item(number, one) for number, one in enumerate(act, start=1))
    sections = _sections(judged, act, maker, len(items))
    headline = _headline(judged, book)
    return Page(
        subject=_subject(len(items), headline, wording.day(linker.local_date)),
        title=f"Your book on {wording.day(linker.local_date)}",
        data_line=_data_line(book),
        banner=_banner(book),
        headline=headline,
        act=items,
        n_to_act=len(to_act),
        sections=sections,
        unchanged=_unchanged(judged),
        ranking_line="Order: expected loss x time to renewal x what can be done today.",
        footer=_footer(book),
        book_url=linker.book(),
        unsubscribe_url=linker.unsubscribe(),
    )


def _sections(judged: Sequence[Judged], act: Sequence[Judged], maker: lines.Maker, used: int) -> tuple[Section, ...]:
    """Every section but "Act today", numbered on.

    An account stands in one place only, but for corrections: they are about what was said before.
    """
    limits = maker.config.limits
    sections = []
    placed = {one.account.account_id for one in act}
    for key, most in lines.ORDER:
        free = (one for one in judged if key == "corrected" or one.account.account_id not in placed)
        found = [one for one in free if maker.belongs(key, one)]
        shown = found[: min(getattr(limits, most), limits.items - used)]
        placed |= {one.account.account_id for one in found}
        made = tuple(maker.line(key, used + place, one) for place, one in enumerate(shown, start=1))
        used += len(made)
        summary = maker.renewal_summary() if key == "renewals" else ()
        if found or summary:
            sections.append(Section(key, lines.TITLES[key], made, len(found) - len(made), summary))
    return tuple(sections)


def _headline(judged: Sequence[Judged], book: Book) -> Headline:
    mine = [one.account for one in judged if one.account.lifecycle != "churned"]
    at_risk = sum((account.arr_usd for account in mine if account.is_at_risk), Decimal(0))
    last = book.last_sent
    tally = {
        change: sum(1 for one in judged if one.change == change) for change in ("new", "worse", "notice", "better")
    }
    new = "new risk" if tally["new"] == 1 else "new risks"
    words = {"new": new, "worse": "worse", "notice": "gave notice", "better": "better"}
    return Headline(
        n_accounts=len(mine),
        arr=sum((account.arr_usd for account in mine), Decimal(0)),
        arr_at_risk=at_risk,
        at_risk_change=None if last is None else at_risk - last.arr_at_risk,
        since="" if last is None else f"since the digest of {wording.day(last.local_date)}",
        counts=", ".join(f"{count} {words[change]}" for change, count in tally.items() if count),
    )


def _subject(n_act: int, headline: Headline, on: str) -> str:
    need = "Nothing urgent" if n_act == 0 else f"{n_act} need{'s' if n_act == 1 else ''} you today"
    start = f"{need}: {wording.money(headline.arr_at_risk)} ARR at risk"
    if headline.at_risk_change is not None:
        full = f"{start} ({wording.signed_money(headline.at_risk_change)}) | {on}"
        if len(full) <= SUBJECT_LIMIT:
            return full
    return f"{start} | {on}"


def _data_line(book: Book) -> str:
    day = book.published
    fresh = (
        f"all {day.n_sources}" if day.n_sources_fresh == day.n_sources else f"{day.n_sources_fresh} of {day.n_sources}"
    )
    return f"Data as of {wording.day(day.as_of)}, end of day UTC. {fresh[:1].upper()}{fresh[1:]} sources fresh."


def _banner(book: Book) -> str:
    if book.published.verdict != "DEGRADED":
        return ""
    # Two gates may say the same; which gate said it matters on the health board only.
    said = dict.fromkeys(reason.removeprefix("raw: ").removeprefix("marts: ") for reason in book.published.reasons)
    why = "; ".join(wording.clean(reason) for reason in list(said)[:2])
    return f"Data is incomplete today: {why or 'see the data health board'}. Check before you act."


def _unchanged(judged: Sequence[Judged]) -> str:
    """Risks that were told before and did not move: one line, never repeated one by one."""
    same = sum(1 for one in judged if one.account.is_at_risk and not one.is_news and one.change == "same")
    return f"{wording.plural(same, 'unchanged risk')} not repeated." if same else ""


def _footer(book: Book) -> tuple[str, ...]:
    day = book.published
    run = f"Run {wording.clean(day.run_id)}"
    if day.model_mode == "model" and day.model_version:
        return (f"{run}, model {wording.clean(day.model_version)}.",)
    why = next(sentences(day.model_note), "") or "no model is in use"
    return (f"{run}. No forecast today: {wording.clean(why).rstrip('.')}.",)
