"""What a rule would have done: its alerts replayed over past days and held against who left. Pure.

The replay is the state machine itself, so hysteresis and cooldown count as they will when the rule is live.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from config.alerts import Rule
from copilot.decide.alert import Alert, Sighting
from copilot.decide.state import advance

# An alert is right when its account leaves within the horizon that the product forecasts.
HORIZON_DAYS = 90
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Episode:
    """One alert that would have been raised."""

    account_id: str
    opened_on: date


@dataclass(frozen=True)
class History:
    """The days that were looked at, who was responsible on them, and who left when (the day of notice or end)."""

    first: date
    last: date
    n_csms: int
    departures: Mapping[str, Sequence[date]]


@dataclass(frozen=True)
class Card:
    """What a rule is worth; a share is None where nothing can be counted yet.

    precision: alerts old enough to judge whose account left within 90 days. recall: departures that had an alert in
    the 90 days before. n_departures leaves out those on the first day: no alert could have come before them.
    """

    rule_id: str
    first: date
    last: date
    n_alerts: int
    n_judged: int
    n_right: int
    n_departures: int
    n_caught: int
    median_lead_days: float | None
    alerts_per_csm_week: float | None

    @property
    def precision(self) -> float | None:
        """Right alerts of those that can be judged, 0-1."""
        return self.n_right / self.n_judged if self.n_judged else None

    @property
    def recall(self) -> float | None:
        """Departures that were announced, 0-1."""
        return self.n_caught / self.n_departures if self.n_departures else None


def episodes(rule: Rule, days: Iterable[tuple[date, Mapping[str, Sighting]]]) -> list[Episode]:
    """Every alert that the rule would have raised. `days`: ascending, with what each day showed by account."""
    states: dict[str, Alert] = {}
    raised = []
    for day, seen in days:
        for account_id in sorted({*seen, *(key for key, alert in states.items() if not alert.is_over)}):
            outcome = advance(rule, states.get(account_id), seen.get(account_id), None, day)
            if outcome.alert is not None:
                states[account_id] = outcome.alert
            if any(change.event == "raised" for change in outcome.changes):
                raised.append(Episode(account_id, day))
    return raised


def card(rule_id: str, raised: Sequence[Episode], history: History) -> Card:
    """Hold the alerts against the departures."""
    horizon = timedelta(days=HORIZON_DAYS)
    judged = [episode for episode in raised if episode.opened_on + horizon <= history.last]
    right = [episode for episode in judged if _departure_after(episode, history) is not None]
    departures = [
        (account_id, left_on)
        for account_id, days in sorted(history.departures.items())
        for left_on in days
        if history.first < left_on <= history.last
    ]
    leads = [lead for account_id, left_on in departures if (lead := _lead(raised, account_id, left_on)) is not None]
    # On the first day every old trouble is new at once; the pace of alerts is what comes after it.
    n_later = sum(1 for episode in raised if episode.opened_on > history.first)
    csm_weeks = history.n_csms * (history.last - history.first).days / DAYS_PER_WEEK
    return Card(
        rule_id=rule_id,
        first=history.first,
        last=history.last,
        n_alerts=len(raised),
        n_judged=len(judged),
        n_right=len(right),
        n_departures=len(departures),
        n_caught=len(leads),
        median_lead_days=float(median(leads)) if leads else None,
        alerts_per_csm_week=n_later / csm_weeks if csm_weeks else None,
    )


def _departure_after(episode: Episode, history: History) -> date | None:
    until = episode.opened_on + timedelta(days=HORIZON_DAYS)
    days = history.departures.get(episode.account_id, ())
    return next((left_on for left_on in days if episode.opened_on < left_on <= until), None)


def _lead(raised: Sequence[Episode], account_id: str, left_on: date) -> int | None:
    """Days from the first alert of the 90 before a departure to the departure."""
    leads = [(left_on - episode.opened_on).days for episode in raised if episode.account_id == account_id]
    return max((lead for lead in leads if 0 < lead <= HORIZON_DAYS), default=None)
