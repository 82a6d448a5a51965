"""Amounts as vendors give them, in the currency's smallest unit, as amounts of money; and prices a month."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

# Currencies whose smallest unit is no hundredth (ISO 4217); Stripe and Chargebee count in it alike.
_WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
_THOUSANDTHS = "bhd jod kwd omr tnd"
_DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(_WHOLE.split(), 0),
    **dict.fromkeys(_THOUSANDTHS.split(), 3),
}
_MONTHS_A_PERIOD = {"day": Decimal(12) / 365, "week": Decimal(12) / 52, "month": Decimal(1), "year": Decimal(12)}
_PERIODS = {("week", 1): "weekly", ("month", 1): "monthly", ("month", 3): "quarterly", ("month", 12): "annual"}


def in_units(amount: Any, currency: str) -> Decimal:
    """An amount of the smallest unit in whole units. Raises decimal.InvalidOperation."""
    return Decimal(str(amount)).scaleb(-_decimals(currency))


def months(unit: str, count: int) -> Decimal:
    """How many months a billing period of `count` days, weeks, months or years has. Raises KeyError."""
    return _MONTHS_A_PERIOD[unit] * count


def period_name(unit: str, count: int) -> str | None:
    """weekly, monthly, quarterly or annual; None for another period, whose price a month is known all the same."""
    return _PERIODS.get(("month", 12 * count) if unit == "year" else (unit, count))


def a_month(amount: Decimal, period_months: Decimal, currency: str) -> Decimal:
    """The price a month of the price of a period, to the currency's smallest unit."""
    return (amount / period_months).quantize(Decimal(1).scaleb(-_decimals(currency)))


def _decimals(currency: str) -> int:
    return _DECIMALS.get(currency.lower(), 2)
