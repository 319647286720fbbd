"""Test areas under the ROC curve against counts of all pairs, and test the intervals' coverage and edge cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.roc import auroc, compare

scores = arrays(float, 12, elements=st.integers(0, 5).map(float))  # few distinct values, so that many are tied
wrongs = arrays(bool, 12)


def by_pairs(score, wrong):
    pairs = [(a > b) + (a == b) / 2 for a in score[wrong] for b in score[~wrong]]
    return np.mean(pairs) if pairs else np.nan


@given(scores, wrongs)
def test_it_is_the_share_of_pairs_in_order(score, wrong):
    np.testing.assert_allclose(auroc(score, wrong), [by_pairs(score, wrong)], atol=1e-12)


@given(scores, wrongs, arrays(int, (3, 12), elements=st.integers(0, 3)))
def test_counts_stand_for_repeated_images(score, wrong, counts):
    expected = [by_pairs(score.repeat(row), wrong.repeat(row)) for row in counts]
    np.testing.assert_allclose(auroc(score, wrong, counts.astype(float)), expected, atol=1e-12)


@given(scores, wrongs)
def test_turning_the_score_round_turns_the_area_round(score, wrong):
    np.testing.assert_allclose(auroc(-score, wrong), 1 - auroc(score, wrong), atol=1e-12)


def noisy(n, seed):
    rng = np.random.default_rng(seed)
    wrong = rng.random(n) < 0.3
    return wrong, wrong + rng.normal(0, 1, n), wrong + rng.normal(0, 3, n)


def test_a_better_warning_is_found_and_its_interval_holds_the_truth():
    wrong, good, poor = noisy(2000, 0)
    result = compare(good, poor, wrong)
    assert result.difference.sign == 1
    assert compare(poor, good, wrong).difference.sign == -1
    assert result.difference.value == pytest.approx(result.first.value - result.second.value)
    # For normal scores whose means differ by d, with standard deviation s, the area is Phi(d / (s sqrt 2)).
    assert result.first.low < 0.760 < result.first.high
    assert result.second.low < 0.593 < result.second.high


def test_intervals_cover_about_as_often_as_they_say():
    """At 95 % coverage, the probability that fewer than 50 of 60 intervals contain the true area is 1 in 10,000."""
    areas = [compare(good, poor, wrong).first for wrong, good, poor in (noisy(200, seed) for seed in range(60))]
    assert sum(one.low < 0.760 < one.high for one in areas) >= 50
    assert np.mean([one.high - one.low for one in areas]) < 0.2


def test_a_score_against_itself_cannot_tell():
    wrong, good, _ = noisy(100, 1)
    result = compare(good, good.copy(), wrong)
    assert result.difference == Estimate(0.0, 0.0, 0.0)
    assert result.difference.sign == 0


def test_cases_of_one_image_are_drawn_together():
    """Copies of the same images add no information, so the interval does not become narrower."""
    wrong, good, poor = noisy(150, 2)
    once = compare(good, poor, wrong).difference
    copies = [np.repeat(values[:, None], 4, axis=1) for values in (good, poor, wrong)]
    again = compare(*copies).difference
    assert (again.low, again.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize("wrong", [True, False])
def test_without_errors_or_with_errors_alone_there_is_nothing_to_tell(wrong):
    score = np.arange(5.0)
    assert compare(score, score, np.full(5, wrong)) is None
    assert np.isnan(auroc(score, np.full(5, wrong))).all()
