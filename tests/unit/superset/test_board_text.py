"""What the board says in words agrees with the settings that it repeats."""

import re

from board_bundle import build, load

from config.risk import load_risk_policy


def test_the_text_on_the_board_names_the_bands_of_the_settings() -> None:
    position = build(load()).assets["dashboards"]["cs_ops"]["position"]
    texts = [n["meta"]["code"] for n in position.values() if isinstance(n, dict) and n["type"] == "MARKDOWN"]
    named = re.findall(r"(\w+) from ([\d.]+) %", " ".join(texts))
    assert len(named) == 3
    assert [(band, float(edge)) for band, edge in named] == [
        (one.band, round(one.at_least * 100, 6)) for one in load_risk_policy().churn_bands
    ]
