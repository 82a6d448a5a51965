"""Rooms 1 and 2 for sources that speak HTTP: what is common to all vendors; `connectors/` says what differs."""
