"""Who did what in the product, month by month, and the daily totals of accounts that serve clients of their own.

The seats of an account are used at a rate that follows habit, the shown mood, the weekday and the time of the year.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copilot.sandbox import days
from copilot.sandbox.chance import Array
from copilot.sandbox.pauses import is_paused
from copilot.sandbox.population import EVENTS
from copilot.sandbox.world import Columns, World, sigmoid

FEATURES = (
    ("reports", "report_viewed"),
    ("dashboards", "dashboard_opened"),
    ("forms", "form_saved"),
    ("clients", "client_edited"),
    ("exports", "export_made"),
    ("search", "search_run"),
    ("journeys", "journey_edited"),
    ("automations", "automation_run"),
    ("integrations", "integration_synced"),
    ("templates", "template_used"),
    ("permissions", "permission_changed"),
    ("api", "api_called"),
)
MOST_USERS = 1_000  # more than any account has seats; part of the event's number
_MOST_A_DAY = 64
_MORE_ACTIONS = 1.15  # beyond the first, on a day of real work
_BASE_RATE = 0.081  # chance that an average user is active on an average weekday
_MOOD_WEIGHT = 0.6
_WEEKDAY = np.array([1.0, 1.08, 1.06, 1.02, 0.86, 0.17, 0.13])
_RAMP_WEEKS = 5
_OPENING_HOUR = np.array([13, 7, 0])  # UTC, by region; ten office hours follow
_LATE_SHARE, _LATE_DAYS = 0.03, 5
_VERY_LATE_SHARE, _VERY_LATE_DAYS = 0.003, 45
NAMES = pa.array(["login", *(event for _, event in FEATURES)])
AREAS = pa.array([None, *(feature for feature, _ in FEATURES)])


def season(day: Array) -> Array:
    """The yearly factor of each day: a quiet August and a very quiet turn of the year."""
    calendar = np.asarray(day).astype("M8[D]")
    in_year = (calendar - calendar.astype("M8[Y]").astype("M8[D]")).astype(np.int64)
    turn = (in_year >= 356) | (in_year <= 3)
    august = (in_year >= 212) & (in_year <= 236)
    return np.asarray(1 + 0.06 * np.cos(2 * np.pi * (in_year - 100) / 365) - 0.45 * turn - 0.14 * august)


def events_season(day: Array) -> Array:
    """The extra factor of the events industry: busy in summer, slow from November, after the weddings."""
    calendar = np.asarray(day).astype("M8[D]")
    in_year = (calendar - calendar.astype("M8[Y]").astype("M8[D]")).astype(np.int64)
    return np.asarray(1 + 0.3 * np.cos(2 * np.pi * (in_year - 190) / 365))


@dataclass(frozen=True)
class Rates:
    """(weeks, accounts): the chance that an average user is active on an average weekday, and features in reach."""

    active: Array
    features: Array


def rates(world: World) -> Rates:
    """Draw the account's own weekly ups and downs on top of the mood."""
    p, mondays = world.population, world.life.mondays
    wobble = np.zeros((len(mondays), len(p)))
    level = 0.28 * world.chance.normal("wobble_first", p.key)
    for row, monday in enumerate(mondays):
        level = 0.85 * level + 0.15 * world.chance.normal("wobble", p.key, int(monday))
        wobble[row] = level
    age = (mondays[:, None] - world.population.created[None, :]) / 7 + 1
    ramp = np.clip(age / _RAMP_WEEKS, 0.2, 1)
    mood = np.clip(world.mood, -4, 2.5)
    monday, again = mondays[:, None], world.returns
    is_leaving = (monday > world.life.decided) & (monday < again.came) | (monday > again.decided)
    leaving = np.where(is_leaving, 0.6, 1.0)
    active = _BASE_RATE * np.exp(p.habit + _MOOD_WEIGHT * mood + wobble) * ramp * leaving
    own = world.chance.normal("breadth", p.key)
    reach = 2 + 9 * sigmoid(0.7 * own + 0.45 * mood + 0.4 * (p.plan - 1)) * ramp
    return Rates(active, np.clip(np.round(reach), 1, len(FEATURES)).astype(np.int64))


def events(world: World, rates_: Rates, first: int, last: int) -> Columns:
    """Every event that occurred on the days [first, last], as integer columns in the order of users and days."""
    account, user, day = _active_days(world, rates_, first, last)
    p, chance = world.population, world.chance
    user_number = p.key[account] * MOST_USERS + user
    times = _actions(world, user_number, day)
    rows = np.repeat(np.arange(len(account)), times)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    account, user_number, day = account[rows], user_number[rows], day[rows]
    keys = (user_number, day, nth)
    reach = rates_.features[world.life.week_of(day), account]
    which = np.floor(chance.uniform("which", *keys) ** 1.6 * reach).astype(np.int64)
    start = chance.uniform("begins", user_number, day) * 7.5 * 3600
    step = (nth * 420 + chance.uniform("pause", *keys) * 400) % 9000
    lag = _lag(chance.uniform("lag", *keys))
    occurred = day * days.DAY_SECONDS + _OPENING_HOUR[p.region[account]] * 3600 + (start + step).astype(np.int64)
    return {
        "account": account,
        "user_number": user_number,
        "number": (user_number * 2**15 + day) * _MOST_A_DAY + nth,
        "kind": np.where(nth == 0, 0, 1 + which),
        "quantity": np.where(nth == 0, 0, 1 + np.floor(chance.exponential("times", *keys) * 1.5)).astype(np.int64),
        "occurred": occurred,
        "recorded": occurred + 20 + chance.integers("arrives", 900, *keys) + lag * days.DAY_SECONDS,
    }


def _actions(world: World, user_number: Array, day: Array) -> Array:
    """Events of each active day, the login included; half of the days are a mere look, with one action."""
    drawn = world.chance.poisson("actions", _MORE_ACTIONS * world.spec.events_scale, user_number, day)
    extra = np.minimum(1 + drawn, _MOST_A_DAY - 1)
    looks = world.chance.uniform("looks", user_number, day) < 0.5
    return np.asarray(1 + np.where(looks, np.minimum(extra, 1), extra))


def _lag(drawn: Array) -> Array:
    """Whole days by which an event arrives late, from one uniform draw each."""
    very = np.ceil(drawn / _VERY_LATE_SHARE * _VERY_LATE_DAYS)
    late = np.ceil((drawn - _VERY_LATE_SHARE) / _LATE_SHARE * _LATE_DAYS)
    lag = np.where(drawn < _VERY_LATE_SHARE, very, np.where(drawn < _VERY_LATE_SHARE + _LATE_SHARE, late, 0))
    return lag.astype(np.int64)


def _active_days(world: World, rates_: Rates, first: int, last: int) -> tuple[Array, Array, Array]:
    """(account, user, day) of every user's active day within [first, last]."""
    p, chance = world.population, world.chance
    day = np.arange(first, last + 1)
    week = world.life.week_of(day)
    seats = world.life.seats[week]
    here = np.flatnonzero(world.is_here(slice(None), day[:, None]).any(axis=0))
    most = seats[:, here].max(axis=0)
    account = np.repeat(here, most)
    user = np.arange(len(account)) - np.repeat(np.cumsum(most) - most, most)
    number = p.key[account] * MOST_USERS + user
    # A few heavy users, many light ones; the first seat is the administrator and seldom idle.
    keen = np.exp(0.8 * chance.normal("keen_user", number) - 0.25 + 0.5 * (user == 0))
    rate = rates_.active[week][:, account].T * keen[:, None]
    rate *= (_WEEKDAY[days.weekday(day)] * season(day))[None, :]
    rate *= np.where((p.industry[account] == EVENTS)[:, None], events_season(day)[None, :], 1.0)
    works = world.is_here(slice(None), day[:, None]) & ~is_paused(world, np.arange(len(p))[None, :], day[:, None])
    rate = np.where(works[:, account].T, rate, 0.0)
    rate = np.where(user[:, None] < seats[:, account].T, np.minimum(rate, 0.93), 0.0)
    who, when = np.nonzero(chance.uniform("active", number[:, None], day[None, :]) < rate)
    return account[who], user[who], day[when]


def event_table(world: World, columns: Columns) -> pa.Table:
    """The canonical table `usage_events` of some events."""
    ids = pa.array(world.population.account_id.tolist(), pa.string())
    user = columns["user_number"]
    account = pc.take(ids, pa.array(columns["account"]))
    quantity = pa.array(columns["quantity"].astype(np.float64), mask=columns["quantity"] == 0)
    return pa.table(
        {
            "event_id": _joined("ev_", pa.array(columns["number"])),
            "account_id": account,
            "subscription_id": pa.nulls(len(user), pa.string()),
            "user_id": _joined("usr_", pa.array(user)),
            "event_name": pc.take(NAMES, pa.array(columns["kind"])),
            "feature": pc.take(AREAS, pa.array(columns["kind"])),
            "occurred_at": _instants(columns["occurred"]),
            "quantity": quantity,
            "recorded_at": _instants(columns["recorded"]),
        }
    )


def _joined(prefix: str, numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(numbers, pa.string()), "")


def _instants(seconds: Array) -> pa.Array:
    return pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC"))


def months(world: World, until: int) -> Iterator[tuple[int, int]]:
    """(first, last) day of every calendar month of the company up to a day, cut at both ends."""
    month = np.array([world.start]).astype("M8[D]").astype("M8[M]")[0]
    while (first := int(month.astype("M8[D]").astype(np.int64))) <= until:
        month = month + 1
        yield max(first, world.start), min(int(month.astype("M8[D]").astype(np.int64)) - 1, until)
