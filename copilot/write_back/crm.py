"""A CRM that can be written, whatever the vendor: what is asked of it, and how it says no."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from copilot.write_back.diff import Answer, Change

UNKNOWN = "the CRM has no record of it"


class NotWritten(RuntimeError):  # noqa: N818 - named for the state of the fields
    """Nothing was written, or no more: the message says why, and what to do. Another try cannot mend it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one record; without a `code` it was written."""

    record_id: str
    code: str = ""
    reason: str = ""


class Crm(Protocol):
    """One company's CRM. It sets fields of records that are there; it makes none and deletes none."""

    @property
    def most(self) -> int:
        """Records of one call."""

    def encoded(self, value: Decimal | str) -> Any:
        """The value as the vendor writes it in JSON."""

    def read(self, account_ids: Iterable[str], fields: Sequence[str]) -> Answer:
        """What stands in the fields of these accounts. Raises SourceFault."""

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Set the fields of at most `most` records, each on its own. Raises SourceFault and NotWritten.

        Asked again when the answer does not come: a field that is set twice to one value is as if it was set once.
        """


def counted(outcomes: Iterable[Outcome]) -> Mapping[str, bool]:
    """By record, whether it was written."""
    return {one.record_id: not one.code for one in outcomes}
