"""What it costs: every figure of docs/figures.md comes from a module here, as a ratio where a time is noise."""
