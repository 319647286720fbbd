"""Test the numbers in the charts of the sums and of the three schemes."""

import re

import numpy as np
import pytest
import vl_convert

from dropout_core.charts.theme import WHOLE_NET
from dropout_core.charts.vega import rate_slider, reported
from dropout_core.numerics.masks import RATES, SCHEMES, apply_mask, inference_scale, keep_mask, moments
from dropout_core.topics.scaling.charts_schemes import schemes
from dropout_core.topics.scaling.charts_sums import masked_sums, sums
from tests.topics.scaling.specs import A, U, data


def spec(a: np.ndarray = A, passes: int = 200) -> dict:
    return sums(a, U[:passes, : len(a)], reported("rate", "p", 0.5, rate_slider()), 3)


def test_the_sums_are_those_of_the_masked_activations():
    rows = data(spec())
    assert [row["k"] for row in rows] == list(range(1, 201))
    for i, rate in enumerate(RATES):
        expected = [apply_mask(A, keep_mask(u, rate), rate, "no scaling").sum() for u in U[:200]]
        np.testing.assert_allclose([row[f"s{i}"] for row in rows], expected, rtol=1e-4, atol=1e-4)


def test_the_axis_holds_every_sum_and_the_target_at_every_rate():
    for a in (A, np.zeros(1), np.array([5.0]), np.array([1.0, 1, 1, 1]), np.array([-3.0, 1])):
        by_rate, ends = masked_sums(a, U[:200, : len(a)]), {p["name"]: p.get("value") for p in spec(a)["params"]}
        for i, rate in enumerate(RATES):
            points = [*by_rate[i], *by_rate[i] / (1 - rate), a.sum()]
            assert ends["lows"][i] < min(points) <= max(points) < ends["highs"][i], (a, rate)


def test_schemes_carry_the_two_values_and_the_value_at_inference():
    rows = {row["scheme"]: row for row in data(schemes(0.5))}
    assert tuple(rows) == SCHEMES
    for scheme, row in rows.items():
        for i, rate in enumerate(RATES):
            mean, variance = moments(np.ones(1), rate, scheme)
            np.testing.assert_allclose(row["ups"][i] * (1 - rate), mean[0])
            np.testing.assert_allclose(row["ups"][i] ** 2 * rate * (1 - rate), variance[0])
            assert row["at"][i] == inference_scale(rate, scheme)


@pytest.mark.slow
@pytest.mark.parametrize("width", [358, 1000])
def test_the_target_does_not_cross_a_label_even_at_the_left_edge(width):
    svg = vl_convert.vegalite_to_svg(spec(np.array([0.001])) | {"width": width})
    labels = [float(y) for y in re.findall(r'translate\(0,([\d.]+)\)"[^>]*>(?:unscaled|scaled by)', svg)]
    lines = re.findall(r'transform="translate\([\d.]+,([\d.]+)\)" x2="0" y2="(-?[\d.]+)"[^>]*stroke="' + WHOLE_NET, svg)
    assert len(labels) == 2
    assert len(lines) == 3
    for y in labels:
        assert not any(float(top) < y + 7 and float(top) + float(end) > y - 7 for top, end in lines)


@pytest.mark.slow
def test_small_means_keep_their_digits_and_one_pass_is_no_plural():
    svg = vl_convert.vegalite_to_svg(
        sums(np.array([0.001]), np.ones((1, 1)), {"name": "rate_p", "value": 0.5}, 1) | {"width": 600}
    )
    assert "mean of 1 pass: 0.00100<" in svg
    assert "mean of 1 pass: 0.00200<" in svg
