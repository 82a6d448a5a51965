"""What corrects or adds to the recurring bills: credit notes, refunds, and charges for a single service."""

import numpy as np
import pandas as pd

from copilot.sandbox.billing import subscription_id
from copilot.sandbox.chance import NEVER
from copilot.sandbox.population import CURRENCIES
from copilot.sandbox.world import Columns, World, chosen, numbered

_CREDIT_SHARE = 0.008  # of paid invoices
_REFUND_SHARE = 0.6  # of credit notes are paid out; the others stay as a balance
_WITHIN_DAYS = 25
_PART = np.array([0.1, 0.25, 1.0])
_ONE_OFF_RATE = 0.0012  # a week
_ONE_OFF_PRICES = np.array([350.0, 900.0, 2400.0])
_ONE_OFF_DUE_DAYS = 14


def credit(world: World, invoices: pd.DataFrame) -> pd.DataFrame:
    """The paid invoices of which a part is given back, with the day, the amount, and whether it is paid out."""
    paid = invoices[invoices["paid"] >= 0]
    keys = (world.population.key[paid["account"]], paid["kind"].to_numpy(), paid["issued"].to_numpy())
    credited = world.chance.uniform("credits", *keys) < _CREDIT_SHARE
    part = _PART[world.chance.integers("credit_part", len(_PART), *keys)]
    frame = paid.assign(
        day=paid["paid"] + 2 + world.chance.integers("credits_on", _WITHIN_DAYS, *keys),
        back=np.round(paid["amount"] * part, 2),
        is_refunded=world.chance.uniform("refunds", *keys) < _REFUND_SHARE,
    )[credited]
    return frame[frame["day"] <= world.end]


def credit_rows(world: World, credits: pd.DataFrame) -> Columns:
    """Negative invoices over the period of the invoice that they correct; settled when they are issued."""
    account, day = credits["account"].to_numpy(), credits["day"].to_numpy()
    keys = (world.population.key[account], credits["kind"].to_numpy(), credits["issued"].to_numpy())
    return {
        "invoice_id": numbered("crn_", *keys),
        "account_id": world.billed_as[account],
        "subscription_id": subscription_id(world, account, credits["kind"].to_numpy()),
        "issued_on": day,
        "due_on": day,
        "paid_on": day,
        "amount": -credits["back"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "status": np.full(len(credits), "paid", dtype=object),
        "period_start_on": credits["issued"].to_numpy(),
        "period_end_on": credits["period_end"].to_numpy(),
        "recorded_at": world.office_hours("credited", day, *keys),
    }


def refund_rows(world: World, credits: pd.DataFrame) -> Columns:
    """Payments back to the customer, on the invoice that was corrected."""
    given = credits[credits["is_refunded"]]
    account = given["account"].to_numpy()
    keys = (world.population.key[account], given["kind"].to_numpy(), given["issued"].to_numpy())
    instant = world.office_hours("refunded", given["day"].to_numpy(), *keys)
    return {
        "payment_id": numbered("ref_", *keys),
        "account_id": world.billed_as[account],
        "invoice_id": numbered("inv_", *keys),
        "attempted_at": instant,
        "status": np.full(len(given), "refunded", dtype=object),
        "amount": -given["back"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "failure_reason": np.full(len(given), None, dtype=object),
        "recorded_at": instant + 60,
    }


def single_charges(world: World) -> pd.DataFrame:
    """Trainings and set-ups: billed once, for no period, and paid some days later."""
    p, chance, mondays = world.population, world.chance, world.life.mondays
    bought = chance.uniform("buys_service", p.key[None, :], mondays[:, None]) < _ONE_OFF_RATE
    row, account = np.nonzero(bought & world.present & (mondays[:, None] >= p.paid_from))
    day = mondays[row] + chance.integers("buys_service_on", 5, p.key[account], mondays[row])
    price = _ONE_OFF_PRICES[chance.integers("service_price", len(_ONE_OFF_PRICES), p.key[account], mondays[row])]
    paid = day + 1 + chance.integers("service_paid_on", _ONE_OFF_DUE_DAYS, p.key[account], mondays[row])
    return pd.DataFrame({"account": account, "issued": day, "paid": paid, "amount": price})


def charge_rows(world: World, charges: pd.DataFrame) -> Columns:
    """Open, then paid; without a subscription and without a period."""
    parts = [charges.assign(day=charges["issued"], order=0), charges.assign(day=charges["paid"], order=1)]
    v = pd.concat(parts, ignore_index=True)
    v = v[v["day"] <= world.end]
    account, is_paid = v["account"].to_numpy(), v["order"].to_numpy() == 1
    keys = (world.population.key[account], v["issued"].to_numpy())
    return {
        "invoice_id": numbered("one_", *keys),
        "account_id": world.billed_as[account],
        "subscription_id": np.full(len(v), None, dtype=object),
        "issued_on": v["issued"].to_numpy(),
        "due_on": v["issued"].to_numpy() + _ONE_OFF_DUE_DAYS,
        "paid_on": np.where(is_paid, v["paid"], NEVER),
        "amount": v["amount"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "status": np.where(is_paid, "paid", "open").astype(object),
        "period_start_on": np.full(len(v), NEVER),
        "period_end_on": np.full(len(v), NEVER),
        "recorded_at": world.office_hours("charged", v["day"].to_numpy(), *keys),
    }


def charge_payment_rows(world: World, charges: pd.DataFrame) -> Columns:
    """One payment each, at the first attempt."""
    paid = charges[charges["paid"] <= world.end]
    account = paid["account"].to_numpy()
    keys = (world.population.key[account], paid["issued"].to_numpy())
    instant = world.office_hours("charged", paid["paid"].to_numpy(), *keys) - 60
    return {
        "payment_id": numbered("one_pay_", *keys),
        "account_id": world.billed_as[account],
        "invoice_id": numbered("one_", *keys),
        "attempted_at": instant,
        "status": np.full(len(paid), "succeeded", dtype=object),
        "amount": paid["amount"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "failure_reason": np.full(len(paid), None, dtype=object),
        "recorded_at": instant + 60,
    }
