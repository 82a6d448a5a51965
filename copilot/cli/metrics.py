"""`copilot metrics`: write the page of metrics."""

import typer

from config.settings import ROOT


def metrics() -> None:
    """Write docs/metrics.md from the YAML of the marts."""
    from copilot.warehouse.metrics_page import metrics, render

    path = ROOT / "docs" / "metrics.md"
    path.write_text(render(metrics()), encoding="utf-8")
    typer.echo(f"wrote {path}")
