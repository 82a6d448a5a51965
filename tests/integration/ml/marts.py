"""The two marts that the model reads, filled with a synthetic company, in a real database."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg

from config.run import Run
from config.settings import dsn
from ml.features import NAMES, label_name

IDENTITY = ("as_of_date", "account_id", "segment", "max_recorded_at")


def a_run(database: str, home: Path, as_of: date) -> Run:
    """A run on that database."""
    sources = home / f"{database}.yml"
    sources.write_text(f"warehouse: {database}\n", encoding="utf-8")
    return Run(as_of, sources)


def fill_marts(database: str, company: pd.DataFrame, horizons: Sequence[int]) -> None:
    """Create and fill marts.churn_features and marts.churn_labels."""
    features = ", ".join(f'"{name}" float8' for name in NAMES)
    with psycopg.connect(dsn("transformer", database)) as owner:
        owner.execute(
            "create table marts.churn_features (as_of_date date, account_id text, segment text,"
            f" max_recorded_at timestamptz, {features}, primary key (as_of_date, account_id))"
        )
        owner.execute(
            "create table marts.churn_labels (as_of_date date, account_id text, horizon text, horizon_days int,"
            " is_churned boolean, event_on date, is_matured boolean, primary key (as_of_date, account_id, horizon))"
        )
        owner.execute("grant select on marts.churn_features, marts.churn_labels to cs_scorer")
        rows = company[[*IDENTITY, *NAMES]].astype(object).where(company[[*IDENTITY, *NAMES]].notna(), None)
        with owner.cursor().copy("copy marts.churn_features from stdin") as copy:
            for row in rows.itertuples(index=False, name=None):
                copy.write_row(row)
        with owner.cursor().copy("copy marts.churn_labels from stdin") as copy:
            for horizon in horizons:
                known = zip(company["as_of_date"], company["account_id"], company[label_name(horizon)], strict=True)
                for day, account, churned in known:
                    copy.write_row((day.date(), account, f"{horizon}d", horizon, churned == 1, None, True))
