"""Tests of the claims about a comparison: different runs lead to different verdicts."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import ttest_rel

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.topics.training import claims

NOISE = np.random.default_rng(0).normal(0, 0.01, 8)


def swapped(record: Record) -> Record:
    """Return the record with the names of its arms swapped."""
    other = {"no dropout": "dropout", "dropout": "no dropout"}
    trials = {
        label: dataclasses.replace(
            found,
            points=found.points.assign(arm=found.points["arm"].map(other)),
            runs=found.runs.assign(arm=found.runs["arm"].map(other)),
        )
        for label, found in record.trials.items()
    }
    return Record(record.experiment, trials)


@pytest.fixture
def mirrored(monkeypatch):
    """Swap the arms of every record with two arms, so that claims that held before must now fail."""
    other = {name: swapped(load(name)) for name in ("article-fresh", "drawn")}
    monkeypatch.setattr(claims, "load", lambda name: other.get(name) or load(name))
    by_rate = claims.by_rate
    monkeypatch.setattr(claims, "by_rate", lambda *of: paired(np.zeros(by_rate(*of).n), by_rate(*of).differences))


def test_other_runs_other_verdicts(mirrored):
    assert claims.less_overfitting().verdict is Verdict.DOES_NOT_HOLD
    found = claims.generalises()
    assert found.verdict is Verdict.HOLDS_WHEN
    assert "60,000 images and 5 epochs" in found.condition
    assert "1,000 images and 60 epochs" in found.exception


@pytest.mark.parametrize(
    ("extra", "verdict"),
    [(0.03, Verdict.EQUIVALENT), (0.3, Verdict.DOES_NOT_HOLD), (np.log(1.1), Verdict.INCONCLUSIVE)],
)
def test_time_is_judged_by_the_ratio_within_ten_percent(monkeypatch, extra, verdict):
    pairs = [{NO_DROPOUT: 10.0, DROPOUT: float(10 * np.exp(extra + e))} for e in NOISE]
    loops = {"the article's loop": pairs, "this project's trainer": pairs}
    monkeypatch.setattr(claims, "times", lambda: loops)
    found = claims.free_of_charge()
    assert found.verdict is verdict
    ratios = [pair[DROPOUT] / pair[NO_DROPOUT] for pair in pairs]
    low, high = ttest_rel(np.log(ratios), np.zeros(8)).confidence_interval(0.95)
    assert (found.evidence[0].estimate.low, found.evidence[0].estimate.high) == (
        pytest.approx(low),
        pytest.approx(high),
    )
    assert found.evidence[0].margin == pytest.approx(np.log(1.1))


def test_a_worse_loss_spoils_a_narrower_gap():
    narrower, worse = paired(NOISE - 1, 0 * NOISE), paired(NOISE + 1, 0 * NOISE)
    assert claims.fits_less(narrower, worse)
    assert not claims.fits_less(narrower, narrower)
    assert not claims.fits_less(worse, worse)


def test_the_long_comparison_is_followed_from_its_first_five_evaluations_to_its_last_five():
    assert claims.early_and_late() == ([2, 4, 6, 8, 10], [32, 34, 36, 38, 40])
    assert "first 5 evaluations (epochs 2 to 10) to the last 5 (epochs 32 to 40)" in claims.as_training_goes_on()


def test_a_swing_in_a_single_evaluation_hardly_changes_the_trend(monkeypatch):
    record = load("long")
    before = claims.change_of_gain("full_val_accuracy")
    trial = record.trials["rate 0.5"]
    points = trial.points.copy()
    points.loc[points["epoch"].round(6) == 40, "full_val_accuracy"] += 1.0
    swung = Record(record.experiment, {**record.trials, "rate 0.5": dataclasses.replace(trial, points=points)})
    monkeypatch.setattr(claims, "load", lambda name: swung)
    assert claims.change_of_gain("full_val_accuracy").mean == pytest.approx(before.mean + 1 / 5)
