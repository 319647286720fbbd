"""Test counts over k passes and their exact range, against direct computation and simulation."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.numerics.masks import RATES, keep_mask, uniforms
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, kept_range, pass_counts


def test_rates_and_passes_cover_what_the_controls_offer():
    assert RATES[0] == 0
    assert RATES[-1] == 0.95
    assert len(RATES) == 20
    counts = pass_counts()
    assert (counts[0], counts[-1]) == (1, MOST_PASSES)
    assert (np.diff(counts) >= 0).all()


@given(rate=st.sampled_from(RATES), k=st.integers(1, 300), seed=st.integers(0, 99))
def test_the_counts_are_those_of_the_first_passes(rate, k, seed):
    u = uniforms((300, 4), seed)
    assert (kept_counts(u, (rate,), np.array([k]))[0, 0] == keep_mask(u[:k], rate).sum(axis=0)).all()


@pytest.mark.parametrize("count", [0, 11])
def test_counts_outside_the_passes_drawn_are_refused(count):
    with pytest.raises(ValueError, match="number of passes"):
        kept_counts(uniforms((10, 2), 0), (0.5,), np.array([count]))


@pytest.mark.parametrize("rate", RATES)
def test_the_range_of_counts_is_the_binomial_one(rate):
    """The quantiles are the smallest counts whose cumulative probability reaches 2.5 and 97.5 %."""
    counts = np.array([1, 2, 3, 10, 40])
    for n, low, high in zip(counts, *kept_range(counts, rate), strict=True):
        below = np.cumsum([comb(n, k) * (1 - rate) ** k * rate ** (n - k) for k in range(n + 1)])
        assert [low, high] == [int(np.argmax(below >= share - 1e-12)) for share in (0.025, 0.975)]


def test_most_series_of_passes_stay_within_the_range():
    kept = kept_counts(uniforms((MOST_PASSES, 100), 0), (0.5, 0.95), pass_counts())
    for counts, rate in zip(kept, (0.5, 0.95), strict=True):
        low, high = kept_range(pass_counts(), rate)
        inside = (low[:, None] <= counts) & (counts <= high[:, None])
        assert inside.mean() > 0.94
        assert (low >= 0).all()
        assert (high <= pass_counts()).all()
