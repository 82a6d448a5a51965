"""The `copilot` command: one file per group of commands."""
