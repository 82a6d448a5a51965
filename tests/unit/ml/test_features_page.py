"""docs/features.md names every feature; nothing else reminds one to write it down."""

import re

from config.settings import ROOT
from ml.features import NAMES


def test_the_page_explains_every_feature_and_the_source_it_comes_from() -> None:
    rows = [line.split("|") for line in (ROOT / "docs/features.md").read_text().splitlines() if line.startswith("| `")]
    told = {name: row[4].strip() for row in rows for name in re.findall(r"`(\w+)`", row[1])}

    assert set(NAMES) <= set(told)
    assert set(told) - set(NAMES) == {"events_28d_vs_season_ratio"}
    assert all(told.values())
