"""The billing system's own list of customers: some carry the CRM's id, some only a domain, some only a name."""

import numpy as np

from copilot.sandbox import words
from copilot.sandbox.world import Columns, World, only_where

_HAS_CRM_ID = 0.6
_HAS_DOMAIN = 0.85  # of the others


def customer_rows(world: World) -> Columns:
    """One row per account that billing knows under a name of its own, entered before anything else about it."""
    p, chance = world.population, world.chance
    account = np.flatnonzero(world.has_own_customer & (np.maximum(p.created, world.start) <= world.end))
    key = p.key[account]
    has_id = chance.uniform("customer_id_given", key) < _HAS_CRM_ID
    has_domain = has_id | (chance.uniform("customer_domain", key) < _HAS_DOMAIN)
    domains = np.array([words.domain(p.name[k], int(p.key[k])) for k in account], dtype=object)
    return {
        "customer_id": world.billed_as[account],
        "account_id": only_where(has_id, p.account_id[account]),
        "name": p.name[account],
        "domain": only_where(has_domain, domains),
        "created_on": p.created[account],
        "recorded_at": world.office_hours("customer_at", np.maximum(p.created[account], world.start), key) - 2 * 3600,
    }
