"""What the company's billing system holds at an instant, however its vendor calls it: contracts, bills, payments.

A company that moved its contracts to this vendor on the first day of its files: what began before was entered then,
with a bill of nothing that names the price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from copilot.sandbox.vendors.shelf import Held, Shelf, Version

_MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}
_CENT = Decimal("0.01")
# Prices are kept to this part of a cent, so that a rounded amount a month comes back from seats and discount.
_FINE = Decimal("0.00000001")


@dataclass(frozen=True)
class Customer:
    """Whom the vendor bills: `account_id` is the CRM's, where the company entered it."""

    key: str
    account_id: str | None
    name: str
    domain: str | None
    created_at: datetime


@dataclass(frozen=True)
class Tariff:
    """What a billing period costs: `each` a seat before the discount (a ratio), for so many months."""

    plan: str
    seats: int
    each: Decimal
    discount: Decimal
    months: int
    currency: str


@dataclass(frozen=True)
class Bill:
    """An invoice: recurring with a tariff and a period, or a single charge. Instants are None until they come.

    `contract` is what was agreed when it was issued, None where it is of no contract.
    """

    key: str
    customer: str
    subscription: str | None
    issued_at: datetime
    due_on: date
    amount: Decimal
    currency: str
    tariff: Tariff | None
    period: tuple[date, date] | None
    paid_at: datetime | None
    void_at: datetime | None
    contract: Version | None

    @property
    def changed_at(self) -> datetime:
        """The newest of its instants."""
        return max(at for at in (self.issued_at, self.paid_at, self.void_at) if at)


def tariff(held: Held) -> Tariff:
    """The price that a contract has. In a free month it costs what it did before, and all of that is taken off."""
    now = held.now
    priced = next((one for one in reversed(held.versions) if _discount(one) < 1), None)
    each = _each(priced) if priced else Decimal(0)
    return Tariff(now["plan"], _seats(now), each, _discount(now), _MONTHS[now["billing_period"]], now["currency"])


def _each(version: Version) -> Decimal:
    """What a seat costs a billing period before the discount."""
    net = Decimal(str(version["mrr"])) * _MONTHS[version["billing_period"]]
    return (net / (1 - _discount(version)) / _seats(version)).quantize(_FINE)


def _discount(version: Version) -> Decimal:
    return Decimal(str(version["discount_ratio"] or 0))


def _seats(version: Version) -> int:
    return max(version["seats"] or 1, 1)


class Book:
    """The billing system of the company whose files are in the directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        names = ("customers", "subscriptions", "invoices", "payments", "churn_events", "accounts")
        self._shelves = {name: Shelf(directory, name) for name in names}

    @cached_property
    def subscriptions(self) -> Mapping[str, Held]:
        """Every contract with its versions."""
        return self._shelves["subscriptions"].records

    @cached_property
    def customers(self) -> Mapping[str, Customer]:
        """Whoever has a contract, by the name under which it is billed."""
        first: dict[str, datetime] = {}
        for held in self.subscriptions.values():
            billed_as = str(held.now["account_id"])
            first[billed_as] = min(first.get(billed_as, held.created_at), held.created_at)
        return {key: self._customer(key, at) for key, at in first.items()}

    def _customer(self, key: str, first_contract: datetime) -> Customer:
        own = self._shelves["customers"].records.get(key)
        if own is not None:
            now = own.now
            return Customer(key, now["account_id"], now["name"], now["domain"], min(own.created_at, first_contract))
        account = self._shelves["accounts"].records[key].now
        return Customer(key, key, account["name"], account["domain"], first_contract - timedelta(minutes=1))

    @cached_property
    def bills(self) -> Sequence[Bill]:
        """Every invoice but credit notes, and a bill of nothing for a contract that began without a priced one."""
        invoices = self._shelves["invoices"].records.items()
        issued = [self._bill(key, held) for key, held in invoices if held.now["amount"] >= 0]
        priced = {(bill.subscription, bill.issued_at.date()) for bill in issued if bill.tariff}
        entered = [
            _opening(key, held)
            for key, held in self.subscriptions.items()
            if not held.versions[0]["is_trial"] and (key, held.created_at.date()) not in priced
        ]
        return [*issued, *entered]

    @cached_property
    def credits(self) -> Mapping[str, Held]:
        """Credit notes."""
        return {key: held for key, held in self._shelves["invoices"].records.items() if held.now["amount"] < 0}

    @cached_property
    def payments(self) -> Mapping[str, Held]:
        """Attempts to collect, and refunds."""
        return self._shelves["payments"].records

    @cached_property
    def farewells(self) -> Mapping[tuple[str, date], Version]:
        """What was said at a departure, by the name under which it was billed and its day."""
        departures = (held.now for held in self._shelves["churn_events"].records.values())
        return {(str(now["account_id"]), now["churned_on"]): now for now in departures}

    def _bill(self, key: str, held: Held) -> Bill:
        stage = {version["status"]: version["recorded_at"] for version in held.versions}
        now = held.now
        contract = self.subscriptions.get(str(now["subscription_id"]))
        recurs = contract is not None and now["period_start_on"] is not None
        in_force = contract.by(held.created_at) or contract.first if contract else None
        # A contract that was entered late is billed then, and the money that had come before counts from then on.
        issued = max(held.created_at, contract.created_at) if contract else held.created_at
        return Bill(
            key=key,
            customer=str(now["account_id"]),
            subscription=now["subscription_id"],
            issued_at=issued,
            due_on=now["due_on"],
            amount=Decimal(str(now["amount"])).quantize(_CENT),
            currency=now["currency"],
            tariff=_tariff_of(in_force, now) if in_force and recurs else None,
            period=(now["period_start_on"], now["period_end_on"]) if recurs else None,
            paid_at=max(stage["paid"], issued) if "paid" in stage else None,
            void_at=max(stage["void"], issued) if "void" in stage else None,
            contract=in_force.now if in_force else None,
        )


def _opening(key: str, held: Held) -> Bill:
    first, at = held.versions[0], held.created_at
    day = at.date()
    return Bill(
        f"open_{key}", str(first["account_id"]), key, at, day, Decimal(0), first["currency"], tariff(held.first),
        (day, day + timedelta(days=1)), at, None, first,
    )  # fmt: skip


def _tariff_of(in_force: Held, invoice: Mapping[str, Any]) -> Tariff:
    """The tariff of the version in force, at the price that was in fact billed."""
    billed = {**in_force.now, "mrr": Decimal(str(invoice["amount"])) / _MONTHS[in_force.now["billing_period"]]}
    return tariff(Held([billed]))
