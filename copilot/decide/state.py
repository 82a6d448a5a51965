"""How one alert passes one day: first the answer that a CSM gave, then what the day shows. Pure.

open -> acknowledged | snoozed -> resolved, and back. Hysteresis: an alert ends only when its clear condition held on
`clear_after_days` days running, counted in days that were decided; a day on which that is unknown neither counts nor
breaks the run. After its end, `cooldown_days` long, no new alert is raised for the account and reason: the same one is
reopened, or stays silent when a CSM dismissed it.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from config.alerts import Rule
from copilot.decide.alert import Alert, Change, Feedback, Outcome, Sighting, alert_id

SNOOZE_DAYS = 7


def advance(rule: Rule, before: Alert | None, seen: Sighting | None, feedback: Feedback | None, day: date) -> Outcome:
    """The alert of one account and reason at the end of `day`.

    before: its state on the last decided day, None when there was none. seen: None when the account is no longer a
    customer. At most one alert comes out, so there are never two open for one account and reason.
    """
    if before is None:
        return _first(rule, seen, day)
    answered = _answered(before, feedback, day)
    alert = answered.alert or before
    if before.is_over:
        return _after_its_end(rule, answered, seen, day)
    if alert.is_over:
        return answered
    outcome = _while_open(rule, alert, seen, day)
    return Outcome(outcome.alert, answered.changes + outcome.changes)


def withdrawn(before: Alert, day: date) -> Outcome:
    """End an alert whose rule is no longer in the settings."""
    if before.is_over:
        return Outcome(before)
    return _resolved(before, day, "the rule was withdrawn")


def _first(rule: Rule, seen: Sighting | None, day: date) -> Outcome:
    if seen is None or not seen.is_firing or seen.message is None:
        return Outcome(None)
    alert = Alert(
        alert_id=alert_id(seen.account_id, rule.reason_key, day),
        account_id=seen.account_id,
        reason_key=rule.reason_key,
        rule_id=rule.id,
        rule_version=rule.version,
        severity=rule.severity,
        state="open",
        opened_on=day,
        state_since=day,
        clear_days=0,
        announced_value=seen.value,
        due_on=day + timedelta(days=rule.due_in_days),
        owner_csm_id=seen.owner_csm_id,
        arr_at_risk=seen.arr_usd,
        message=seen.message,
        evidence=seen.evidence,
    )
    return Outcome(alert, (Change("raised"),))


def _answered(alert: Alert, feedback: Feedback | None, day: date) -> Outcome:
    """The alert after the newest answer, if there is one that was not yet taken in."""
    if feedback is None or feedback.feedback_id <= alert.last_feedback_id:
        return Outcome(alert)
    heard = replace(alert, last_feedback_id=feedback.feedback_id, is_dismissed=feedback.answer == "not_a_risk")
    if heard.is_dismissed:
        ended = heard if alert.is_over else replace(heard, state="resolved", state_since=day)
        return Outcome(ended, (Change("dismissed", feedback.answer),))
    if alert.is_over:
        return Outcome(heard)
    state: Literal["snoozed", "acknowledged"] = "snoozed" if feedback.answer == "snooze_7d" else "acknowledged"
    return Outcome(replace(heard, state=state, state_since=day), (Change(state, feedback.answer),))


def _after_its_end(rule: Rule, answered: Outcome, seen: Sighting | None, day: date) -> Outcome:
    alert = answered.alert
    if alert is None or seen is None or not seen.is_firing or seen.message is None:
        return answered
    if (day - alert.state_since).days > rule.cooldown_days:
        return _first(rule, seen, day)
    if alert.is_dismissed:
        return answered
    due_on = day + timedelta(days=rule.due_in_days)
    again = replace(
        alert,
        state="open",
        state_since=day,
        clear_days=0,
        announced_value=seen.value,
        due_on=due_on,
        evidence=seen.evidence,
    )
    return Outcome(_retold(rule, again, seen), (Change("reopened"),))


def _while_open(rule: Rule, alert: Alert, seen: Sighting | None, day: date) -> Outcome:
    if seen is None:
        return _resolved(alert, day, "the account is no longer a customer")
    # Its facts are today's also on a day on which it does not fire; where none of them is known, yesterday's stay.
    facts = seen.evidence or alert.evidence
    alert = replace(alert, owner_csm_id=seen.owner_csm_id, arr_at_risk=seen.arr_usd, evidence=facts)
    clear_days = _clear_days(alert, seen)
    if clear_days >= rule.clear_after_days:
        return _resolved(replace(alert, clear_days=clear_days), day, f"clear for {clear_days} days")
    woken = _woken(replace(alert, clear_days=clear_days), day)
    if not seen.is_firing or woken.alert is None:
        return woken
    moved = _moved(rule, _retold(rule, woken.alert, seen), seen, day)
    return Outcome(moved.alert, woken.changes + moved.changes)


def _clear_days(alert: Alert, seen: Sighting) -> int:
    if seen.is_firing or seen.is_clear is False:
        return 0
    return alert.clear_days + 1 if seen.is_clear else alert.clear_days


def _woken(alert: Alert, day: date) -> Outcome:
    if alert.state != "snoozed" or (day - alert.state_since).days < SNOOZE_DAYS:
        return Outcome(alert)
    return Outcome(replace(alert, state="open", state_since=day), (Change("woken"),))


def _retold(rule: Rule, alert: Alert, seen: Sighting) -> Alert:
    """The alert in today's words; yesterday's stay when a value that they need is unknown today."""
    return replace(
        alert,
        rule_id=rule.id,
        rule_version=rule.version,
        severity=rule.severity,
        message=alert.message if seen.message is None else seen.message,
    )


def _moved(rule: Rule, alert: Alert, seen: Sighting, day: date) -> Outcome:
    """Compare with the value last told: a step for the worse also ends a snooze, which was given for the lesser one."""
    if rule.measure is None or seen.value is None:
        return Outcome(alert)
    if alert.announced_value is None:
        return Outcome(replace(alert, announced_value=seen.value))
    rise = seen.value - alert.announced_value
    worse_by = rise if rule.measure.worse == "higher" else -rise
    if abs(worse_by) < rule.measure.step:
        return Outcome(alert)
    detail = f"{rule.measure.column} {alert.announced_value:f} -> {seen.value:f}"
    told = replace(alert, announced_value=seen.value)
    if worse_by < 0:
        return Outcome(told, (Change("eased", detail),))
    if alert.state == "snoozed":
        told = replace(told, state="open", state_since=day)
    return Outcome(told, (Change("worsened", detail),))


def _resolved(alert: Alert, day: date, why: str) -> Outcome:
    return Outcome(replace(alert, state="resolved", state_since=day), (Change("resolved", why),))
