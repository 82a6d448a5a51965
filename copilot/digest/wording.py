"""Numbers and names as words: short, plain, and harmless whatever a source put into a name."""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NAME_LIMIT = 40
FACT_LIMIT = 90
# More than two marks on one letter is not writing in any language that we send, it is a page-breaking ornament.
MARKS_PER_LETTER = 2
# Control, format (bidi overrides, zero-width, soft hyphen, tags), surrogate, private use, unassigned, separators.
_REMOVED = {"Cf", "Cs", "Co", "Cn"}
_SPACES = {"Cc", "Zl", "Zp", "Zs"}
# Invisible though Unicode files them under letters and symbols: Hangul and Khmer fillers, the blank Braille cell.
_INVISIBLE = dict.fromkeys((0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))
# Mail programs turn these into links by themselves; only our own links may be links.
_LINKS = re.compile(r"(?i)[a-z][a-z0-9+.-]{0,20}:\s*/{1,2}|\b(?:javascript|data|vbscript|mailto)\s*:|\bwww\.")
# Names every mail program turns into a link, though nobody wrote a scheme: `acme.com/path` is, `Booking.com` may stay.
_PATHS = re.compile(r"(?i)(\b[\w-]+\.[a-z]{2,24})/")


def clean(text: object, limit: int = FACT_LIMIT) -> str:
    """One visible line: no control, bidi or zero-width characters, no self-made links, at most `limit` characters."""
    # No text that is shown needs more than a few times its limit; a megabyte of it must not cost a second.
    spelled = unicodedata.normalize("NFC", str(text)[: limit * 20]).translate(_INVISIBLE)
    kept: list[str] = []
    marks = 0
    for character in spelled:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if category in _REMOVED or marks > MARKS_PER_LETTER:
            continue
        kept.append(" " if category in _SPACES else character)
    line = _PATHS.sub(r"\1 ", _LINKS.sub(" ", "".join(kept)))
    return shorten(" ".join(line.split()), limit)


def shorten(line: str, limit: int) -> str:
    """At most `limit` characters, cut visibly."""
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."


def account_name(name: str | None, account_id: str) -> str:
    """The account's name, or its id when it has none that can be seen."""
    return clean(name or "", NAME_LIMIT) or clean(account_id, NAME_LIMIT)


def money(amount: Decimal) -> str:
    """`$940`, `$96k`, `$3.1M`: three digits say enough."""
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    if size >= 999_500:
        return f"{sign}${_rounded(size / 1_000_000, '0.1')}M"
    if size >= 1_000:
        return f"{sign}${_rounded(size / 1_000)}k"
    return f"{sign}${_rounded(size)}"


def exact_money(amount: Decimal) -> str:
    """`$4,200`: for corrections, where the difference is the point."""
    return f"{'-' if amount < 0 else ''}${_rounded(abs(amount)):,}"


def signed_money(amount: Decimal) -> str:
    """`+$38k`, `-$2k`, `no change`."""
    shown = money(amount)
    if shown in ("$0", "-$0"):
        return "no change"
    return shown if amount < 0 else f"+{shown}"


def _rounded(size: Decimal, step: str = "1") -> Decimal:
    return size.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def percent(probability: float) -> str:
    """`61%`; certainty is never claimed, so the ends are `<1%` and `>99%`."""
    whole = _whole_percent(probability)
    return {0: "<1%", 100: ">99%"}.get(whole, f"{whole}%")


def interval(low: float | None, high: float | None) -> str:
    """` (48-73)`, or nothing when an end is unknown."""
    if low is None or high is None:
        return ""
    return f" ({_whole_percent(low)}-{_whole_percent(high)})"


def _whole_percent(probability: float) -> int:
    return int(_rounded(Decimal(str(probability)) * 100))


def health(score: Decimal | None) -> str:
    """`31`, or `not scored`."""
    return "not scored" if score is None else str(_rounded(score))


def day(value: date) -> str:
    """`Wed 18 Nov`."""
    return f"{value:%a} {value.day} {value:%b}"


def short_day(value: date, near: date) -> str:
    """`21 Dec`; with the year when that is not the year of `near` or the next months make it unclear."""
    shown = f"{value.day} {value:%b}"
    return shown if abs((value - near).days) < 300 else f"{shown} {value.year}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 account`, `2 accounts`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
