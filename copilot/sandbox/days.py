"""Days as integers since 1970-01-01 and instants as integer seconds, so that numpy can count with them."""

from datetime import date

import numpy as np

from copilot.sandbox.chance import Array

DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
# 1970-01-01 was a Thursday; weeks here begin on Monday.
_MONDAY = 4


def number(day: date) -> int:
    """The integer of a calendar day."""
    return day.toordinal() - _EPOCH


def calendar(day: int) -> date:
    """The calendar day of an integer."""
    return date.fromordinal(int(day) + _EPOCH)


def monday(day: int) -> int:
    """The Monday of the week in which the day lies."""
    return day - (day - _MONDAY) % 7


def weekday(days: Array) -> Array:
    """0 for Monday to 6 for Sunday."""
    return np.asarray((np.asarray(days) - _MONDAY) % 7)


def add_months(days: Array, months: Array | int) -> Array:
    """The same day of the month, `months` later. Days of the month must be 28 or less (no clipping is done)."""
    first = np.asarray(days).astype("M8[D]").astype("M8[M]")
    offset = np.asarray(days) - first.astype("M8[D]").astype(np.int64)
    moved = first.astype(np.int64) + months
    return np.asarray(moved.astype("M8[M]").astype("M8[D]").astype(np.int64) + offset)


def at_most_28(days: Array) -> Array:
    """The days, those after the 28th of a month moved back to the 28th."""
    first = np.asarray(days).astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    return np.asarray(np.minimum(np.asarray(days), first + 27))


def next_term_end(anchor: Array, months: Array, after: Array | int) -> Array:
    """The first anchor + k * months (k >= 1) that lies after the given day."""
    month = np.asarray(anchor).astype("M8[D]").astype("M8[M]").astype(np.int64)
    now = np.broadcast_to(np.asarray(after), month.shape).astype("M8[D]").astype("M8[M]").astype(np.int64)
    terms = np.maximum((now - month) // months, 1)
    ends = add_months(anchor, terms * months)
    return np.where(ends <= after, add_months(anchor, (terms + 1) * months), ends)
