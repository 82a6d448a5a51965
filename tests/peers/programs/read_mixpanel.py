"""Reads Mixpanel's export with Mixpanel's own tool for exports."""

import json
import sys

from mixpanel_utils import MixpanelUtils


def main() -> None:
    """Say what was found."""
    given = json.load(sys.stdin)
    tool = MixpanelUtils(given["key"], service_account_username=given["login"], project_id=given["project_id"])
    tool.raw_api = f"{given['url']}/api"
    days = {"from_date": given["first"], "to_date": given["last"]}
    found = [tool.query_export({**days, **where}) for where in ({}, {"where": given["where"]})]
    json.dump({"found": {"events": found[0], "since": found[1]}, "wrong": []}, sys.stdout)


main()
