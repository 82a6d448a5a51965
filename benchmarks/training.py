"""What ten times the accounts cost a training: seconds and the peak of memory of learn(), at 1x and at 10x.

`python -m benchmarks.training [ACCOUNTS]`: made-up companies of 78 weeks whose departures follow their features, each
learned from in a process of its own.
"""

import sys

import pandas as pd

from benchmarks.forked import Cost, forked
from config.churn import churn_config
from ml.learn import learn
from tests.unit.ml.synthetic import a_company

ACCOUNTS = 1_000
TIMES = 10
WEEKS = 78
# A company that teaches at both sizes: a refused model is not grown a second time, which would cost less.
SEED, SIGNAL, MONTHLY_RATE = 2, 1.2, 0.03


def main() -> None:
    """Print the lines of the figure."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    import_everything()
    small, large = measured(accounts), measured(TIMES * accounts)
    seconds, memory = large.seconds / small.seconds, large.mib / small.mib
    print(f"{TIMES} times the accounts: {seconds:.1f} times the seconds, {memory:.1f} times the memory")


def measured(accounts: int) -> Cost:
    """The cost for a company of that size, printed too."""
    frame = a_company(accounts, WEEKS, SEED, SIGNAL, MONTHLY_RATE)
    cost = forked(train, frame)
    held = frame.memory_usage(deep=True).sum() / 1024**2
    print(f"{accounts:,} accounts, {len(frame):,} account-weeks: {cost.seconds:.1f} s, {cost.mib:.0f} MiB", end="")
    print(f" (the table of features alone: {held:.0f} MiB)", flush=True)
    return cost


def train(frame: pd.DataFrame) -> None:
    """Learn, and say what came of it."""
    print(learn(frame, churn_config()).verdict.why, flush=True)


def import_everything() -> None:
    """What a training imports: the same memory at any size."""
    import mlflow.xgboost  # noqa: F401
    import sklearn.linear_model  # noqa: F401


if __name__ == "__main__":
    main()
