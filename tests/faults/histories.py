"""Twenty different histories of HTTP sources: a seed decides the company, its vendor, and when it is read."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors import hubspot, salesforce
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from copilot.sandbox.vendors.zendesk import CSAT_FIELD

START = date(2026, 9, 17)
_USAGE = {"begin": START.isoformat(), "totals_event": TOTALS_EVENT}
# A vendor for each way of reading: pages by time and by token, lists with what is beside them, exports, jobs.
VENDORS: Mapping[str, tuple[str, Mapping[str, str], Sequence[str]]] = {
    "zendesk": ("support", {"csat_field": str(CSAT_FIELD)}, ()),
    "mixpanel": ("usage", _USAGE, ()),
    "stripe": ("billing", {}, ()),
    "intercom": ("support", {}, ()),
    "amplitude": ("usage", {**_USAGE, "hours": "168"}, ()),
    "hubspot": ("crm", hubspot.OPTIONS, ("accounts", "contacts", "opportunities")),
    "chargebee": ("billing", {}, ()),
    "salesforce": ("crm", salesforce.OPTIONS, ("accounts", "contacts", "opportunities")),
}
# Some records are wrong in the source: what is rejected must be neither lost nor doubled.
_WRONG = ("3", "7")


@dataclass
class History:
    """A company, the vendor by which it is read, and the chances of this seed."""

    seed: int
    vendor: str = field(init=False)
    role: str = field(init=False)
    options: Mapping[str, str] = field(init=False)
    tables: Sequence[str] = field(init=False)
    chance: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.vendor = list(VENDORS)[self.seed % len(VENDORS)]
        self.role, self.options, self.tables = VENDORS[self.vendor]
        self.chance = np.random.default_rng(self.seed)

    @property
    def is_spoiled(self) -> bool:
        """Whether the vendor gives records that no gate lets through."""
        return self.vendor in {"zendesk", "mixpanel", "amplitude"}

    def write(self, directory: Path) -> None:
        """The company's files: twenty accounts over two months, with some records that no gate lets through."""
        spec = CompanySpec(
            seed=self.seed, accounts=20, start=START, end=date(2026, 11, 17), fixtures=False, events_scale=0.3
        )
        write_company(spec, directory)
        _spoil_tickets(directory / "support")
        _spoil_events(directory / "usage")

    def instants(self) -> Iterator[datetime]:
        """When the vendor is read: first after some weeks, then every few days."""
        at = datetime(2026, 9, 17, 6, tzinfo=UTC) + timedelta(days=int(self.chance.integers(14, 22)))
        while at < datetime(2026, 11, 18, tzinfo=UTC):
            yield at
            at += timedelta(hours=int(self.chance.integers(20, 52)))


def _spoil_tickets(directory: Path) -> None:
    for path in directory.glob("tickets_*.jsonl.gz"):
        tickets = map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
        told = [one | ({"priority": "whenever"} if one["account_id"].endswith(_WRONG) else {}) for one in tickets]
        path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in told).encode()))


def _spoil_events(directory: Path) -> None:
    for path in directory.glob("usage_events_*.parquet"):
        rows = pyarrow.parquet.read_table(path)
        told = zip(rows["event_id"].to_pylist(), rows["quantity"].to_pylist(), strict=True)
        quantity = [-1 if key.endswith(_WRONG) else quantity for key, quantity in told]
        at = rows.schema.get_field_index("quantity")
        rows = rows.set_column(at, rows.schema.field(at), pa.array(quantity, rows.schema.field(at).type))
        pyarrow.parquet.write_table(rows, path)
