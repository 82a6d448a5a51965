"""Colours and type of every board, light and dark. A risk level has one colour everywhere: `LABEL_COLORS`."""

from typing import Any
from urllib.parse import quote

RED, ORANGE, AMBER, GREEN, GREY, BLUE = "#C8323C", "#E8772E", "#E9B824", "#2F9E6E", "#98A2B3", "#2F6FB3"

LABEL_COLORS = {
    "Critical": RED,
    "High": ORANGE,
    "Medium": AMBER,
    "Low": GREEN,
    "Unknown": GREY,
    "Healthy": GREEN,
    "Watch": AMBER,
    "At risk": ORANGE,
    "Not scored": GREY,
    "Raised": ORANGE,
    "Resolved": GREEN,
    "Pass": GREEN,
    "Degraded": AMBER,
    "Warnings": AMBER,
    "Failures": RED,
}
SCHEME = "copilotCategories"
SEQUENTIAL_SCHEME = "copilotRisk"


def scheme() -> dict[str, Any]:
    """The categorical scheme for what has no fixed colour."""
    colors = [BLUE, "#5BA4CF", "#6C5FB0", "#2A9D8F", ORANGE, AMBER, "#8D6A9F", "#4F6D7A", GREEN, RED]
    return {"id": SCHEME, "description": "", "label": "Copilot categories", "isDefault": True, "colors": colors}


def sequential_scheme() -> dict[str, Any]:
    """Pale to red, for heat maps of money at risk."""
    colors = ["#FFF4E8", "#FDD9B5", "#F9B27C", "#EF8350", "#DB5340", RED]
    return {
        "id": SEQUENTIAL_SCHEME,
        "description": "",
        "label": "Copilot risk",
        "isDefault": False,
        "isDiverging": False,
        "colors": colors,
    }


def _logo(ink: str) -> str:
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='252' height='32' viewBox='0 0 252 32'>"
        f"<circle cx='16' cy='16' r='11' fill='none' stroke='{BLUE}' stroke-width='4'/>"
        f"<path d='M16 16 L22 9' stroke='{ORANGE}' stroke-width='4' stroke-linecap='round'/>"
        f"<text x='37' y='21.5' font-family='Inter,Helvetica,Arial,sans-serif' font-size='16.5' font-weight='600' "
        f"textLength='205' lengthAdjust='spacingAndGlyphs' fill='{ink}'>Customer Success Copilot</text></svg>"
    )
    return "data:image/svg+xml," + quote(picture)


SPINNER = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40' viewBox='0 0 40 40'>"
    f"<circle cx='20' cy='20' r='15' fill='none' stroke='{BLUE}' stroke-width='4' stroke-dasharray='60 40' "
    "stroke-linecap='round'><animateTransform attributeName='transform' type='rotate' from='0 20 20' to='360 20 20' "
    "dur='0.9s' repeatCount='indefinite'/></circle></svg>"
)

# Superset replaces its own dictionary by this one, so every token that its pages read must be here.
_TOKENS: dict[str, Any] = {
    "brandAppName": "Customer Success Copilot",
    "brandLogoAlt": "Customer Success Copilot",
    "brandLogoUrl": _logo("#1B2733"),
    "brandLogoMargin": "12px 0",
    "brandLogoHref": "/",
    "brandLogoHeight": "28px",
    "brandSpinnerUrl": None,
    "brandSpinnerSvg": SPINNER,
    "brandIconMaxWidth": 252,
    "colorPrimary": BLUE,
    "colorLink": BLUE,
    "colorError": RED,
    "colorWarning": AMBER,
    "colorSuccess": GREEN,
    "colorInfo": "#5BA4CF",
    "fontUrls": [],
    "fontFamily": "Inter, Helvetica, Arial, sans-serif",
    "fontFamilyCode": "'IBM Plex Mono', 'Courier New', monospace",
    "transitionTiming": 0.3,
    "fontSizeXS": "8",
    "fontSizeXXL": "28",
    "fontWeightNormal": "400",
    "fontWeightLight": "300",
    "fontWeightStrong": "500",
    "fontWeightBold": "700",
    "colorEditorSelection": "#fff5cf",
}
LIGHT: dict[str, Any] = {"token": _TOKENS, "algorithm": "default"}
DARK: dict[str, Any] = {
    "token": {
        **_TOKENS,
        "brandLogoUrl": _logo("#E6EAEF"),
        "colorPrimary": "#5BA4CF",
        "colorLink": "#7DB9DE",
        "colorEditorSelection": "#5c4d1a",
    },
    "algorithm": "dark",
}
