"""What can go wrong with any stream: what passes is mended by the same reading, what lasts is refused by it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from copilot.sandbox.vendors.edits import fields, records
from copilot.sandbox.vendors.faults import Fault, Kind
from tests.faults.endless import FOR_EVER, empty_for_ever, same_for_ever
from tests.faults.estate import EXPORTS, KINDS

ALL = tuple(KINDS)
PAGED = tuple(vendor for vendor in ALL if vendor not in EXPORTS)
# Ninety seconds after the vendors' clock.
SOON = format_datetime(datetime(2026, 11, 18, 6, 1, 30, tzinfo=UTC), usegmt=True)


@dataclass(frozen=True)
class Case:
    """A fault that `script` puts into every stream of a vendor; `says` is part of what is said when it lasts."""

    name: str
    script: Callable[[str], Sequence[Fault]]
    vendors: Sequence[str] = ALL
    says: str = ""


def _once(name: str, kind: Kind, vendors: Sequence[str] = ALL, **given: Any) -> Case:
    return Case(name, lambda vendor: KINDS[vendor].faults(kind, **given), vendors)


def _always(name: str, says: str, kind: Kind, vendors: Sequence[str] = ALL, **given: Any) -> Case:
    return Case(name, lambda vendor: KINDS[vendor].faults(kind, times=FOR_EVER, **given), vendors, says)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _busy(retry_after: str) -> dict[str, Any]:
    return {"status": 429, "headers": (("Retry-After", retry_after),)}


PASSING = (
    _once("F12 busy, and says for how long", "status", **_busy("7")),
    _once("F12 busy, and says until when", "status", **_busy(SOON)),
    _once("F12 busy, and says nothing", "status", status=429),
    _once("F13 broken (500)", "status", status=500),
    _once("F13 a gateway that reaches nobody (502)", "status", status=502),
    _once("F13 the line goes dead", "reset"),
    # Each takes real seconds, and the session is the same for all.
    _once("F13 silence", "silent", ("intercom", "zendesk")),
    _once("F14 half an answer", "half"),
    _once("F14 half a page, sent as a whole one", "changed", PAGED, change=_half),
    _once("F16 an expired token", "expired", ("hubspot", "salesforce")),
    _once("F17 every record twice", "changed", change=records(lambda page: [*page, *page])),
    _once("F18 a page in reverse", "changed", change=records(lambda page: page[::-1])),
    _once("F21 a new field", "changed", change=records(lambda page: [{**one, "brand_new": [1]} for one in page])),
)
LASTING = (
    _always("F12 a ban for a day", "asks to wait 86400 s", "status", **_busy("86400")),
    _always("F13 broken for good", "gave no answer in 6 tries", "status", status=500),
    _always(
        "F14 a web page instead of data",
        "web page instead of data",
        "status",
        status=200,
        body=b"<html>Sign in</html>",
        headers=(("Content-Type", "text/html"),),
    ),
    _always("F14 a page without its list", "the vendor gave", "changed", PAGED, change=lambda _: b'{"ok": true}'),
    _always("F14 half a file, sent as a whole one", "is not whole", "changed", EXPORTS, change=_half),
    _always(
        "F14 fewer records than declared",
        "says that there are 900 records and gave",
        "changed",
        ("salesforce", "intercom"),
        change=fields(totalSize=900, total_count=900),
    ),
    Case("F15 the same page for ever", same_for_ever, PAGED),
    Case("F15 empty pages for ever", empty_for_ever, PAGED),
    _always("F16 no permission (403)", "with 403", "status", status=403),
)
