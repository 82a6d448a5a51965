"""Faults that no single row shows: duplicate keys, usage outside its subscription, accounts called gone that pay."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from copilot.sources.canonical import Table

# The columns that these checks need beside the key; everything else of a row is forgotten at once.
_CHECKED = frozenset(
    {"account_id", "subscription_id", "created_on", "started_on", "ended_on", "occurred_at", "opened_at", "recorded_at"}
)
_CHECKED_IN = {
    "accounts": {"is_churned"},
    "subscriptions": {"status", "notice_on", "is_trial"},
    "churn_events": {"kind"},
}
# The column that says when a row of the table happened.
_HAPPENED = {"usage_events": "occurred_at", "tickets": "opened_at"}


def checked_columns(table: Table) -> frozenset[str]:
    """The columns of a table that the checks of this module read."""
    return _CHECKED.union(table.key, _CHECKED_IN.get(table.name, ()))


@dataclass(frozen=True)
class Fault:
    """One kind of contradiction between tables: n of `of` rows."""

    what: str
    n: int
    of: int

    def __str__(self) -> str:
        """In one line, with the share."""
        per_mille = (2000 * self.n + self.of) // (2 * self.of)
        return f"{self.what}: {self.n:,} of {self.of:,} rows ({per_mille / 10} %)"


@dataclass(frozen=True)
class Duplicate:
    """One row whose key another row has already. Equal content is a repetition; else only the first row lands."""

    place: str
    other: str
    is_equal: bool
    code: str


def find_duplicates(frames: list[Any], table: Table) -> Iterator[Duplicate]:
    """Every row after the first of its key (and recorded_at, where the files give one), in the order of the files."""
    import pandas as pd

    if not frames:
        return
    rows = pd.concat(frames, ignore_index=True)
    versioned = bool(rows["_is_versioned"].any())
    key = [*table.key, *(["recorded_at"] if versioned else [])]
    first: dict[Any, Any] = {}
    for row in rows[rows.duplicated(key, keep=False)].to_dict("records"):
        before = first.setdefault(tuple(row[column] for column in key), row)
        if before is not row and (versioned or before["_file"] == row["_file"]):
            code = "conflicting_version" if versioned else "duplicate_key"
            yield Duplicate(_place(row), _place(before), row["_content"] == before["_content"], code)


def _place(row: dict[Any, Any]) -> str:
    return f"row {row['_row']} of {row['_file']}"


def cross_faults(seen: dict[str, list[Any]]) -> list[Fault]:
    """What contradicts between the tables given; faults that no row has are left out."""
    import pandas as pd

    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in seen.items() if frames}
    accounts = _newest(tables.get("accounts"), "account_id")
    subscriptions = _newest(tables.get("subscriptions"), "subscription_id")
    found = [*_unknown_references(tables, accounts, subscriptions)]
    usage = tables.get("usage_events")
    if usage is not None and subscriptions is not None and "subscription_id" in usage:
        found.append(_outside_period(usage, subscriptions))
        if "account_id" not in usage:
            tables["usage_events"] = usage.merge(subscriptions[["subscription_id", "account_id"]], on="subscription_id")
    found += _before_the_account(tables, accounts)
    found += _flagged_as_gone(accounts, subscriptions, _newest(tables.get("churn_events"), "churn_event_id"))
    return [fault for fault in found if fault.n]


def _newest(rows: Any, key: str) -> Any:
    """The latest version of every key; None without the table."""
    return None if rows is None else rows.sort_values("recorded_at", kind="stable").drop_duplicates(key, keep="last")


def _unknown_references(tables: dict[str, Any], accounts: Any, subscriptions: Any) -> Iterator[Fault]:
    """An account may be spoken of by its own id, or by that of the customer that another system takes it for."""
    references = (
        ("account_id", "accounts", _ids(accounts, "account_id") | _ids(tables.get("customers"), "customer_id")),
        ("subscription_id", "subscriptions", _ids(subscriptions, "subscription_id")),
    )
    for name, rows in tables.items():
        for column, home, known in references:
            if home not in tables or column not in rows or name == home:
                continue
            given = rows[column].dropna()
            yield Fault(f"{name}: {column} is not known", int((~given.isin(known)).sum()), max(len(given), 1))


def _ids(rows: Any, key: str) -> set[str]:
    return set() if rows is None else set(rows[key])


def _outside_period(usage: Any, subscriptions: Any) -> Fault:
    import pandas as pd

    columns = [c for c in ("subscription_id", "started_on", "ended_on") if c in subscriptions]
    joined = usage.merge(subscriptions[columns], on="subscription_id")
    day = joined["occurred_at"].dt.tz_convert(None).dt.normalize()
    outside = day < pd.to_datetime(joined["started_on"])
    if "ended_on" in joined:
        outside |= day >= pd.to_datetime(joined["ended_on"])
    return Fault("usage_events: outside the period of their subscription", int(outside.sum()), max(len(usage), 1))


def _before_the_account(tables: dict[str, Any], accounts: Any) -> Iterator[Fault]:
    import pandas as pd

    if accounts is None or "created_on" not in accounts:
        return
    created = accounts.set_index("account_id")["created_on"]
    for name, column in _HAPPENED.items():
        rows = tables.get(name)
        if rows is None or "account_id" not in rows:
            continue
        since = pd.to_datetime(rows["account_id"].map(created))
        early = rows[column].dt.tz_convert(None).dt.normalize() < since
        yield Fault(f"{name}: before their account was created", int(early.sum()), max(len(rows), 1))


def _flagged_as_gone(accounts: Any, subscriptions: Any, departures: Any) -> Iterator[Fault]:
    """What contradicts the source's own flag, counted among the accounts that it calls gone."""
    if accounts is None or "is_churned" not in accounts:
        return
    flagged = accounts.loc[accounts["is_churned"].eq(True), "account_id"]
    of = max(len(flagged), 1)
    if subscriptions is not None:
        paying = flagged.isin(subscriptions.loc[_paid_without_end(subscriptions), "account_id"])
        what = "accounts: flagged as gone that still have a paid subscription without end or notice"
        yield Fault(what, int(paying.sum()), of)
    if departures is not None and len(departures):
        left = departures[departures["kind"].ne("contraction")] if "kind" in departures else departures
        what = "accounts: flagged as gone without any recorded departure"
        yield Fault(what, int((~flagged.isin(left["account_id"])).sum()), of)


def _paid_without_end(subscriptions: Any) -> Any:
    """A dry run has no day, so that a date in the future ends a subscription as well as one in the past."""
    running = subscriptions["account_id"].notna()
    for column in {"ended_on", "notice_on"}.intersection(subscriptions):
        running &= subscriptions[column].isna()
    if "status" in subscriptions:
        running &= ~subscriptions["status"].isin(["cancelled", "trialing"])
    if "is_trial" in subscriptions:
        running &= ~subscriptions["is_trial"].eq(True)
    return running
