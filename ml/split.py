"""The temporal split: what a model may learn from, be tuned on, and be judged by. Pure.

Drawn along the Sundays, oldest left, with h = the horizon:

    warm-up | train ........ | gap h | validation ... | gap h | test ..... | h | today
            label windows -> ^                label -> ^          label -> ^

Rule: the last label window of a part ends no later than the first day of the next part. A row of Sunday W looks at
(W, W + h], so a part ends (exclusively) one day after `start of the next - h`: everything in it could have been known
on the day the next part begins, and no departure is counted on both sides. All intervals are half-open [start, end).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.churn import ChurnConfig

WEEK = timedelta(days=7)


class TooShortError(ValueError):
    """There is not enough history for three parts and two gaps; the message says how much there is and is needed."""


@dataclass(frozen=True)
class Part:
    """Days from start (inclusive) to end (exclusive)."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True)
class Split:
    """The three parts, oldest first."""

    train: Part
    validation: Part
    test: Part


def split(days: Sequence[date], config: ChurnConfig) -> Split:
    """Cut the Sundays whose labels are complete (any order, repeats allowed) into train, validation and test.

    Counted back from the newest, so that the test weeks are the latest that can be judged. Raises TooShortError when
    fewer than `min_train_weeks` are left to learn from, or when there are no days.
    """
    if not days:
        raise TooShortError("no week has complete labels yet")
    lengths, gap = config.folds, timedelta(days=config.main_horizon_days)
    test = Part(max(days) + WEEK - lengths.test_weeks * WEEK, max(days) + WEEK)
    validation_end = test.start - gap + timedelta(days=1)
    validation = Part(validation_end - lengths.validation_weeks * WEEK, validation_end)
    train = Part(min(days) + timedelta(days=lengths.warm_up_days), validation.start - gap + timedelta(days=1))
    n_train = len({day for day in days if day in train})
    if n_train < lengths.min_train_weeks:
        raise TooShortError(
            f"the history is too short: {len(set(days))} weeks have complete labels, which leaves {n_train} to learn "
            f"from (at least {lengths.min_train_weeks}) before the gaps, validation and test"
        )
    return Split(train, validation, test)
