"""Chargebee's resources as they were at an instant, field for field as the API reference has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from copilot.sandbox.vendors.answers import cents, midnight, number_of, seconds
from copilot.sandbox.vendors.billing_book import Bill, Book, Customer, Tariff, tariff
from copilot.sandbox.vendors.shelf import Held, Version

Made = dict[str, Any]
_PERIODS = {1: (1, "month"), 3: (3, "month"), 12: (1, "year")}
_STATUS = {"trialing": "in_trial", "past_due": "active"}
# The reasons that this company lets its customers choose from.
_REASON_CODES = {"support", "missing_features", "price", "competitor", "low_adoption"}


@dataclass(frozen=True, order=False)
class Resource:
    """A resource over time: since when there is one, when it last changed by an instant, how it looks then."""

    id: str
    made_at: datetime
    changed_at: Callable[[datetime], datetime]
    as_of: Callable[[datetime], Made]

    def __lt__(self, other: "Resource") -> bool:
        return self.id < other.id


def customer_id(key: str) -> str:
    """The id that Chargebee gives a customer, who is no account of the CRM by name."""
    return f"CB{number_of(key):015d}"


def customer(one: Customer) -> Resource:
    """Whom we bill."""
    own_id = customer_id(one.key)

    def as_of(_: datetime) -> Made:
        crm_id = {"cf_account_id": one.account_id} if one.account_id else {}
        return {
            "id": own_id,
            "object": "customer",
            "company": one.name,
            "first_name": "Jane",
            "last_name": "Doe",
            "email": f"billing@{one.domain}" if one.domain else None,
            "created_at": seconds(one.created_at),
            "updated_at": seconds(one.created_at),
            "deleted": False,
            **crm_id,
        }

    return Resource(own_id, one.created_at, lambda _: one.created_at, as_of)


def subscription(book: Book, key: str, held: Held) -> Resource:
    """A contract."""

    def known(at: datetime) -> Held:
        return held.by(at) or held.first

    return Resource(
        key, held.created_at, lambda at: known(at).changed_at, lambda at: _subscription(book, key, known(at))
    )


def _subscription(book: Book, key: str, known: Held) -> Made:
    now, price = known.now, tariff(known)
    noticed = next((v["recorded_at"] for v in known.versions if v["ended_on"] or v["is_deleted"]), None)
    over = next((v["recorded_at"] for v in known.versions if _is_over(v)), None)
    ended = known.changed_at.date() if now["is_deleted"] else now["ended_on"]
    count, unit = _PERIODS[price.months]
    return {
        "id": key,
        "object": "subscription",
        "customer_id": customer_id(str(now["account_id"])),
        "status": _status(now, is_ending=bool(ended)),
        "created_at": seconds(known.created_at),
        "updated_at": seconds(known.changed_at),
        "started_at": midnight(now["started_on"]),
        "currency_code": price.currency,
        "billing_period": count,
        "billing_period_unit": unit,
        "subscription_items": [{**_item(price), "item_price_id": price.plan, "item_type": "plan"}],
        "coupons": _coupons(price),
        "due_since": seconds(known.changed_at) if now["status"] == "past_due" else None,
        "deleted": False,
        **_trial(now),
        **_contract_term(now),
        **_ending(book, now, ended, noticed, over),
    }


def _status(now: Version, is_ending: bool) -> str:
    if _is_over(now):
        return "cancelled"
    status = str(_STATUS.get(now["status"], now["status"]))
    return "non_renewing" if is_ending and status == "active" else status


def _is_over(version: Version) -> bool:
    return bool(version["status"] == "cancelled" or version["is_deleted"])


def _trial(now: Version) -> Made:
    if not now["is_trial"]:
        return {}
    return {"trial_start": midnight(now["started_on"]), "trial_end": midnight(now["term_ends_on"])}


def _contract_term(now: Version) -> Made:
    action = "renew" if now["auto_renew"] else "cancel"
    ends = {"contract_end": midnight(now["term_ends_on"])} if now["term_ends_on"] else {}
    return {"contract_term": {"object": "contract_term", "status": "active", "action_at_term_end": action, **ends}}


def _ending(book: Book, now: Version, ended: date | None, noticed: datetime | None, over: datetime | None) -> Made:
    if noticed is None or ended is None:
        return {}
    said = book.farewells.get((str(now["account_id"]), ended))
    is_unpaid = said is not None and said["kind"] == "involuntary"
    code = None if said is None or is_unpaid else said["reason"] if said["reason"] in _REASON_CODES else "other"
    return {
        "cancelled_at": seconds(over) if over else midnight(ended),
        "cancel_schedule_created_at": seconds(noticed),
        "cancel_reason": "not_paid" if is_unpaid else None,
        "cancel_reason_code": code,
    }


def _item(price: Tariff) -> Made:
    gross = price.each * price.seats
    return {
        "quantity": price.seats,
        "unit_price": cents(price.each),
        "unit_price_in_decimal": f"{price.each:f}",
        "amount": cents(gross),
        "object": "subscription_item",
    }


def _coupons(price: Tariff) -> list[Made]:
    return [{"coupon_id": _coupon_id(price.discount), "object": "coupon"}] if price.discount else []


def _coupon_id(discount: Decimal) -> str:
    return f"off_{discount.normalize()}"


def coupons(book: Book) -> Sequence[Resource]:
    """Every discount that any contract ever had; a percentage, for ever."""
    versions = [version for held in book.subscriptions.values() for version in held.versions]
    ratios = {Decimal(str(version["discount_ratio"] or 0)) for version in versions} - {Decimal(0)}
    first = min((version["recorded_at"] for version in versions), default=datetime(2000, 1, 1, tzinfo=UTC))
    return [_coupon(ratio, first) for ratio in sorted(ratios)]


def _coupon(discount: Decimal, made_at: datetime) -> Resource:
    coupon_id = _coupon_id(discount)
    made = {
        "id": coupon_id,
        "object": "coupon",
        "discount_type": "percentage",
        "discount_percentage": float(discount * 100),
        "duration_type": "forever",
        "apply_on": "invoice_amount",
        "updated_at": seconds(made_at),
    }
    return Resource(coupon_id, made_at, lambda _: made_at, lambda _: made)


def invoice(bill: Bill) -> Resource:
    """A bill."""

    def steps(at: datetime) -> tuple[datetime | None, datetime | None]:
        return tuple(step if step and step <= at else None for step in (bill.paid_at, bill.void_at))  # type: ignore[return-value]

    def changed_at(at: datetime) -> datetime:
        return max(step for step in (bill.issued_at, *steps(at)) if step)

    def as_of(at: datetime) -> Made:
        paid, void = steps(at)
        return {
            "id": bill.key,
            "object": "invoice",
            "customer_id": customer_id(bill.customer),
            "subscription_id": bill.subscription,
            "status": "voided" if void else "paid" if paid else "payment_due",
            "date": seconds(bill.issued_at),
            "due_date": midnight(bill.due_on),
            "total": cents(bill.amount),
            "currency_code": bill.currency,
            "recurring": bill.tariff is not None,
            "updated_at": seconds(changed_at(at)),
            "line_items": [_bill_line(bill)],
            "discounts": _bill_discounts(bill),
            "billing_address": {"city": "Springfield"},
            "deleted": False,
            **({"paid_at": seconds(paid)} if paid else {}),
            **({"voided_at": seconds(void)} if void else {}),
        }

    return Resource(bill.key, bill.issued_at, changed_at, as_of)


def _bill_line(bill: Bill) -> Made:
    if bill.tariff is None or bill.period is None:
        return {"entity_type": "adhoc", "amount": cents(bill.amount), "quantity": 1, "description": "Training"}
    period = {"date_from": midnight(bill.period[0]), "date_to": midnight(bill.period[1])}
    item = {name.replace("unit_price", "unit_amount"): value for name, value in _item(bill.tariff).items()}
    return {**item, **period, "object": "line_item", "entity_type": "plan_item_price", "entity_id": bill.tariff.plan}


def _bill_discounts(bill: Bill) -> list[Made]:
    if bill.tariff is None or not bill.tariff.discount:
        return []
    off = bill.tariff.each * bill.tariff.seats * bill.tariff.discount
    coupon = {"entity_type": "document_level_coupon", "entity_id": _coupon_id(bill.tariff.discount)}
    return [{**coupon, "object": "discount", "amount": cents(off)}]


def credit_note(key: str, held: Held) -> Resource:
    """Money that is owed back."""
    now = held.now
    made = {
        "id": key,
        "object": "credit_note",
        "customer_id": customer_id(str(now["account_id"])),
        "subscription_id": now["subscription_id"],
        "reference_invoice_id": key.replace("crn_", "inv_"),
        "type": "refundable",
        "status": "refunded",
        "date": seconds(held.created_at),
        "total": cents(-now["amount"]),
        "currency_code": now["currency"],
        "updated_at": seconds(held.created_at),
    }
    return Resource(key, held.created_at, lambda _: held.created_at, lambda _: made)


def transaction(key: str, held: Held) -> Resource:
    """An attempt to collect, or money that went back."""
    now = held.now
    goes_back = now["status"] == "refunded"
    invoice_id = now["invoice_id"]
    linked = (
        {"linked_credit_notes": [{"cn_reference_invoice_id": invoice_id}]}
        if goes_back
        else {"linked_invoices": [{"invoice_id": invoice_id}]}
    )
    made = {
        "id": key,
        "object": "transaction",
        "customer_id": customer_id(str(now["account_id"])),
        "type": "refund" if goes_back else "payment",
        "status": "failure" if now["status"] == "failed" else "success",
        "date": seconds(now["attempted_at"]),
        "amount": cents(abs(now["amount"])),
        "currency_code": now["currency"],
        "error_code": now["failure_reason"],
        "updated_at": seconds(now["attempted_at"]),
        "masked_card_number": "************4242",
        **(linked if invoice_id else {}),
    }
    return Resource(key, now["attempted_at"], lambda _: now["attempted_at"], lambda _: made)
