"""The exit code of a day."""

import pytest

from copilot.stack.day_run import INGESTS, DayResult

GREEN = {**dict.fromkeys(INGESTS, "success"), "customer_health": "success", "send_digests": "success"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 0),
        ({"ingest_usage": "failed"}, 2),
        ({"customer_health": "failed"}, 1),
        ({"send_digests": "failed"}, 1),
        ({"reconcile_sources": "failed"}, 2),
        ({"ingest_usage": "failed", "customer_health": "failed"}, 1),
    ],
)
def test_the_exit_code_tells_published_from_published_without_a_source_from_not_published(
    changed: dict[str, str], expected: int
) -> None:
    assert DayResult("2026-11-17", {**GREEN, **changed}).exit_code == expected


def test_a_day_of_which_only_the_ingests_ran_is_not_published() -> None:
    assert DayResult("2026-11-17", dict.fromkeys(INGESTS, "success")).exit_code == 1
