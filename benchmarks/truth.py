"""Compare the model's held-out forecasts with the sandbox's true chances, on the same account-weeks.

`python -m benchmarks.truth [--as-of D] [--sources FILE]` prints the table of docs/figures.md for the newest training.
The true hazard is the best that is possible: what remains between it and perfection is chance that no data shows.
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from config.churn import churn_config
from config.run import DEFAULT_SOURCES, Run
from config.settings import var_dir
from ml import registry
from ml.evaluate import Report, evaluate

TRUTH = "true hazard"
COLUMNS = (
    "| candidate | PR-AUC | ROC-AUC | lift in top decile [worst, best] | recall in top decile"
    " | Brier | log loss | calibration error |"
)


def compared(held_out: pd.DataFrame, truth: pd.DataFrame, horizon: int) -> dict[str, Report]:
    """Figures by candidate and of the truth, on rows that have both a forecast and a truth; best PR-AUC first."""
    known = truth.rename(columns={f"p_true_{horizon}": TRUTH, "week_on": "as_of_date"})
    known = known.assign(as_of_date=pd.to_datetime(known["as_of_date"]))[["as_of_date", "account_id", TRUTH]]
    wide = held_out.pivot(index=["as_of_date", "account_id", "churned"], columns="candidate", values="p").reset_index()
    rows = wide.merge(known, on=["as_of_date", "account_id"], validate="one_to_one")
    if rows.empty:
        raise SystemExit("no account-week has both a forecast and a truth: were they made from the same sandbox?")
    outcome = rows["churned"].to_numpy(np.float64)
    names = [TRUTH, *sorted(set(held_out["candidate"]))]
    reports = {name: evaluate(rows[name].to_numpy(np.float64), outcome) for name in names}
    return dict(sorted(reports.items(), key=lambda item: -item[1].pr_auc))


def table(reports: dict[str, Report]) -> str:
    """The reports as a Markdown table."""
    lines = [COLUMNS, "|---" * COLUMNS.count(" |") + "|"]
    for name, r in reports.items():
        lift = f"{r.lift_top_decile:.2f} [{r.lift_top_decile_worst:.2f}, {r.lift_top_decile_best:.2f}]"
        areas = f"{r.pr_auc:.3f} | {r.roc_auc:.3f} | {lift} | {r.recall_top_decile:.2f}"
        lines.append(f"| {name} | {areas} | {r.brier:.4f} | {r.log_loss:.4f} | {r.calibration_error:.4f} |")
    return "\n".join(lines)


def main() -> None:
    """Read the warehouse and the truth, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date.max)
    parser.add_argument("--sources", type=Path, default=DEFAULT_SOURCES)
    given = parser.parse_args()
    run, horizon = Run(given.as_of, given.sources), churn_config().main_horizon_days
    newest = registry.newest(run)
    if newest is None:
        raise SystemExit("no model has been trained yet: copilot train")
    with registry.connect(run.database) as warehouse:
        rows = warehouse.execute(
            "select candidate, as_of_date, account_id, p, churned from ml.evaluation_score"
            " where model_version = %s and horizon_days = %s",
            (newest.model_version, horizon),
        ).fetchall()
    held_out = pd.DataFrame(rows, columns=["candidate", "as_of_date", "account_id", "p", "churned"])
    held_out["as_of_date"] = pd.to_datetime(held_out["as_of_date"])
    reports = compared(held_out, pd.read_parquet(var_dir() / "sandbox" / "truth" / "hazard.parquet"), horizon)
    some = next(iter(reports.values()))
    weeks = f"{held_out['as_of_date'].min():%Y-%m-%d} to {held_out['as_of_date'].max():%Y-%m-%d}"
    print(f"Model {newest.model_version} ({newest.status}), {horizon} days ahead, Sundays {weeks}:")
    print(f"{some.n:,} account-weeks, {some.n_churned} of them left ({some.base_rate:.1%})\n")
    print(table(reports))


if __name__ == "__main__":
    main()
