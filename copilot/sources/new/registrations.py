"""The lines by which the project knows a vendor, each put where its sisters stand: in their order if they have one."""

import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from config.settings import ConfigError
from copilot.sources.new.vendor import NewVendor


@dataclass(frozen=True)
class Registration:
    """A line of a file; its sisters are the lines that match `sisters`, one after another."""

    file: Path
    line: str
    sisters: str


def registrations(vendor: NewVendor) -> Iterator[Registration]:
    """Catalogue, connectors, the fake vendors' server, and the page for those who connect it."""
    name, table = vendor.name, vendor.table.name
    catalogue = Path("copilot/sources/catalogue.py")
    yield Registration(catalogue, f'    "{name}",', r'    "\w+",')
    yield Registration(catalogue, f'    "{name}": ("{table}",),', r'    "\w+": .+,')
    connectors = Path("copilot/sources/connectors/__init__.py")
    package = "copilot.sources.connectors"
    yield Registration(
        connectors, f"from {package}.{name} import {vendor.constant}", rf"from {re.escape(package)}\.\w+ import .+"
    )
    yield Registration(connectors, f'    "{name}": {vendor.constant},', r'    "\w+": \w+,')
    server = Path("copilot/sandbox/vendors/server.py")
    package = "copilot.sandbox.vendors"
    yield Registration(
        server, f"from {package}.{name} import {vendor.kind}", rf"from {re.escape(package)}\.\w+ import .+"
    )
    yield Registration(
        server,
        f'        "{name}": ({vendor.kind}(home("{name}"), now).routes(), f"Bearer {{key}}", _stranger),',
        r'        "\w+": \(.+\(home\("\w+"\), now\)\.routes\(\), .+\),',
    )
    page = Path("docs/vendors.md")
    yield Registration(page, f"| `{name}` | {table} | FILL IN | FILL IN |", r"\| `\w+` \| [^|]+ \| [^|]+ \| [^|]+ \|")


def registered(vendor: NewVendor, root: Path) -> Mapping[Path, str]:
    """Every file that has to know the vendor, as it is to be. Raises ConfigError where no sister is found."""
    found: dict[Path, str] = {}
    for one in registrations(vendor):
        text = found.get(one.file) or (root / one.file).read_text(encoding="utf-8")
        found[one.file] = _with_line(one, text)
    return found


def _with_line(one: Registration, text: str) -> str:
    lines = text.split("\n")
    sister = re.compile(one.sisters)
    first = next((at for at, line in enumerate(lines) if sister.fullmatch(line)), None)
    if first is None:
        raise ConfigError(f"{one.file}: no line looks like {one.line.strip()}: nothing was written; add it by hand")
    sisters = list(takewhile(sister.fullmatch, lines[first:]))
    at = first + (bisect(sisters, one.line) if sisters == sorted(sisters) else len(sisters))
    return "\n".join([*lines[:at], one.line, *lines[at:]])
