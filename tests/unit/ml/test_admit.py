"""The gate: luck, leaks and thin data are refused, each with its sentence."""

import numpy as np
import pandas as pd
import pytest

from config.churn import ChurnConfig, churn_config
from ml.admit import CANDIDATE, INCUMBENT, HeldOut, Verdict, admit, against_incumbent, leaking_features
from ml.evaluate import evaluate
from ml.learn import learn
from ml.resample import Resamples
from tests.unit.ml.synthetic import a_company

N_SEEDS = 20


@pytest.fixture(scope="module")
def quick() -> ChurnConfig:
    """The real gates; the main horizon alone and few resamples of the band, as no gate looks at the rest."""
    config = churn_config()
    calibration = config.calibration.model_copy(update={"resamples": 10})
    return config.model_copy(update={"calibration": calibration, "horizons_days": (config.main_horizon_days,)})


def held_out(strength: float, seed: int = 1, n: int = 4000) -> HeldOut:
    """Every candidate scored on the same rows of n/8 accounts; ours sees `strength` of the truth, others nothing."""
    rng = np.random.default_rng(seed)
    account = np.arange(n) % (n // 8)
    truth = rng.standard_normal(n // 8)[account]
    labels = (rng.random(n // 8) < 1 / (1 + np.exp(3.2 - 1.2 * rng.permuted(truth[: n // 8]))))[account].astype(float)
    signal = np.where(labels == 1, 1.0, 0.0) + rng.standard_normal(n // 8)[account]
    noise = {name: rng.random(n // 8)[account] for name in ("rules", "recency", "logistic")}
    p = 1 / (1 + np.exp(3.2 - strength * signal))
    drawn = Resamples.of_accounts(np.array([f"A{i}" for i in account], dtype=object), 200, seed)
    return HeldOut({CANDIDATE: p, "constant": np.full(n, 0.05), **noise}, labels, drawn)


def verdict_of(rows: HeldOut) -> Verdict:
    return admit(rows, evaluate(rows.scores[CANDIDATE], rows.labels), churn_config().gate)


def test_a_candidate_with_signal_is_admitted_with_its_figures() -> None:
    verdict = verdict_of(held_out(1.0))
    assert verdict.status == "champion", verdict.why
    assert verdict.figures["pr_auc_over_rules"][1] > 0


def test_a_candidate_without_signal_is_refused_in_a_sentence() -> None:
    verdict = verdict_of(held_out(0.0))
    assert verdict.status == "no_signal"
    assert verdict.why.startswith("no usable signal: on later months the ranking is hardly better than chance")


def test_a_candidate_that_the_rules_or_the_logistic_baseline_beat_is_rejected() -> None:
    rows = held_out(1.0)
    sure = np.where(rows.labels == 1, 0.9, 0.01)
    for better, word in (("rules", "the rules"), ("logistic", "the logistic baseline")):
        verdict = verdict_of(HeldOut({**rows.scores, better: sure}, rows.labels, rows.resamples))
        assert verdict.status == "rejected"
        assert word in verdict.why


def test_a_candidate_that_does_not_beat_the_constant_has_no_signal() -> None:
    rows = held_out(1.0)
    verdict = verdict_of(HeldOut({**rows.scores, "constant": rows.scores[CANDIDATE]}, rows.labels, rows.resamples))
    assert verdict.status == "no_signal"


def test_a_leak_that_is_half_unknown_and_half_high_is_found() -> None:
    labels = np.tile([0.0, 0.0, 0.0, 1.0], 100)
    unknown_or_high = np.where(np.arange(400) % 8 < 4, np.nan, 100.0)
    column = np.where(labels == 1, unknown_or_high, np.arange(400) % 50)
    frame = pd.DataFrame({"leak": column, "mirrored": -column, "honest": np.arange(400) % 50})
    assert leaking_features(frame, labels, churn_config().gate) == {"leak": 1.0, "mirrored": 1.0}


def test_a_candidate_with_wrong_probabilities_is_rejected_however_well_it_ranks() -> None:
    rows = held_out(1.0)
    tenfold = np.clip(rows.scores[CANDIDATE] * 5, 0, 1)
    verdict = verdict_of(HeldOut({**rows.scores, CANDIDATE: tenfold}, rows.labels, rows.resamples))
    assert verdict.status == "rejected"
    assert "probabilities are off" in verdict.why


def test_luck_does_not_replace_the_champion_and_a_better_model_does() -> None:
    gate, passed = churn_config().gate, Verdict("champion", "admitted")
    rows = held_out(1.0)
    ours, truth, drawn = rows.scores[CANDIDATE], rows.labels, rows.resamples
    lucky = HeldOut({CANDIDATE: ours, INCUMBENT: ours + 1e-9}, truth, drawn)
    better = HeldOut({CANDIDATE: ours, INCUMBENT: rows.scores["rules"]}, truth, drawn)
    assert against_incumbent(lucky, 100, gate, passed).status == "challenger"
    assert against_incumbent(better, 100, gate, passed).status == "champion"


def test_a_champion_without_common_weeks_is_too_old_to_compare() -> None:
    nothing = HeldOut({}, np.zeros(0), np.zeros((0, 0)))
    verdict = against_incumbent(nothing, 3, churn_config().gate, Verdict("champion", "admitted"))
    assert verdict.status == "champion"
    assert "too old to compare" in verdict.why


def test_random_departures_are_never_admitted(quick: ChurnConfig) -> None:
    statuses = [
        learn(a_company(110, n_weeks=55, seed=seed, signal=0.0, monthly_rate=0.05), quick).verdict.status
        for seed in range(N_SEEDS)
    ]
    assert len(statuses) == N_SEEDS
    assert statuses.count("no_signal") > N_SEEDS / 2, statuses
    assert "champion" not in statuses


def test_a_column_from_the_future_is_named_and_refused(quick: ChurnConfig) -> None:
    company = a_company(120, seed=2, monthly_rate=0.05)
    company["touch_recency_days"] = np.where(company["churned_90"] == 1, 1.0, company["touch_recency_days"])
    company["nps_latest"] = np.where(company["churned_90"] == 1, np.nan, 7.0)
    verdict = learn(company, quick).verdict
    assert verdict.status == "rejected"
    assert set(verdict.figures["leaking_features"]) == {"touch_recency_days", "nps_latest"}
    assert verdict.why.startswith("leak alarm: nps_latest (AUC 1.00), touch_recency_days (AUC 0.9")


def test_no_honest_feature_raises_the_leak_alarm() -> None:
    company = a_company(200, seed=2, monthly_rate=0.04)
    features = company[
        [name for name in company if name not in {"as_of_date", "account_id", "segment", "max_recorded_at"}]
    ]
    honest = features.drop(columns=["churned_30", "churned_60", "churned_90"])
    assert not leaking_features(honest, company["churned_90"].to_numpy(), churn_config().gate)


def test_five_departures_give_rules_only(quick: ChurnConfig) -> None:
    company = a_company(30, seed=1, monthly_rate=0.01)
    gone = company.loc[company["churned_90"] == 1, "account_id"].unique()
    verdict = learn(company[~company["account_id"].isin(gone[5:])], quick).verdict
    assert verdict.status == "rejected"
    assert verdict.why == "rules only: 5 accounts have left so far, a forecast needs 50"


def test_nothing_at_all_is_an_answer_not_an_error(quick: ChurnConfig) -> None:
    verdict = learn(a_company(5, n_weeks=3).head(0), quick).verdict
    assert verdict.status == "rejected"
    assert verdict.why.startswith("rules only: 0 accounts have left")


def test_a_young_company_with_many_departures_is_told_to_wait(quick: ChurnConfig) -> None:
    verdict = learn(a_company(300, n_weeks=20, monthly_rate=0.05), quick).verdict
    assert verdict.status == "rejected"
    assert "the history is too short: 20 weeks" in verdict.why
