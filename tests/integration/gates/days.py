"""The judged day of these tests."""

from datetime import date

DAY = date(2026, 3, 10)
