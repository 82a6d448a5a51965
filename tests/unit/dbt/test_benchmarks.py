"""A figure of other companies is worth what its source is: each names one that can be opened at its page."""

import csv
from urllib.parse import urlsplit

from config.settings import ROOT

SEED = ROOT / "dbt" / "seeds" / "seed_benchmark.csv"
PROVENANCE = ("unit", "source", "url", "year", "sample", "licence")


def test_every_benchmark_says_who_measured_it_when_on_whom_and_on_what_page() -> None:
    with SEED.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))

    assert len(rows) >= 5
    lacking = [(row["metric"], row["segment"], name) for row in rows for name in PROVENANCE if not row[name].strip()]
    home_pages = [row["url"] for row in rows if not urlsplit(row["url"]).path.strip("/")]
    assert lacking == []
    assert home_pages == [], "the front page of a site is not where a figure can be checked"
