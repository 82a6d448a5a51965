"""Room 8: one day's alerts. Reads the state of the last decided day, what the day shows and what CSMs answered.

A day builds on the days before it, so a backfill goes in order; days after it are not touched.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from config.kill_point import kill_point
from config.run import Run
from copilot.decide.alert import Alert, Feedback, Outcome, Sighting
from copilot.decide.rules import CheckedRule, checked_rules
from copilot.decide.state import advance, withdrawn
from copilot.warehouse.alerts import DayFacts, alerts_before, day_facts, last_feedback, sightings, store
from copilot.warehouse.connect import connect, hold_lock

Key = tuple[str, str]


class NotDecidable(RuntimeError):  # noqa: N818 - like NotPublishable
    """The day's data must not move alerts: a gate holds it, or it is not there."""


def decide(run: Run) -> dict[str, int]:
    """Write the alerts and events of the run's day, replacing what an earlier attempt wrote.

    Returns counts: rules, each event, open (not resolved at the end of the day), withheld (a rule fired but its message
    lacks a value). Raises ConditionError when a rule cannot be used. Raises NotDecidable when a gate holds the day, or
    when the marts have no account on it although alerts are open: an absent day would end every one of them.
    """
    rules = checked_rules()
    remembered = max((checked.rule.cooldown_days for checked in rules), default=0)
    with connect("decider", run.database) as decider:
        hold_lock(decider, "copilot:decide")
        before = alerts_before(decider, run.as_of, remembered)
        _check_day(run.as_of, day_facts(decider, run.as_of), before)
        seen = sightings(decider, rules, run.as_of, before)
        answers = last_feedback(decider, run.cutoff)
        outcomes = decide_day(rules, before, seen, answers, run.as_of)
        store(decider, run.as_of, outcomes, suggested(rules))
        kill_point("decide.before_commit")
    return _counts(rules, seen, outcomes)


def _check_day(day: date, facts: DayFacts, before: Mapping[Key, Alert]) -> None:
    if facts.held_by:
        raise NotDecidable(f"{day} is not decided: gate {', '.join(facts.held_by)} says HOLD")
    if facts.n_accounts == 0 and any(not alert.is_over for alert in before.values()):
        raise NotDecidable(f"{day} is not decided: marts.fct_account_days has no row of it; build the marts first")


def decide_day(
    rules: tuple[CheckedRule, ...],
    before: Mapping[Key, Alert],
    seen: Mapping[Key, Sighting],
    answers: Mapping[str, Feedback],
    day: date,
) -> list[Outcome]:
    """Pass every alert and every sighting through the day, in the order of account and reason. Pure."""
    by_reason = {checked.rule.reason_key: checked.rule for checked in rules}
    outcomes = []
    for key in sorted({*before, *seen}):
        rule, earlier = by_reason.get(key[1]), before.get(key)
        if rule is not None:
            answer = answers.get(earlier.alert_id) if earlier else None
            outcomes.append(advance(rule, earlier, seen.get(key), answer, day))
        elif earlier is not None:
            outcomes.append(withdrawn(earlier, day))
    return outcomes


def suggested(rules: tuple[CheckedRule, ...]) -> dict[str, Any]:
    """The actions of each reason as the tables keep them: type, description, urgency."""
    return {checked.rule.reason_key: [action.model_dump() for action in checked.actions] for checked in rules}


def _counts(rules: tuple[CheckedRule, ...], seen: Mapping[Key, Sighting], outcomes: list[Outcome]) -> dict[str, int]:
    events = Counter(change.event for outcome in outcomes for change in outcome.changes)
    return {
        "rules": len(rules),
        "raised": events["raised"],
        "reopened": events["reopened"],
        "worsened": events["worsened"],
        "eased": events["eased"],
        "dismissed": events["dismissed"],
        "resolved": events["resolved"],
        "open": sum(1 for o in outcomes if o.alert is not None and not o.alert.is_over),
        "withheld": sum(1 for sighting in seen.values() if sighting.is_firing and sighting.message is None),
    }
