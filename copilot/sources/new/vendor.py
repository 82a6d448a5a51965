"""The vendor to be: what it is called everywhere, and which canonical table its first stream gives."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.settings import ConfigError
from copilot.sources.canonical import BY_NAME, SourceRole, Table
from copilot.sources.config import TYPES, did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
# What a role is worth least without; more tables are more streams, written by hand after the first.
_FIRST_TABLE: Mapping[str, str] = {
    "crm": "accounts",
    "billing": "subscriptions",
    "usage": "usage_events",
    "support": "tickets",
}


@dataclass(frozen=True)
class NewVendor:
    """A name that is free, and the role for which the vendor is read."""

    name: str
    role: SourceRole

    @property
    def table(self) -> Table:
        """The canonical table of the first stream."""
        return BY_NAME[_FIRST_TABLE[self.role]]

    @property
    def constant(self) -> str:
        """The connector's name in Python."""
        return self.name.upper()

    @property
    def kind(self) -> str:
        """The fake vendor's class."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def files(self) -> Mapping[str, Path]:
        """Template -> the file that is made of it, below the project's directory."""
        return {
            "connector": Path(f"copilot/sources/connectors/{self.name}.py"),
            "vendor": Path(f"copilot/sandbox/vendors/{self.name}.py"),
            "contract": Path(f"tests/unit/sources/connectors/test_{self.name}.py"),
            "landing": Path(f"tests/integration/landing/test_{self.name}_vendor.py"),
        }


def new_vendor(name: str, role: str, root: Path) -> NewVendor:
    """The checked vendor. Raises ConfigError for a name or role that cannot be, or files that are there already."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConfigError(
            f"{name!r} cannot be a vendor's name: lower-case letters, digits and single underscores, a letter first,"
            f" {_LONGEST} characters at most, for example help_scout"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise ConfigError(f"{name} is a word of Python: call the vendor {name}_crm or the like")
    if name in TYPES:
        raise ConfigError(f"there is a source type {name} already: see docs/vendors.md, or choose another name")
    if role not in _FIRST_TABLE:
        raise ConfigError(f"there is no role {role}: {did_you_mean(role, list(_FIRST_TABLE))}")
    found = NewVendor(name, role)  # type: ignore[arg-type]
    taken = [str(path) for path in found.files.values() if (root / path).exists()]
    if taken:
        raise ConfigError(f"{taken[0]} is there already: nothing was written; choose another name or move it away")
    return found
