"""Score a day: every account in the cohort gets its chance of leaving with a band, a decile and reasons, or a why-not.

Without a model that may speak, the day is `rules_only` with a sentence why, and no forecast rows are left for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg.types.json import Jsonb

from config.churn import ChurnConfig, churn_config
from config.kill_point import kill_point
from config.run import Run
from ml import bundle, registry
from ml.calibrate import sigmoid
from ml.candidates import booster_margins, matrix
from ml.drift import Drifted, drifted
from ml.features import NAMES, read_day
from ml.learn import Forecaster
from ml.reasons import MAX_REASONS, WEEKS_BACK, contributions, reasons
from ml.resample import Array

if TYPE_CHECKING:
    import pandas as pd
    import xgboost

# p_raw, p_calibrated, p_low, p_high, decile of one row; five nulls where the model abstains.
NO_FORECAST = (None,) * 5


@dataclass(frozen=True)
class Day:
    """What scoring wrote or would write for one day. rows: the columns of ml.churn_score after as_of_date, in order."""

    mode: str
    model_version: str | None
    why: str
    n_scored: int = 0
    n_abstained: int = 0
    rows: Sequence[tuple[Any, ...]] = ()


def score(run: Run) -> dict[str, Any]:
    """Score run.as_of and store it; returns scored, abstained, mode, model_version, why. Repeating changes no row."""
    day = forecast(run)
    _store(run.database, run.as_of, day)
    counts = {"scored": day.n_scored, "abstained": day.n_abstained, "mode": day.mode}
    return {**counts, "model_version": day.model_version, "why": day.why}


def forecast(run: Run, account_id: str | None = None) -> Day:
    """The day's forecast, of one account when it is named (its decile is then its place alone)."""
    config, record = churn_config(), registry.champion_record(run)
    if record is None:
        last = registry.newest(run)
        return _rules_only(last.why if last else "no model has been trained yet")
    try:
        model = bundle.read(bundle.directory(run.database, record.model_version), record.artifact_sha256)
    except bundle.BrokenModelError as error:
        return _rules_only(str(error), record.model_version)
    frame = read_day(run, run.as_of)
    stop, notes = _guard(frame, model, run, config)
    if stop:
        return _rules_only(stop, record.model_version)
    if account_id is not None:
        frame = frame[frame["account_id"] == account_id].reset_index(drop=True)
    rows = score_rows(model, frame, _earlier(run), record.model_version, config)
    n_abstained = int(abstain_reasons(frame, config).astype(bool).sum())
    why = "; ".join([f"model {record.model_version}: {record.why}", *notes])
    return Day("model", record.model_version, why, len(frame) - n_abstained, n_abstained, rows)


def score_rows(
    model: Forecaster, frame: "pd.DataFrame", earlier: "pd.DataFrame", model_version: str, config: ChurnConfig
) -> list[tuple[Any, ...]]:
    """Rows of ml.churn_score without the day, by horizon and account. Pure; an account alone scores as in a batch."""
    if not len(frame):
        return []
    thin = abstain_reasons(frame, config)
    speaks = thin == ""
    told = iter(_told(model, frame[speaks], earlier, config))
    words = [next(told) if spoken else (None,) * MAX_REASONS for spoken in speaks]
    rows: list[tuple[Any, ...]] = []
    for horizon, numbers in probabilities(model, matrix(frame)).items():
        places = deciles(numbers[0][speaks], frame["account_id"][speaks].tolist())
        shown = iter(zip(*(column[speaks].tolist() for column in numbers), places, strict=True))
        for account, why, said in zip(frame["account_id"].tolist(), thin.tolist(), words, strict=True):
            spoken = said if horizon == config.main_horizon_days else (None,) * MAX_REASONS
            rows.append(
                (account, horizon, model_version, *(NO_FORECAST if why else next(shown)), bool(why), why, *spoken)
            )
    return rows


def probabilities(model: Forecaster, features: "xgboost.DMatrix") -> dict[int, tuple[Array, Array, Array, Array]]:
    """Horizon -> (p_raw, p_calibrated, p_low, p_high), each (n,). A shorter one is never likelier."""
    found: dict[int, tuple[Array, Array, Array, Array]] = {}
    ceiling: tuple[Array, ...] = ()
    for horizon in sorted(model.boosters, reverse=True):
        margins = booster_margins(model.boosters[horizon], features)
        ceiling = tuple(
            np.minimum(column, limit) if limit is not None else column
            for column, limit in zip(model.curves[horizon].apply(margins), ceiling or (None,) * 3, strict=True)
        )
        found[horizon] = (sigmoid(margins), *ceiling)  # type: ignore[assignment]
    return dict(sorted(found.items()))


def abstain_reasons(frame: "pd.DataFrame", config: ChurnConfig) -> "pd.Series[str]":
    """Why an account is too little known for a forecast; empty where it is known well enough."""
    import pandas as pd

    why = pd.Series("", index=frame.index, dtype=object)
    known = frame[list(NAMES)].notna().mean(axis=1)
    sparse, tenure = known < config.abstain.min_coverage_ratio, frame["tenure_days"]
    why.loc[sparse] = known[sparse].map("only {:.0%} of what the forecast needs is known".format)
    young = tenure < config.abstain.min_tenure_days
    why.loc[young] = tenure[young].map("a customer for {:.0f} days, too short for a forecast".format)
    return why


def deciles(p: Array, accounts: Sequence[str]) -> list[int]:
    """1 (riskiest tenth) to 10 by rank of p; equal p are ordered by account, so that a day is always cut alike."""
    places = [0] * len(p)
    for rank, (_, _, i) in enumerate(sorted(zip((-p).tolist(), accounts, range(len(p)), strict=True))):
        places[i] = 1 + rank * 10 // len(p)
    return places


def _told(
    model: Forecaster, frame: "pd.DataFrame", earlier: "pd.DataFrame", config: ChurnConfig
) -> list[tuple[Jsonb | None, ...]]:
    if not len(frame):
        return []
    pushes = contributions(model.boosters[config.main_horizon_days], matrix(frame))
    listed = reasons(frame, earlier, pushes, model.profile, config.reasons)
    return [tuple(Jsonb(reason) for reason in some) + (None,) * (MAX_REASONS - len(some)) for some in listed]


def _guard(frame: "pd.DataFrame", model: Forecaster, run: Run, config: ChurnConfig) -> tuple[str, list[str]]:
    """(why there must be no forecast, or empty; what to say beside it)."""
    if len(frame) and (frame["max_recorded_at"].dropna() >= run.cutoff).any():
        return "a feature was computed from rows recorded after the day", []
    used = set(model.boosters[config.main_horizon_days].get_fscore())
    found = [finding for finding in drifted(frame, model.profile, config.drift) if finding.feature in used]
    severe = [finding for finding in found if finding.severe]
    return _listed(severe), [_listed(found)] if found else []


def _listed(findings: Sequence[Drifted]) -> str:
    return ", ".join(finding.text for finding in findings)


def _earlier(run: Run) -> "pd.DataFrame":
    """The features of the Sunday at or before four weeks ago: Sundays are always there, whichever days were run."""
    then = run.as_of - timedelta(weeks=WEEKS_BACK)
    return read_day(run, then - timedelta(days=then.isoweekday() % 7))


def _rules_only(why: str, model_version: str | None = None) -> Day:
    return Day("rules_only", model_version, why)


def _store(database: str, as_of: date, day: Day) -> None:
    """Replace what differs, in one transaction. Other models' rows of the day stay, unless nobody may speak."""
    with registry.connect(database) as warehouse:
        warehouse.execute("select pg_advisory_xact_lock(hashtextextended('copilot:score', 0))")
        warehouse.execute("create temporary table fresh (like ml.churn_score) on commit drop")
        with warehouse.cursor().copy("copy fresh from stdin") as copy:
            for row in day.rows:
                copy.write_row((as_of, *row))
        warehouse.execute(_REMOVE_ABSENT, {"day": as_of, "version": day.model_version, "mode": day.mode})
        warehouse.execute(_MERGE)
        warehouse.execute(
            "insert into ml.scored_day values (%s, %s, %s, %s, %s, %s) on conflict (as_of_date) do update"
            " set mode = excluded.mode, model_version = excluded.model_version, why = excluded.why,"
            " n_scored = excluded.n_scored, n_abstained = excluded.n_abstained"
            " where scored_day is distinct from excluded",
            (as_of, day.mode, day.model_version, day.why, day.n_scored, day.n_abstained),
        )
        kill_point("score.before_commit")


_REMOVE_ABSENT = """
delete from ml.churn_score as s
where
    s.as_of_date = %(day)s and (s.model_version = %(version)s or %(mode)s = 'rules_only')
    and not exists (
        select from fresh as f where f.account_id = s.account_id and f.horizon_days = s.horizon_days
    )
"""
_MERGE = """
merge into ml.churn_score as s using fresh as f
on
    s.as_of_date = f.as_of_date and s.account_id = f.account_id and s.horizon_days = f.horizon_days
    and s.model_version = f.model_version
when matched and (s.*) is distinct from (f.*) then update set
    p_raw = f.p_raw, p_calibrated = f.p_calibrated, p_low = f.p_low, p_high = f.p_high, decile = f.decile,
    abstained = f.abstained, abstain_reason = f.abstain_reason,
    reason_1 = f.reason_1, reason_2 = f.reason_2, reason_3 = f.reason_3
when not matched then insert values (
    f.as_of_date, f.account_id, f.horizon_days, f.model_version, f.p_raw, f.p_calibrated, f.p_low, f.p_high,
    f.decile, f.abstained, f.abstain_reason, f.reason_1, f.reason_2, f.reason_3
)
"""
