"""Reads Amplitude's export with the tool by which Mixpanel takes over a company's past from there.

Amplitude itself has clients that send events, and none that reads them.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from mixpanel_utils import MixpanelUtils


def main() -> None:
    """Say what was found."""
    given = json.load(sys.stdin)
    tool = MixpanelUtils("", token="none")
    url = f"{given['url']}/api/2/export?start={given['start']}&end={given['end']}"
    with tempfile.TemporaryDirectory() as place:
        # It unpacks where it is.
        os.chdir(place)
        unpacked = Path(tool._extract_amplitude_data(url, f"{given['login']}:{given['key']}"))
        files = [json.loads(path.read_text()) for path in sorted(unpacked.iterdir())]
        os.chdir("/")
    told: list[Any] = [(event, tool._transform_amplitude_events(event)) for events in files for event in events]
    found = [
        [event["$insert_id"], made["event"], made["properties"]["distinct_id"], made["properties"]["time"]]
        for event, made in told
    ]
    json.dump({"found": {"files": len(files), "events": found}, "wrong": []}, sys.stdout)


main()
