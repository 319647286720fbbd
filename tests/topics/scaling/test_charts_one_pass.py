"""Test the numbers in the charts of one pass and of the three schemes."""

import numpy as np

from dropout_core.numerics.masks import RATES, SCHEMES, moments
from dropout_core.topics.scaling.charts_one_pass import REACH, STRIPS, pass_strips, scheme_means
from tests.topics.scaling.specs import A, U, data, marks


def test_strips_carry_the_draws_and_the_first_values():
    spec = pass_strips(A, U[:100], 0.35, 7)
    assert [row["a"] for row in data(spec)] == A.tolist()
    drawn = [[row[f"u{k}"] for k in range(100)] for row in data(spec)]
    np.testing.assert_allclose(drawn, U[:100].T, atol=6e-5)
    params = {p["name"]: p for m in marks(spec) for p in m.get("params", ())}
    assert params["rate"]["value"] == [{"p": 0.35}]
    assert params["pass"]["value"] == [{"k": 7}]
    assert len(STRIPS) == 6


def test_four_decimals_decide_as_all_of_them_do_at_every_rate():
    """Rounding a draw must not move it to the other side of a rate on the slider."""
    rounded = np.round(U[:100], 4)
    for rate in RATES:
        off = (rounded >= rate) != (U[:100] >= rate)
        assert (np.abs(U[:100][off] - rate) < 5e-5).all()


def test_schemes_carry_exact_moments():
    rows = {row["scheme"]: row for row in data(scheme_means(0.5))}
    assert tuple(rows) == SCHEMES
    for scheme, row in rows.items():
        for i, rate in enumerate(RATES):
            mean, variance = moments(np.ones(1), rate, scheme)
            assert row["averages"][i] == mean[0]
            assert row["sds"][i] == np.sqrt(variance[0])


def test_no_scheme_s_bar_is_longer_than_the_axis():
    for row in data(scheme_means(0.5)):
        for mean, sd in zip(row["averages"], row["sds"], strict=True):
            assert REACH[0] < mean - sd <= mean + sd < REACH[1]


def test_the_mask_s_label_is_a_legend_and_no_count():
    assert "(1 = kept, 0 = dropped)" in STRIPS["m"]
