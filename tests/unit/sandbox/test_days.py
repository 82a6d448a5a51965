from datetime import date

import numpy as np

from copilot.sandbox import days


def numbers(*texts: str) -> np.ndarray:
    return np.array([days.number(date.fromisoformat(text)) for text in texts])


def test_numbers_and_calendar_days_match():
    assert days.number(date(1970, 1, 2)) == 1
    assert days.calendar(days.number(date(2026, 2, 28))) == date(2026, 2, 28)
    assert days.weekday(numbers("2026-11-16", "2026-11-22")).tolist() == [0, 6]
    assert days.monday(days.number(date(2026, 11, 22))) == days.number(date(2026, 11, 16))


def test_months_are_added_across_years():
    assert days.add_months(numbers("2025-12-28"), 14).tolist() == numbers("2027-02-28").tolist()


def test_a_day_after_the_28th_moves_back():
    assert days.at_most_28(numbers("2026-01-31", "2026-01-28")).tolist() == numbers("2026-01-28", "2026-01-28").tolist()


def test_the_next_term_end_lies_strictly_after_the_day():
    anchor, months = numbers("2024-03-10"), np.array([12])
    for after, end in (("2024-03-10", "2025-03-10"), ("2025-03-09", "2025-03-10"), ("2025-03-10", "2026-03-10")):
        assert days.next_term_end(anchor, months, numbers(after)).tolist() == numbers(end).tolist()
