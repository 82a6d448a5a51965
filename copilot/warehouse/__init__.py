"""Rooms 3 and 9, and everything in PostgreSQL that dbt does not build: every SQL statement written by hand."""
