"""The features: the typed list, which is the only list, and their reading from the marts.

Everything is read by name and as float64; an unknown value is NaN. A frame has the columns as_of_date, account_id,
segment, max_recorded_at, then the features; a training frame also has churned_<horizon> (0 or 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from config.run import Run
from config.settings import dsn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

# The model learns on Sundays and speaks on every day. On a Sunday hardly anyone was here yesterday, on a Tuesday nearly
# all: a recency says the same on both once anything up to a weekend (Friday to Monday) counts as recent.
WEEKEND_DAYS = 3.0
# A CRM hears of a contact's sign-in once a week: on its eve the news is up to two weeks old, on the day after one.
CRM_SYNC_DAYS = 14.0
SUNDAY = 7  # isodow: training uses the weekly spine only, so that the days that happened to be run change nothing


@dataclass(frozen=True)
class Feature:
    """One column of marts.churn_features.

    group: what the value is about; reasons are told by group, so that one story is told once.
    monotone: 1 or -1 where more of it cannot lower or raise the risk, all else equal; 0 where the domain is not sure.
    ages: grows by itself as the company gets older, so that a shift of it is no sign of a fault.
    floor: smaller values count as this one, see WEEKEND_DAYS and CRM_SYNC_DAYS.
    """

    name: str
    group: str
    monotone: int = 0
    ages: bool = False
    floor: float | None = None


FEATURES: tuple[Feature, ...] = (
    Feature("days_to_renewal", "contract"),
    Feature("billing_period_months", "contract"),
    Feature("renewals_so_far", "contract", ages=True),
    Feature("is_auto_renew", "contract"),
    Feature("plan_changes_90d", "money"),
    Feature("seats", "profile"),
    Feature("seats_change_90d_ratio", "money"),
    Feature("mrr_usd", "profile"),
    Feature("discount_ratio", "money"),
    Feature("mrr_change_90d_ratio", "money"),
    Feature("tenure_days", "profile", ages=True),
    Feature("login_recency_days", "sign_in", 1, floor=WEEKEND_DAYS),
    Feature("active_users_7d", "usage"),
    Feature("active_users_28d", "usage"),
    Feature("active_users_84d", "usage"),
    Feature("events_7d", "usage"),
    Feature("events_28d", "usage"),
    Feature("events_84d", "usage"),
    Feature("events_28d_vs_prior_ratio", "usage", -1),
    Feature("active_users_28d_vs_prior_ratio", "usage", -1),
    Feature("events_7d_vs_28d_ratio", "usage", -1),
    Feature("seat_use_28d_ratio", "usage", -1),
    Feature("features_used_28d", "usage", -1),
    Feature("usage_vs_peer_ratio", "usage", -1),
    Feature("tickets_28d", "support"),
    Feature("tickets_84d", "support"),
    Feature("urgent_tickets_28d", "support", 1),
    Feature("tickets_open", "support"),
    Feature("oldest_open_ticket_days", "support"),
    Feature("csat_84d", "satisfaction", -1),
    Feature("nps_latest", "satisfaction", -1),
    Feature("failed_payments_84d", "payment", 1),
    Feature("days_past_due", "payment", 1),
    Feature("is_past_due", "payment", 1),
    Feature("late_payments_365d", "payment", 1),
    Feature("refunds_84d", "payment"),
    Feature("champion_recency_days", "champion", 1, floor=CRM_SYNC_DAYS),
    Feature("touches_84d", "contact"),
    Feature("touch_recency_days", "contact", floor=WEEKEND_DAYS),
    Feature("is_enterprise", "profile"),
    Feature("is_mid_market", "profile"),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def values_of(frame: "pd.DataFrame") -> "npt.NDArray[np.float64]":
    """What every model and the drift guard see: (n, features) by name in the order of the list, unknown as NaN."""
    import numpy as np

    values = frame[list(NAMES)].to_numpy(np.float64, copy=True)
    for index, feature in enumerate(FEATURES):
        if feature.floor is not None:
            np.maximum(values[:, index], feature.floor, out=values[:, index])
    return values


def label_name(horizon_days: int) -> str:
    """The column that says whether the account left within the horizon."""
    return f"churned_{horizon_days}"


def read_day(run: Run, day: date) -> "pd.DataFrame":
    """Every account's features of one day, ordered by account; zero rows when the day was never built."""
    return _read(run, f"{_select()} from marts.churn_features as f where f.as_of_date = $1 {_ORDER}", (day,))


def read_training(run: Run, horizons: Sequence[int]) -> "pd.DataFrame":
    """Every Sunday's features whose labels, for the longest horizon, are complete on run.as_of.

    Ordered by day and account. A row whose label is missing for some horizon is left out.
    """
    labels = [
        f"inner join marts.churn_labels as l{h} on l{h}.as_of_date = f.as_of_date and l{h}.account_id = f.account_id"
        f" and l{h}.horizon = '{int(h)}d' and l{h}.is_churned is not null"
        for h in horizons
    ]
    columns = ", ".join(f"l{h}.is_churned::int::float8 as {label_name(h)}" for h in horizons)
    query = (
        f"{_select()}, {columns} from marts.churn_features as f {' '.join(labels)} "
        f"where f.as_of_date <= $1 and extract(isodow from f.as_of_date) = {SUNDAY} {_ORDER}"
    )
    return _read(run, query, (run.as_of - timedelta(days=max(horizons)),))


def newest_day(database: str) -> date | None:
    """The newest day that has features, or None."""
    import psycopg

    with psycopg.connect(dsn("scorer", database)) as warehouse:
        found = warehouse.execute("select max(as_of_date) from marts.churn_features").fetchone()
    return found[0] if found else None


_ORDER = 'order by f.as_of_date, f.account_id collate "C"'


def _select() -> str:
    columns = ", ".join(f'f."{name}"::float8 as "{name}"' for name in NAMES)
    return f"select f.as_of_date, f.account_id, f.segment, f.max_recorded_at, {columns}"


def _read(run: Run, query: str, parameters: tuple[Any, ...]) -> "pd.DataFrame":
    """Columns arrive as Arrow arrays: the same rows through Python objects take ten times as long."""
    import adbc_driver_postgresql.dbapi as adbc
    import pandas as pd

    with adbc.connect(dsn("scorer", run.database)) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        frame: pd.DataFrame = cursor.fetch_arrow_table().to_pandas()
    frame["as_of_date"] = pd.to_datetime(frame["as_of_date"])
    return frame
