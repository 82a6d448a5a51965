"""A small sandbox company in a warehouse of its own: its files as they stood on a day, landed and built here."""

from datetime import date
from pathlib import Path

import yaml

from config.run import Run
from config.settings import ROOT, var_dir
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sources.config import load_sources
from copilot.sources.ingest import ingest
from copilot.warehouse import transform

FILES = ROOT / "examples" / "files" / "sources.yml"


def sources_of(database: str, directory: Path) -> Path:
    """A sources file that lands the sandbox's files of that directory into that warehouse."""
    shipped = FILES.read_text().replace("{var}/sandbox", str(directory))
    path = var_dir() / f"{database}.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(shipped), "warehouse": database}))
    return path


def land_until(spec: CompanySpec, directory: Path, run: Run) -> None:
    """Write what every system had recorded by the end of the run's day, and take it in."""
    write_company(spec, directory, until=run.as_of)
    for source in load_sources(run.sources).sources:
        done = ingest(source.name, source.role, run)
        assert not done["problems"], done["problems"]


def build(sources: Path, day: date) -> None:
    """Every model of one day, without the data tests."""
    transform.invoke(Run(day, sources), "run")
