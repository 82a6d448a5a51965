"""The company grew out of two: the accounts of each branch are in systems of that branch, from other vendors.

A family of accounts is in one branch, whatever its regions, since no CRM knows the accounts of another. CSMs work for
both and are in both.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from copilot.sandbox.chance import Array
from copilot.sandbox.duplicates import double_id
from copilot.sandbox.population import REGIONS
from copilot.sandbox.world import World

AMERICAS, EUROPE = "americas", "europe"
VENDORS: Mapping[str, tuple[str, ...]] = {
    AMERICAS: ("salesforce", "stripe", "mixpanel", "zendesk"),
    EUROPE: ("hubspot", "chargebee", "amplitude", "intercom"),
}
_AMERICAN = REGIONS.index("AMER")
# The column that says whose a row is; the people who look after accounts belong to nobody.
_OWNER = {"customers": "customer_id", "users": None}


class Branches:
    """Which rows of a table each branch holds."""

    def __init__(self, world: World) -> None:
        self.world = world

    def parts(self, name: str, rows: pa.Table) -> dict[str, pa.Table]:
        """The rows of each branch. Accounts that were given, and not drawn, are American."""
        owner = _OWNER.get(name, "account_id")
        if owner is None:
            return {branch: rows for branch in VENDORS}
        is_european = pc.is_in(rows[owner], value_set=self._european)
        return {AMERICAS: rows.filter(pc.invert(is_european)), EUROPE: rows.filter(is_european)}

    @cached_property
    def _european(self) -> pa.Array:
        """Every name under which a system may know a European account."""
        chosen = ~self._is_american()
        world = self.world
        names = (world.population.account_id, world.billed_as, double_id(world))
        return pa.array(np.unique(np.concatenate([one[chosen] for one in names])), pa.string())

    def _is_american(self) -> Array:
        """(accounts,): by the region of the first account of its family."""
        p = self.world.population
        size = len(p.parent)
        children = np.flatnonzero(p.parent >= 0)
        edges = coo_array((np.ones(len(children)), (children, p.parent[children])), shape=(size, size))
        _, family = connected_components(edges, directed=False)
        _, first = np.unique(family, return_index=True)
        return np.asarray(p.region[first][family] == _AMERICAN)
