"""What happens to each account, week by week: the hidden satisfaction, and the contract events that follow from it.

Satisfaction is an autoregressive walk with sudden slumps. The chance of leaving depends on it, on the weeks left in the
term, and on shocks that nothing announces. Everything observable is drawn elsewhere from `Life`, with lags and noise.
"""

from dataclasses import dataclass, field

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import NEVER, Array, Chance
from copilot.sandbox.population import FAR, PLAN_BASE_PRICE, PLAN_SEAT_PRICE, SEATS_MOST, Population
from copilot.sandbox.spec import CompanySpec

WEEK = 7
MEMORY = 0.975  # of last week's distance from the mean: half is gone in twenty-seven weeks
NOISE = 0.19
SLUMP_RATE = 0.006  # a week: champion leaves, bad release, botched migration
SLUMP_LEAST = 1.0
SLUMP_MORE = 0.7
BASE_HAZARD = 0.00012  # a week, of an account with satisfaction 0 in an average week of its term
SENSITIVITY = 3.0
SHOCK_HAZARD = 0.0008
CAUSES = ("", "state", "shock", "payment")
STATE, SHOCK, PAYMENT = 1, 2, 3
DUNNING_DAYS = 21
LIST_RISE_AFTER_DAYS = 280  # of the company's days: from then on every contract renews once at the new list price
LIST_RISE = 1.06
_WINDOW_WEEKS = 14
# Weight of the hazard by weeks left in a long term: decisions fall before the notice period, some at the very end.
_WINDOW = np.array([0.8, 0.6, 0.6, 1.0, 3.5, 6.5, 7.5, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.5])
_OUTSIDE = 0.02


@dataclass
class Life:
    """State and hazard (weeks, accounts), and per account the departure. Days are integers, NEVER or FAR if none."""

    mondays: Array
    state: Array
    hazard: Array  # weekly, of the coming departure in that week; NaN when not at risk
    seats: Array  # (weeks, accounts) on the Monday
    term_end: Array  # (weeks, accounts) on the Monday
    notice: Array  # day of notice, NEVER without
    ended: Array  # first day no longer paid, FAR while running
    cause: Array  # index into CAUSES
    drawn: Array  # row of the week in which the departure was decided, NEVER without
    slump: Array  # (weeks, accounts) size of the slump that hits in that week, 0 mostly
    changes: list[dict[str, Array]] = field(default_factory=list)

    @property
    def decided(self) -> Array:
        """The day on which the departure becomes an event: notice, or the end without one. FAR if none."""
        return np.where(self.notice >= 0, self.notice, self.ended)

    def lagged(self) -> Array:
        """(weeks, accounts): what the outside notices of the state, one to two weeks later."""
        one = np.vstack([self.state[:1], self.state[:-1]])
        two = np.vstack([one[:1], one[:-1]])
        return np.asarray(0.6 * one + 0.4 * two)

    def week_of(self, day: Array) -> Array:
        """The row of the arrays for a day, clipped to the weeks that were lived."""
        return np.asarray(np.clip((np.asarray(day) - self.mondays[0]) // WEEK, 0, len(self.mondays) - 1))


def weekly_hazard(state: Array, weeks_left: Array, term_months: Array, auto_renew: Array) -> tuple[Array, Array]:
    """(by dissatisfaction, by shock): chances in [0, 1] of deciding to leave this week. All shapes broadcast."""
    timing = _timing(weeks_left, term_months, auto_renew)
    unhappy = 1 - np.exp(-BASE_HAZARD * timing * np.exp(np.clip(-SENSITIVITY * state, -9, 6)))
    return unhappy, SHOCK_HAZARD * (0.2 + 0.8 * timing)


def _timing(weeks_left: Array, term_months: Array, auto_renew: Array) -> Array:
    inside = (weeks_left >= 0) & (weeks_left < _WINDOW_WEEKS)
    weight = np.where(inside, _WINDOW[np.clip(weeks_left, 0, _WINDOW_WEEKS - 1)], _OUTSIDE)
    lapse = np.where(auto_renew, 1.0, 1.4)
    # A two-year term decides once for two years: its window weighs more, so that a month loses as many.
    return np.where(term_months == 1, 1.0, weight * lapse * np.where(term_months > 12, 1.5, 1.0))


def next_state(state: Array, mean: Array, noise: Array, slump: Array) -> Array:
    """One week later."""
    return np.asarray(mean + MEMORY * (state - mean) + NOISE * noise - slump)


def slumps(chance: Chance, *keys: Array | int) -> Array:
    """The size of this week's slump, 0 for most."""
    size = SLUMP_LEAST + SLUMP_MORE * chance.exponential("slump_size", *keys)
    return np.where(chance.uniform("slump", *keys) < SLUMP_RATE, size, 0.0)


def live(spec: CompanySpec, population: Population, chance: Chance) -> Life:
    """Run every week from the first day to the last; whole weeks, so that a later end repeats the earlier ones."""
    first, last = days.number(spec.start), days.number(spec.end)
    mondays = np.arange(days.monday(first + WEEK - 1), max(last, first + WEEK - 1) + 1, WEEK)
    life = _blank(mondays, population)
    seats, plan, factor = population.seats.copy(), population.plan.copy(), np.ones(len(population))
    start = np.full(len(population), days.number(spec.start))
    term_end = days.next_term_end(population.paid_from, population.term_months, np.maximum(start, population.paid_from))
    state = population.satisfaction + 0.8 * chance.normal("first_state", population.key)
    listed = np.full(len(population), False)
    weeks = Weeks(population, chance, life, term_end, seats, plan, factor, listed, first + LIST_RISE_AFTER_DAYS)
    for row, monday in enumerate(mondays):
        week = int(monday) // WEEK
        life.slump[row] = slumps(chance, population.key, week)
        noise = chance.normal("state", population.key, week)
        state = next_state(state, population.satisfaction, noise, life.slump[row])
        life.state[row] = state
        weeks.live(row, int(monday), state)
    return life


def _blank(mondays: Array, population: Population) -> Life:
    shape = (len(mondays), len(population))
    return Life(
        mondays=mondays,
        state=np.zeros(shape),
        hazard=np.full(shape, np.nan),
        seats=np.zeros(shape, dtype=np.int64),
        term_end=np.zeros(shape, dtype=np.int64),
        notice=np.full(len(population), NEVER),
        ended=np.full(len(population), FAR),
        cause=np.zeros(len(population), dtype=np.int64),
        drawn=np.full(len(population), NEVER),
        slump=np.zeros(shape),
    )


@dataclass
class Weeks:
    """The contract of every account as it stands, moved forward one week at a time."""

    population: Population
    chance: Chance
    life: Life
    term_end: Array
    seats: Array
    plan: Array
    factor: Array
    listed: Array  # whether the account pays the new list price
    list_rise_on: int

    def live(self, row: int, monday: int, state: Array) -> None:
        """Renew what ended, let some leave, let others change seats or plan."""
        self._renew(monday, state)
        self.life.seats[row], self.life.term_end[row] = self.seats, self.term_end
        self._leave(row, monday, state)
        self._resize(monday, state)

    def _staying(self) -> Array:
        return np.asarray(self.life.cause == 0)

    def _renew(self, monday: int, state: Array) -> None:
        p = self.population
        due = self._staying() & (self.term_end <= monday) & (p.paid_from <= monday)
        on = self.term_end.copy()
        months = (on.astype("M8[D]").astype("M8[M]") - p.paid_from.astype("M8[D]").astype("M8[M]")).astype(np.int64)
        rise = np.where(months % 12 == 0, 1.03 + 0.03 * self.chance.uniform("rise", p.key, on), 1.0)
        listed = due & ~self.listed & (on >= self.list_rise_on) & (p.paid_from < self.list_rise_on)
        self.listed |= listed
        self.factor = np.where(due, self.factor * rise * np.where(listed, LIST_RISE, 1.0), self.factor)
        yearly = due & (p.term_months > 1)
        shift = 1 + 0.12 * state + 0.12 * self.chance.normal("renewal_seats", p.key, on)
        resized = np.clip(np.round(self.seats * np.clip(shift, 0.6, 1.4)), 1, SEATS_MOST).astype(np.int64)
        self.seats = np.where(yearly & (np.abs(shift - 1) > 0.1), resized, self.seats)
        self.term_end = np.where(due, days.next_term_end(p.paid_from, p.term_months, on), self.term_end)
        self._note(due, on, "renewal")

    def _leave(self, row: int, monday: int, state: Array) -> None:
        p, life = self.population, self.life
        at_risk = self._staying() & (p.paid_from <= monday)
        weeks_left = (self.term_end - monday) // WEEK
        unhappy, shock = weekly_hazard(state, weeks_left, p.term_months, p.auto_renew)
        hazard = 1 - (1 - unhappy) * (1 - shock)
        life.hazard[row] = np.where(at_risk, hazard, np.nan)
        drawn = self.chance.uniform("leaves", p.key, monday)
        leaves = at_risk & (drawn < hazard)
        by_shock = drawn < shock * hazard / np.maximum(unhappy + shock, 1e-12)
        unpaid = p.by_card & (p.term_months == 1) & (self.chance.uniform("unpaid", p.key) < 0.2)
        cause = np.where(by_shock, SHOCK, np.where(unpaid, PAYMENT, STATE))
        life.cause = np.where(leaves, cause, life.cause)
        life.drawn = np.where(leaves, row, life.drawn)
        self._date_departures(leaves, monday)

    def _date_departures(self, leaves: Array, monday: int) -> None:
        p, life = self.population, self.life
        day = np.minimum(monday + self.chance.integers("leaves_on", WEEK, p.key, monday), self.term_end - 1)
        early = day + 30 + self.chance.integers("winds_down", 31, p.key, monday)
        end = np.where(life.cause == SHOCK, np.minimum(self.term_end, early), self.term_end)
        # Nobody gives notice when the card stops: the next invoice fails, and the service ends after dunning.
        unpaid = life.cause == PAYMENT
        life.notice = np.where(leaves & ~unpaid, day, life.notice)
        life.ended = np.where(leaves, np.where(unpaid, self.term_end + DUNNING_DAYS, end), life.ended)

    def _resize(self, monday: int, state: Array) -> None:
        p = self.population
        drawn = self.chance.uniform("resizes", p.key, monday)
        day = monday + self.chance.integers("resizes_on", WEEK, p.key, monday)
        free = self._staying() & (p.paid_from < monday) & (self.term_end > day)
        grow = free & (drawn < 0.005 * np.exp(0.5 * np.clip(state, -3, 3)))
        shrink = free & (drawn > 1 - 0.0025 * np.exp(-0.6 * np.clip(state, -3, 3))) & (self.seats > 1)
        step = np.maximum(np.round(self.seats * (0.1 + 0.2 * self.chance.uniform("step", p.key, monday))), 1)
        moved = np.clip(self.seats + np.where(grow, step, -step), 1, SEATS_MOST).astype(np.int64)
        self.seats = np.where(grow | shrink, moved, self.seats)
        replan = free & (self.chance.uniform("replans", p.key, monday) < 0.0018)
        up = np.where(state + self.chance.normal("upgrades", p.key, monday) > -0.5, 1, -1)
        self.plan = np.where(replan, np.clip(self.plan + up, 0, len(PLAN_SEAT_PRICE) - 1), self.plan)
        self._note(grow | shrink | replan, day, "change")

    def _note(self, mask: Array, day: Array, kind: str) -> None:
        chosen = np.flatnonzero(mask)
        columns = {"day": day, "seats": self.seats, "plan": self.plan, "factor": self.factor, "term_end": self.term_end}
        noted = {name: values[chosen] for name, values in columns.items()}
        self.life.changes.append({"account": chosen, **noted, "is_renewal": np.full(len(chosen), kind == "renewal")})


def monthly_price(plan: Array, seats: Array, discount: Array, factor: Array) -> Array:
    """Recurring amount a month in the account's currency, rounded to cents."""
    return np.asarray(np.round((PLAN_BASE_PRICE[plan] + PLAN_SEAT_PRICE[plan] * seats) * (1 - discount) * factor, 2))
