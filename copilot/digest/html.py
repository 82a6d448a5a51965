"""The digest as html: one column, inline css, no image, no script, nothing fetched; every value is escaped. Pure."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from copilot.digest.page import Page
from copilot.digest.text import at_risk_line, book_line, change_line, figures

# Light and dark colours by role; text on its own background keeps a contrast of at least 4.5:1 in both (tested).
LIGHT = {
    "page": "#f3f4f6", "card": "#ffffff", "line": "#d1d5db", "ink": "#111827", "soft": "#4b5563", "link": "#1d4ed8",
    "critical": "#b91c1c", "high": "#c2410c", "calm": "#4b5563", "good": "#15803d", "note": "#fef3c7",
    "note_ink": "#78350f", "button": "#eff6ff",
}  # fmt: skip
DARK = {
    "page": "#111317", "card": "#1b1e24", "line": "#3a404b", "ink": "#f3f4f6", "soft": "#b6bdc9", "link": "#93c5fd",
    "critical": "#fca5a5", "high": "#fdba74", "calm": "#b6bdc9", "good": "#86efac", "note": "#3b2f0b",
    "note_ink": "#fde68a", "button": "#1e2a44",
}  # fmt: skip
BAND_COLOURS = {"CRITICAL RISK": "critical", "HIGH RISK": "high"}
MARK_COLOURS = {
    "new risk": "high", "down": "high", "notice": "critical", "left": "critical", "up": "good", "recovered": "good",
    "renewed": "good", "critical": "critical", "high": "high",
}  # fmt: skip


def render_html(page: Page) -> str:
    """The html part, below 100 KB for any page of at most twelve items."""
    return _environment().get_template("digest.html.j2").render(page=page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("copilot.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared: dict[str, Any] = {
        "light": LIGHT, "dark": DARK, "bands": BAND_COLOURS, "marks": MARK_COLOURS, "figures": figures,
        "book": book_line, "risk": at_risk_line, "change": change_line,
    }  # fmt: skip
    environment.globals.update(shared)
    return environment
