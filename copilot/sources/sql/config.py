"""What a sources file says of tables that are landed already: names only, never a statement."""

from typing import Annotated, Literal

from pydantic import Field

from config.checked import Strict
from copilot.sources.canonical import BY_NAME, SourceRole, Table
from copilot.sources.mapping import ColumnMapping, ConnectionName, Name
from copilot.sources.webhooks.declared import Webhook


class SqlTable(ColumnMapping):
    """Where one canonical table is: `relation` is `schema.table` (or a view), quoted when it is asked.

    `cursor` is the column whose time moves whenever a row is written; without one everything is read each time.
    """

    relation: Annotated[str, Field(pattern=r"^[^.]+\..+$")]
    cursor: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Schema and table; what follows the first dot is the table's name, dots and all."""
        schema, _, name = self.relation.partition(".")
        return schema, name


class SqlSource(Strict):
    """Tables of one database, read over the Airflow connection of that name.

    `lag_hours` is re-read before the last cursor: a loader stamps a row when it reads it and commits when its load is
    done, so the lag has to be longer than any load. After `full_every_days` everything is read, for what was deleted.
    """

    name: Name
    type: Literal["sql"]
    connection: ConnectionName
    webhook: Webhook | None = None
    role: SourceRole | None = None
    tables: dict[str, SqlTable] = Field(min_length=1)
    lag_hours: float = Field(default=6, gt=0, le=30 * 24)
    full_every_days: float = Field(default=7, gt=0)
    deadline_minutes: float = Field(default=60, gt=0, le=12 * 60)

    def role_of(self, table: Table) -> SourceRole:
        """The role under which the table is taken in: the source's own, else the table's."""
        return self.role or table.role

    @property
    def given(self) -> tuple[str, ...]:
        """The canonical tables that it gives."""
        return tuple(self.tables)

    def tables_for(self, role: str) -> list[Table]:
        """The canonical tables to take in for that role, in canonical order."""
        return [t for t in BY_NAME.values() if t.name in self.tables and self.role_of(t) == role]

    def told(self, table: str) -> str:
        """What is read of one table and when, in a sentence."""
        one = self.tables[table]
        changed = (
            f"what changed by {one.cursor}, from {self.lag_hours:g} hours before the last reading" if one.cursor else ""
        )
        whole = f"everything every {self.full_every_days:g} days" if one.cursor else "everything each time"
        return f"{table} from {one.relation}: {', '.join(part for part in (changed, whole) if part)}"
