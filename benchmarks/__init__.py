"""What it costs: every figure of docs/figures.md comes from a module here, as a ratio in one run where time is noise."""
