"""The assets of a day, and what starts the DAGs. The partition key of every run is its business day, `as_of_date`."""

from airflow.sdk import Asset, CronPartitionTimetable, PartitionedAssetTimetable, PartitionedAtRuntime

from config.schedule import ON_EVENT, read_schedule
from config.write_back import write_back_config

KEY_FORMAT = "%Y-%m-%d"
ROLES = ("crm", "billing", "usage", "support")
RAW = {role: Asset(name=f"raw.{role}", uri=f"warehouse://raw/{role}") for role in ROLES}
PUBLISHED_DAY = Asset(name="serving.published_day", uri="warehouse://serving/published_day")

RAW_OF_THE_DAY = PartitionedAssetTimetable(assets=RAW["crm"] & RAW["billing"] & RAW["usage"] & RAW["support"])
DAY_PUBLISHED = PartitionedAssetTimetable(assets=PUBLISHED_DAY)


def nightly() -> CronPartitionTimetable | PartitionedAtRuntime:
    """A run a night that builds the day before, or none until config/schedule.yml says when."""
    return _by_cron(read_schedule().nightly, run_offset=-1)


def weekly_training() -> CronPartitionTimetable | PartitionedAtRuntime:
    """A training a week, or none until config/schedule.yml says when.

    Its day is that of the training itself. One interval earlier would be a week ago: days that are long published could
    then not be built again without the new model speaking for them.
    """
    return _by_cron(read_schedule().weekly_training, run_offset=0)


def write_back() -> PartitionedAssetTimetable | PartitionedAtRuntime:
    """By hand, until config/write_back.yml says that a published day starts it."""
    return PartitionedAtRuntime() if write_back_config().when_published == "nothing" else DAY_PUBLISHED


def refreshes() -> CronPartitionTimetable | PartitionedAtRuntime:
    """Refreshes of the day in progress: every so often by the clock, or none but those that pushed events start."""
    cron = read_schedule().refresh
    return _by_cron(None if cron == ON_EVENT else cron, run_offset=0)


def _by_cron(cron: str | None, run_offset: int) -> CronPartitionTimetable | PartitionedAtRuntime:
    if cron is None:
        return PartitionedAtRuntime()
    return CronPartitionTimetable(cron, timezone="UTC", run_offset=run_offset, key_format=KEY_FORMAT)
