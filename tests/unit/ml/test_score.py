"""Scoring: coherent, the same alone as in a batch, silent where little is known; and the files behind it."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from config.churn import ChurnConfig, churn_config
from ml import bundle
from ml.calibrate import fit_curve
from ml.candidates import booster_margins, grow, matrix
from ml.drift import profile
from ml.features import NAMES, label_name
from ml.learn import Forecaster
from ml.score import abstain_reasons, deciles, probabilities, score_rows
from tests.unit.ml.synthetic import a_company

CONFIG = churn_config()
FILES = ("model.ubj", "extra_files/trees_30.ubj", "extra_files/trees_60.ubj", "extra_files/model.json")


@pytest.fixture(scope="module")
def company() -> pd.DataFrame:
    return a_company(150, n_weeks=24)


@pytest.fixture(scope="module")
def model(company: pd.DataFrame) -> Forecaster:
    few = CONFIG.calibration.model_copy(update={"resamples": 20})
    accounts = company["account_id"].to_numpy(object)
    boosters, curves = {}, {}
    for horizon in CONFIG.horizons_days:
        label = label_name(horizon)
        boosters[horizon] = grow(company, label, 25, CONFIG.booster, 1)
        margins = booster_margins(boosters[horizon], matrix(company))
        curves[horizon] = fit_curve(margins, company[label].to_numpy(), accounts, few, 1)
    return Forecaster(boosters, curves, dict.fromkeys(CONFIG.horizons_days, 0.05), profile(company))


@pytest.fixture(scope="module")
def files(model: Forecaster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPILOT_VAR", str(home))
        recorded = bundle.write("acme", "abc", model, CONFIG)
        again = bundle.write("acme", "abc", model, CONFIG)
        assert recorded == again
        return bundle.directory("acme", "abc"), recorded


def today(company: pd.DataFrame) -> pd.DataFrame:
    return company.tail(150).reset_index(drop=True)


def test_a_longer_horizon_is_never_less_likely_and_the_band_holds_the_middle(
    model: Forecaster, company: pd.DataFrame
) -> None:
    found = probabilities(model, matrix(company))
    assert list(found) == [30, 60, 90]
    for _, p, low, high in found.values():
        assert ((low <= p) & (p <= high)).all()
    for shorter, longer in ((30, 60), (60, 90)):
        assert (found[shorter][1] <= found[longer][1]).all()


def test_one_account_scores_alone_as_in_any_batch(model: Forecaster, company: pd.DataFrame) -> None:
    rows = today(company)
    batch = {(row[0], row[1]): row for row in score_rows(model, rows, company.head(0), "v", CONFIG)}
    assert len(batch) == 450
    for i in range(0, 150, 7):
        for row in score_rows(model, rows.iloc[i : i + 1], company.head(0), "v", CONFIG):
            other = batch[row[0], row[1]]
            assert np.abs(np.array(row[3:7]) - np.array(other[3:7])).max() < 1e-12
            assert [r and r.obj for r in row[10:]] == [r and r.obj for r in other[10:]]


def test_what_is_little_known_gets_a_sentence_and_no_number(model: Forecaster, company: pd.DataFrame) -> None:
    rows = today(company)
    rows.loc[0, list(NAMES)] = np.nan
    rows.loc[0, "tenure_days"] = 400.0
    rows.loc[1, "tenure_days"] = 5.0
    share = 1 / len(NAMES)
    found = [row for row in score_rows(model, rows, company.head(0), "v", CONFIG) if row[1] == 90]
    assert [row[8] for row in found].count(True) == 2
    assert found[0][3:10] == (
        None,
        None,
        None,
        None,
        None,
        True,
        f"only {share:.0%} of what the forecast needs is known",
    )
    assert found[1][9] == "a customer for 5 days, too short for a forecast"
    assert all(row[3] is not None and row[9] == "" for row in found[2:])


def test_a_day_without_accounts_scores_nothing(model: Forecaster, company: pd.DataFrame) -> None:
    assert score_rows(model, company.head(0), company.head(0), "v", CONFIG) == []


def test_an_account_of_unknown_tenure_is_judged_by_the_rest(company: pd.DataFrame) -> None:
    rows = today(company).assign(tenure_days=np.nan)
    assert (abstain_reasons(rows, CONFIG) == "").all()


def test_deciles_are_equal_parts_by_rank_with_ties_by_account() -> None:
    p = np.array([0.5] * 20)
    names = [f"A{i:02d}" for i in range(20)]
    assert deciles(p, names) == [1 + i // 2 for i in range(20)]
    assert deciles(p[:3], ["c", "a", "b"]) == [7, 1, 4]
    assert deciles(np.array([0.1, 0.9]), ["a", "b"]) == [6, 1]


def test_files_read_back_score_the_same(
    files: tuple[Path, dict[str, str]], model: Forecaster, company: pd.DataFrame
) -> None:
    again = bundle.read(*files)
    for horizon, numbers in probabilities(model, matrix(company)).items():
        for mine, theirs in zip(numbers, probabilities(again, matrix(company))[horizon], strict=True):
            assert (mine == theirs).all()


@pytest.mark.parametrize(
    "name", ["model.ubj", "extra_files/trees_30.ubj", "extra_files/trees_60.ubj", "extra_files/model.json"]
)
@pytest.mark.parametrize("damage", ["missing", "truncated", "one bit"])
def test_a_damaged_file_is_never_loaded(
    files: tuple[Path, dict[str, str]], tmp_path: Path, name: str, damage: str
) -> None:
    home, recorded = files
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    content = bytearray((copy / name).read_bytes())
    if damage == "one bit":
        content[len(content) // 3] ^= 4
    (copy / name).write_bytes(content[: -10 if damage == "truncated" else None])
    if damage == "missing":
        (copy / name).unlink()
    assert set(recorded) >= {name}
    with pytest.raises(bundle.BrokenModelError, match=name):
        bundle.read(copy, recorded)


def test_a_model_without_a_record_or_for_other_features_is_never_loaded(
    files: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home, recorded = files
    with pytest.raises(bundle.BrokenModelError, match="never recorded"):
        bundle.read(home, {})
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    facts = copy / bundle.FACTS
    facts.write_text(facts.read_text().replace("touches_84d", "touches_48d", 1))
    with pytest.raises(bundle.BrokenModelError, match="other features"):
        bundle.read(copy, {**bundle.digests(copy)})
    assert recorded != bundle.digests(copy)


def test_training_twice_on_the_same_rows_gives_the_same_bytes(company: pd.DataFrame) -> None:
    boosters = [grow(company, "churned_90", 20, CONFIG.booster, 7) for _ in range(2)]
    assert boosters[0].save_raw("ubj") == boosters[1].save_raw("ubj")


def test_no_other_config_is_accepted() -> None:
    with pytest.raises(ValueError, match="max_depht"):
        ChurnConfig.model_validate({**CONFIG.model_dump(), "booster": {**CONFIG.booster.model_dump(), "max_depht": 3}})
