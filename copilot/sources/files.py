"""Which files a source has for each table: a path pattern with `{table}`, globs and `{csv,parquet}` alternatives."""

import glob
import hashlib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

from copilot.sources.canonical import BY_NAME, Table
from copilot.sources.config import FileSource, resolve_pattern

FileFormat = Literal["csv", "jsonl", "parquet"]
SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".parquet": "parquet",
}
_WILD = re.compile(r"[*?\[{]")


class UnreadableFile(ValueError):  # noqa: N818 - named for the state of the file
    """A whole file cannot be taken in; the message says why and what to do. Nothing of it is landed."""


class ChangedWhileRead(UnreadableFile):
    """Somebody is still writing the file: another try will find it whole."""


class Stamp(NamedTuple):
    """Size in bytes, and the time of the last write in nanoseconds since 1970."""

    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class FoundFile:
    """One file of one table. `name` is its path below the pattern's fixed directory, the same on every machine."""

    path: Path
    name: str

    @property
    def format(self) -> FileFormat:
        """How it is written, by its suffix. Raises UnreadableFile for a suffix that we do not know."""
        for suffix, known in SUFFIXES.items():
            if self.path.name.lower().endswith(suffix):
                return known
        raise UnreadableFile(f"unknown kind of file: the name must end in {', '.join(SUFFIXES)}")

    def open(self) -> BinaryIO:
        """The content as bytes, decompressed when the name ends in .gz."""
        import pyarrow as pa

        opened = pa.OSFile(str(self.path), "rb")
        if self.path.name.lower().endswith(".gz"):
            opened = pa.CompressedInputStream(opened, "gzip")
        return cast(BinaryIO, opened)

    def stamp(self) -> Stamp:
        """What tells, without reading it, that the file has not been written since."""
        found = self.path.stat()
        return Stamp(found.st_size, found.st_mtime_ns)

    def sha256(self) -> str:
        """The hash, in hex, of the file as it lies there."""
        with self.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()


def find_files(source: FileSource, sources_file: Path) -> dict[str, list[FoundFile]]:
    """The files of every table that the source gives, by name; a table without a file has an empty list.

    A file that fits two tables (stems `usage` and `usage_daily`) belongs to the longer stem.
    """
    if not source.path:
        return {name: [] for name in source.given}
    pattern = resolve_pattern(source, sources_file)
    base = _fixed_directory(pattern)
    stems = {name: _stem(source, BY_NAME[name]) for name in source.given}
    taken: set[str] = set()
    found: dict[str, list[FoundFile]] = {name: [] for name in stems}
    for name in sorted(stems, key=lambda name: (-len(stems[name]), name)):
        patterns = _alternatives(pattern.replace("{table}", glob.escape(stems[name])))
        paths = {path for one in patterns for path in glob.glob(one)}  # noqa: PTH207 - absolute patterns
        mine = sorted(path for path in paths - taken if Path(path).is_file())
        taken.update(mine)
        found[name] = [FoundFile(Path(path), str(Path(path).relative_to(base))) for path in mine]
    return found


def _stem(source: FileSource, table: Table) -> str:
    mapping = source.mapping(table)
    return mapping.file if mapping and mapping.file else table.name


def _fixed_directory(pattern: str) -> Path:
    parts = Path(pattern).parts
    fixed = list(itertools.takewhile(lambda part: not _WILD.search(part), parts))
    return Path(*(fixed[:-1] if len(fixed) == len(parts) else fixed))


def _alternatives(pattern: str) -> list[str]:
    """`a.{csv,parquet}` as `a.csv` and `a.parquet`; several groups multiply."""
    pieces = re.split(r"\{([^{}]*)\}", pattern)
    choices = [piece.split(",") if at % 2 else [piece] for at, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in itertools.product(*choices)]
