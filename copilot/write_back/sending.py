"""Changes on their way into a CRM, batch by batch: read again, set, written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.kill_point import kill_point
from copilot.warehouse import write_back_book as book
from copilot.warehouse.connect import Connection
from copilot.write_back.crm import Crm, Outcome, counted
from copilot.write_back.diff import Change, batches, untouched
from copilot.write_back.undo_file import UndoFile


@dataclass
class Tally:
    """What became of the records so far."""

    written: int = 0
    rejected: int = 0
    overtaken: int = 0


@dataclass(frozen=True)
class Sending:
    """One run of one CRM. The undo file holds every change before the first is sent."""

    crm: Crm
    connection: Connection
    entry: book.Entry
    file: UndoFile

    def send(self, changes: Sequence[Change]) -> Tally:
        """Send them all; what the vendor refuses is kept in quarantine and the others go on.

        A record that no longer holds what it held is left to the next run. Between that look and the write there are
        some milliseconds in which a person could still be overtaken: neither vendor can be asked to look itself.
        Raises SourceFault and NotWritten.
        """
        tally = Tally()
        for batch in batches(changes, self.crm.most):
            fields = sorted({name for change in batch for name in change.new})
            still, overtaken = untouched(batch, self.crm.read([change.account_id for change in batch], fields))
            outcomes = self.crm.write(still) if still else []
            kill_point("write_back.after_a_batch")
            self.file.tell({**counted(outcomes), **{change.record_id: False for change in overtaken}})
            rejects = self._keep(still, outcomes)
            n_written = len(outcomes) - rejects
            book.count(self.connection, self.entry.run, n_written, rejects, len(overtaken))
            tally.written += n_written
            tally.rejected += rejects
            tally.overtaken += len(overtaken)
        return tally

    def _keep(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> int:
        """Put what was refused into quarantine; returns how many."""
        told = {one.record_id: one for one in outcomes}
        rejects = [
            book.Reject(change.account_id, change.record_id, sorted(change.new), said.code, said.reason)
            for change in changes
            if (said := told[change.record_id]).code
        ]
        book.reject(self.connection, self.entry, rejects)
        return len(rejects)
