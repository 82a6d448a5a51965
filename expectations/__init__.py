"""Rooms 4 and 6: the gates. Bad data is never published; yesterday stays, and says so."""
