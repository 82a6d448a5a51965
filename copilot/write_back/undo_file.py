"""The undo file: on disk before the first write, and after each batch what became of it.

Lines of JSON. The first says to which CRM it belongs; then one per record and field with the old and the new value, and
later one per record that says whether it was written. Readable by this user only: it holds the company's values.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from config.settings import ConfigError, var_dir
from copilot.write_back.diff import Change


@dataclass(frozen=True)
class Header:
    """Which run of which day wrote into which CRM, through which connection, found at which address."""

    run: str
    as_of: str
    source: str
    type: str
    connection: str
    host: str

    @property
    def path(self) -> Path:
        """Where its file is."""
        return var_dir() / "write_back" / f"{self.as_of}-{self.run}.jsonl"


@dataclass(frozen=True)
class Done:
    """What an undo file says: what was to be written, and by record whether it was, where that is known."""

    header: Header
    changes: Sequence[Change]
    was_written: Mapping[str, bool] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day whose values were written."""
        return date.fromisoformat(self.header.as_of)


class UndoFile:
    """A new file with everything that is about to be written; it exists, whole and on disk, once this returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begin(cls, header: Header, changes: Iterable[Change]) -> Self:
        """Raises FileExistsError rather than write over another run's."""
        path = header.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        lines: list[Mapping[str, Any]] = [asdict(header)]
        for change in changes:
            who = {"record": change.record_id, "account": change.account_id}
            lines += [{**who, "field": name, "old": change.old[name], "new": new} for name, new in change.new.items()]
        _append(path, lines, os.O_CREAT | os.O_EXCL)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return cls(path)

    def tell(self, was_written: Mapping[str, bool]) -> None:
        """What became of a batch, by record."""
        _append(self.path, [{"record": record, "written": was} for record, was in was_written.items()])


def _append(path: Path, lines: Iterable[Mapping[str, Any]], how: int = 0) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def read_undo_file(path: Path) -> Done:
    """What the file says. Raises ConfigError naming the line that is not one of ours.

    Half a last line is what a killed run leaves: what became of that batch is not known.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        header, *rest = (json.loads(line) for line in lines)
        return _done(Header(**header), rest)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: this is no undo file of a write-back ({type(error).__name__})") from None


def _done(header: Header, lines: Iterable[Mapping[str, Any]]) -> Done:
    found: dict[str, Change] = {}
    was_written: dict[str, bool] = {}
    for line in lines:
        record = str(line["record"])
        if "written" in line:
            was_written[record] = bool(line["written"])
            continue
        known = found.get(record) or Change(str(line["account"]), record, {}, {})
        old, new = {**known.old, line["field"]: line["old"]}, {**known.new, line["field"]: line["new"]}
        found[record] = Change(known.account_id, record, old, new)
    return Done(header, list(found.values()), was_written)
