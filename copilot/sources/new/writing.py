"""Everything that a new vendor consists of, worked out before the first file is touched, then written."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from textwrap import shorten

from copilot.sources.canonical import Column
from copilot.sources.new.registrations import registered
from copilot.sources.new.vendor import NewVendor

_TEMPLATES = Path(__file__).parent / "templates"
_LINE_CHARACTERS = 120


def write(vendor: NewVendor, root: Path) -> tuple[list[Path], list[Path]]:
    """(files made, files that got lines) below the project's directory.

    Raises FileExistsError for a file that is there, ConfigError for one that has no place for a line.
    """
    known = registered(vendor, root)
    made = dict(_files(vendor))
    for path, text in made.items():
        with (root / path).open("x", encoding="utf-8") as file:
            file.write(text)
    for path, text in known.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(made), list(known)


def _files(vendor: NewVendor) -> Iterator[tuple[Path, str]]:
    words = _words(vendor)
    for template, path in vendor.files.items():
        text = (_TEMPLATES / f"{template}.py.tmpl").read_text(encoding="utf-8")
        yield path, Template(text).substitute(words)


def _words(vendor: NewVendor) -> Mapping[str, str]:
    table = vendor.table
    others = [column for column in table.columns if column.name not in table.key]
    return {
        "name": vendor.name,
        "constant": vendor.constant,
        "kind": vendor.kind,
        "role": vendor.role,
        "table": table.name,
        "key": table.key[0],
        "needed": "".join(_to_fill(column) for column in others if column.name in table.required),
        "others": "".join(_to_fill(column) for column in others if column.name not in table.required),
    }


def _to_fill(column: Column) -> str:
    """The line of one canonical column, with what it means."""
    line = f'        "{column.name}": None,  # '
    said = f"{column.meaning}: {', '.join(column.choices)}" if column.choices else column.meaning
    return f"\n{line}{shorten(said, _LINE_CHARACTERS - len(line), placeholder=' …')}"
