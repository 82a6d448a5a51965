"""What holds for every history: of values, gaps, answers, departures."""

from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.decide.alert import Alert, Feedback, Outcome
from copilot.decide.state import advance
from tests.unit.decide.alerts import a_rule, day, seen

RULE = a_rule()
ANSWERS = ("useful", "knew", "data_wrong", "not_a_risk", "snooze_7d")
GONE = "gone"

a_day = st.tuples(
    st.one_of(st.integers(0, 40), st.none(), st.just(GONE)), st.one_of(st.none(), st.sampled_from(ANSWERS))
)
histories = st.lists(a_day, min_size=1, max_size=60)


def live(history: list[tuple[object, str | None]]) -> list[tuple[date, Outcome]]:
    """Replay a history as `decide` does: the last answer to the alert stays in the table."""
    before: Alert | None = None
    answers: dict[str, Feedback] = {}
    lived = []
    for number, (value, kind) in enumerate(history):
        if before is not None and kind is not None:
            answers[before.alert_id] = Feedback(number + 1, kind)  # type: ignore[arg-type]
        feedback = answers.get(before.alert_id) if before else None
        outcome = advance(RULE, before, None if value == GONE else seen(value), feedback, day(number))  # type: ignore[arg-type]
        before = outcome.alert
        lived.append((day(number), outcome))
    return lived


@settings(max_examples=300, deadline=None)
@given(histories)
def test_there_is_at_most_one_alert_that_is_not_over(history: list[tuple[object, str | None]]) -> None:
    open_ids: set[str] = set()
    for _, outcome in live(history):
        if outcome.alert is not None:
            open_ids.discard(outcome.alert.alert_id)
            if not outcome.alert.is_over:
                open_ids.add(outcome.alert.alert_id)
        assert len(open_ids) <= 1


@settings(max_examples=100, deadline=None)
@given(histories)
def test_replaying_the_days_gives_the_same(history: list[tuple[object, str | None]]) -> None:
    assert live(history) == live(history)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 40), st.none()), min_size=1, max_size=60))
def test_an_unanswered_alert_ends_only_after_its_clear_days(values: list[int | None]) -> None:
    clear_run = 0
    for value, (_, outcome) in zip(values, live([(value, None) for value in values]), strict=True):
        clear_run = clear_run if value is None else clear_run + 1 if value <= 7 else 0
        if "resolved" in [change.event for change in outcome.changes]:
            assert clear_run >= RULE.clear_after_days


@settings(max_examples=300, deadline=None)
@given(histories)
def test_raised_and_reopened_less_ended_is_what_is_open(history: list[tuple[object, str | None]]) -> None:
    lived = live(history)
    counted = Counter()
    was_open = False
    for _, outcome in lived:
        names = {change.event for change in outcome.changes}
        counted["began"] += bool(names & {"raised", "reopened"})
        is_open = outcome.alert is not None and not outcome.alert.is_over
        counted["ended"] += was_open and not is_open
        was_open = is_open
    assert counted["began"] - counted["ended"] == was_open
