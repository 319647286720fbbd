"""Test that each moment's deviation in standard errors can be recomputed from the moments table."""

import re

import pytest

from dropout_core.topics.variants import cached, tables_view

NUMBER = r"(−?[\d.]+)"


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.95])
def test_z_can_be_recomputed_from_the_table(rate):
    rows = re.findall(
        rf"\| {NUMBER} ± {NUMBER} \| {NUMBER}(?: ± {NUMBER}|, always) \| {NUMBER} \|", tables_view.moments(rate)
    )
    moments = [*cached.moments(rate).values()]
    assert len(rows) == len(moments)
    for (mean, mean_error, variance, variance_error, exact), m in zip(rows, moments, strict=True):
        z = (number(mean) - 1) / number(mean_error)
        assert z == pytest.approx((m.mean - 1) / m.mean_error, abs=0.06, rel=0.06)
        if variance_error:
            z = (number(variance) - number(exact)) / number(variance_error)
            assert z == pytest.approx((m.variance - m.exact_variance) / m.variance_error, abs=0.1, rel=0.06)
        else:
            assert m.variance == pytest.approx(m.exact_variance, abs=1e-3)


def test_z_can_be_recomputed_for_a_correlation_of_zero():
    (shown,) = re.findall(rf"\| measured \| .* \| {NUMBER} ± {NUMBER} \|", tables_view.two_sums(0.5))
    sums = cached.two_sums(0.5)["dropconnect"]
    z = number(shown[0]) / number(shown[1])
    assert z == pytest.approx(sums.correlation / sums.correlation_error, abs=0.06, rel=0.06)


def test_no_error_is_printed_as_zero():
    assert "± 0.000" not in "".join(map(tables_view.moments, (0.0, 0.5)))
