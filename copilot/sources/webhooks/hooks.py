"""Which sources take pushed events: those with `webhook:` in a sources file that this server is told of."""

import os
from dataclasses import dataclass
from pathlib import Path

from config.run import DEFAULT_SOURCES
from copilot.sources.config import Source, load_sources
from copilot.sources.webhooks.declared import Webhook

# Sources files whose webhooks are open, with `:` between them; without it the company's own file.
VARIABLE = "COPILOT_HOOK_SOURCES"


@dataclass(frozen=True)
class Hook:
    """One source that takes events, the company's warehouse, and the file that says so."""

    company: str
    source: Source
    webhook: Webhook
    file: Path


def hook_of(company: str, source: str) -> Hook | None:
    """The hook of that address; None where nobody takes events. Raises ConfigError for a wrong sources file."""
    for file in _files():
        loaded = load_sources(file)
        found = next((one for one in loaded.sources if one.name == source), None)
        if loaded.warehouse == company and found is not None and found.webhook is not None:
            return Hook(company, found, found.webhook, file)
    return None


def _files() -> list[Path]:
    given = os.environ.get(VARIABLE)
    return [Path(path) for path in given.split(os.pathsep)] if given else [DEFAULT_SOURCES]
