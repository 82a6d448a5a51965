"""Rooms 4 and 6: one suite per gate, and what runs them. Raw (or marts) of a day in; PASS, DEGRADED or HOLD out."""
