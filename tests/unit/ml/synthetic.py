"""A seeded company for the model's tests: weekly features, driven as far as `signal` says by what drives leaving."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.features import NAMES, label_name

FIRST_SUNDAY = date(2025, 5, 18)
HORIZONS = (30, 60, 90)


def a_company(
    n_accounts: int = 300, n_weeks: int = 65, seed: int = 1, signal: float = 1.0, monthly_rate: float = 0.02
) -> pd.DataFrame:
    """One row per paying account and Sunday, with complete labels; signal 0 makes features and departures unrelated.

    The hidden state wanders slowly (a standard normal AR(1)); a departure frees the account's place for a new one.
    """
    rng = np.random.default_rng(seed)
    n_steps = n_weeks + max(HORIZONS) // 7 + 2
    hidden = _wander(rng, n_accounts, n_steps)
    shown = hidden if signal else _wander(rng, n_accounts, n_steps)
    steepness = 1.3 * (signal or 1.0)
    hazard = monthly_rate / 4.345 * np.exp(steepness * hidden - steepness**2 / 2)
    left = rng.random((n_steps, n_accounts)) < np.clip(hazard, 0, 0.5)
    generation = np.vstack([np.zeros((1, n_accounts), dtype=int), np.cumsum(left, axis=0)[:-1]])
    weeks = [_week(rng, week, shown, left, generation) for week in range(n_weeks)]
    return pd.concat(weeks, ignore_index=True)


def _wander(rng: np.random.Generator, n_accounts: int, n_steps: int) -> np.ndarray:
    state = np.empty((n_steps, n_accounts))
    state[0] = rng.standard_normal(n_accounts)
    for step in range(1, n_steps):
        state[step] = 0.93 * state[step - 1] + np.sqrt(1 - 0.93**2) * rng.standard_normal(n_accounts)
    return state


def _where_asked(rng: np.random.Generator, values: np.ndarray, unknown_ratio: float) -> np.ndarray:
    return np.where(rng.random(len(values)) < unknown_ratio, np.nan, values)


def _week(rng, week: int, shown: np.ndarray, left: np.ndarray, generation: np.ndarray) -> pd.DataFrame:
    n = shown.shape[1]
    trouble, before = shown[week], shown[max(0, week - 4)]
    place = np.arange(n)
    seats = 5 + (place * 37) % 90
    use = np.clip(0.5 * np.exp(-0.5 * trouble + 0.2 * rng.standard_normal(n)), 0.01, 1.0)
    users = np.maximum(1, np.round(seats * use))
    frame = {name: np.zeros(n) for name in NAMES}
    frame |= {
        "days_to_renewal": (365.0 - (week * 7 + place * 11) % 365),
        "billing_period_months": np.where(place % 3 == 0, 12.0, 1.0),
        "renewals_so_far": np.floor(week / 52 + place % 2),
        "seats": seats.astype(float),
        "mrr_usd": seats * 20.0,
        "tenure_days": 60.0 + week * 7 + place,
        "login_recency_days": np.floor(rng.exponential(2 * np.exp(0.6 * trouble))),
        "active_users_7d": np.round(users * 0.7),
        "active_users_28d": users,
        "active_users_84d": np.round(users * 1.2),
        "events_7d": np.round(users * 8 * np.exp(0.3 * rng.standard_normal(n))),
        "events_28d": np.round(users * 30 * np.exp(0.2 * rng.standard_normal(n))),
        "events_84d": np.round(users * 95),
        "events_28d_vs_prior_ratio": np.exp(-0.4 * (trouble - before) + 0.2 * rng.standard_normal(n)),
        "active_users_28d_vs_prior_ratio": np.exp(-0.3 * (trouble - before) + 0.2 * rng.standard_normal(n)),
        "events_7d_vs_28d_ratio": np.exp(0.2 * rng.standard_normal(n)),
        "seat_use_28d_ratio": use,
        "features_used_28d": np.clip(np.round(6 - trouble + rng.standard_normal(n)), 0, 12),
        "usage_vs_peer_ratio": use / 0.5,
        "tickets_28d": rng.poisson(1.0, n).astype(float),
        "tickets_84d": rng.poisson(3.0, n).astype(float),
        "urgent_tickets_28d": rng.poisson(0.1 * np.exp(0.7 * trouble)).astype(float),
        "tickets_open": rng.poisson(0.5, n).astype(float),
        "oldest_open_ticket_days": _where_asked(rng, rng.integers(0, 40, n), 0.6),
        "csat_84d": np.where(
            rng.random(n) < 0.5, np.nan, np.clip(4 - 0.4 * trouble + 0.5 * rng.standard_normal(n), 1, 5)
        ),
        "nps_latest": _where_asked(rng, np.clip(np.round(8 - trouble), 0, 10), 0.6),
        "failed_payments_84d": rng.poisson(0.05 * np.exp(0.8 * trouble)).astype(float),
        "champion_recency_days": np.floor(rng.exponential(6 * np.exp(0.4 * trouble))),
        "touches_84d": rng.poisson(2.0, n).astype(float),
        "touch_recency_days": np.floor(rng.exponential(30, n)),
        "is_auto_renew": (place % 2).astype(float),
        "is_enterprise": (place % 5 == 0).astype(float),
        "is_mid_market": (place % 5 == 1).astype(float),
    }
    frame["days_past_due"] = np.where(frame["failed_payments_84d"] > 0, np.floor(rng.exponential(12, n)), 0.0)
    day = FIRST_SUNDAY + timedelta(weeks=week)
    identity = {
        "as_of_date": pd.Timestamp(day),
        "account_id": [f"A{p:04d}-{g:02d}" for p, g in zip(place, generation[week], strict=True)],
        "segment": np.where(place % 5 == 0, "enterprise", np.where(place % 5 == 1, "mid_market", "smb")),
        "max_recorded_at": pd.Timestamp(day, tz="UTC"),
    }
    labels = {label_name(h): left[week : week + h // 7].any(axis=0).astype(float) for h in HORIZONS}
    return pd.DataFrame({**identity, **frame, **labels}).sort_values("account_id", ignore_index=True)
