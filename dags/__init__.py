"""Wiring only: one DAG a file. Logic lives in copilot, expectations and ml."""
