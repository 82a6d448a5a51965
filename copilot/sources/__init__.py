"""Rooms 1-2: what a company's systems hold, read into records of the canonical tables."""
