"""What an undo puts back: old values, only where the field still holds what we wrote. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copilot.write_back.diff import Answer, Change
from copilot.write_back.values import same


@dataclass(frozen=True)
class Kept:
    """A field that is left as it is, because somebody changed it since, or because its record is gone."""

    account_id: str
    field: str
    why: str


def undoing(done: Sequence[Change], was_written: Mapping[str, bool], answer: Answer) -> tuple[list[Change], list[Kept]]:
    """The changes back, and what is left alone. A record of which nobody knows whether it was written counts as such.

    `was_written` by record, as far as it is known.
    """
    back: list[Change] = []
    kept: list[Kept] = []
    for change in done:
        if was_written.get(change.record_id) is False:
            continue
        now = answer.standing.get(change.account_id)
        if now is None or now.record_id != change.record_id:
            why = answer.missing.get(change.account_id, "another record has this account now")
            kept += [Kept(change.account_id, name, why) for name in change.new]
            continue
        ours = [name for name, value in change.new.items() if same(now.values[name], value)]
        kept += [
            Kept(change.account_id, name, "somebody changed it since")
            for name, value in change.old.items()
            if name not in ours and not same(now.values[name], value)
        ]
        if ours:
            old, new = ({name: one[name] for name in ours} for one in (now.values, change.old))
            back.append(Change(change.account_id, change.record_id, old, new))
    return back, kept
