"""The write-back writes only when it was told to, by a person or by the settings."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from config import write_back as settings
from config.settings import load_yaml


def _run(**conf: Any) -> Any:
    return SimpleNamespace(conf=conf, partition_key="2026-11-17")


def _published(sends: bool) -> dict[str, Any]:
    return {"day": [SimpleNamespace(timestamp=1, extra={"mail": sends, "sources": "/a/sources.yml"})]}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes settings, and has everybody read them."""

    def written(**given: Any) -> None:
        path = tmp_path / "write_back.yml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(settings.PATH.read_text()), **given}))
        load_yaml.cache_clear()
        read = settings.write_back_config.__wrapped__
        for place in ("plugins.write_back", "plugins.schedule"):
            monkeypatch.setattr(f"{place}.write_back_config", lambda: read(path))

    return written


def test_by_hand_it_only_looks_unless_it_is_told_to_apply(bag: Any) -> None:
    from plugins.write_back import told

    assert bag.dags["write_back_crm"].params["apply"] is False
    assert told(_run(), {}, {}).applies is False
    assert told(_run(apply=False), {}, {"apply": False}).applies is False
    order = told(_run(apply=True, sources="/a/sources.yml"), {}, {"apply": True})
    assert (order.applies, order.why_not, str(order.wish.sources)) == (True, "", "/a/sources.yml")
    assert str(order.wish.as_of) == "2026-11-17"


@pytest.mark.parametrize(
    ("when", "sends", "applies", "why_not"),
    [
        ("apply", True, True, ""),
        ("preview", True, False, ""),
        ("apply", False, True, "this run was told to send nothing"),
    ],
)
def test_a_published_day_writes_where_the_settings_say_so_and_never_in_a_backfill(
    bag: Any, write: Any, when: str, sends: bool, applies: bool, why_not: str
) -> None:
    from plugins.write_back import told

    assert bag.dags
    write(enabled=True, when_published=when)
    order = told(_run(), _published(sends), {"apply": False})
    assert (order.applies, order.why_not) == (applies, why_not)


def test_it_is_started_by_hand_until_the_settings_say_otherwise(bag: Any, write: Any) -> None:
    from airflow.sdk import PartitionedAtRuntime

    from plugins import schedule

    assert bag.dags["write_back_crm"].task_ids == ["diff_is_known", "fields_are_written"]
    assert isinstance(schedule.write_back(), PartitionedAtRuntime)
    write(when_published="preview")
    assert schedule.write_back() is schedule.DAY_PUBLISHED
