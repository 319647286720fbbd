"""Render the network under each variant, with different initial values for the controls."""

import re

import pytest
import vl_convert as vlc

from dropout_core.charts.theme import DROPPED
from dropout_core.topics.variants.charts_network import NAMES, network_chart
from dropout_core.topics.variants.numerics import SIZES, measured

pytestmark = pytest.mark.slow


def network(variant: str, rate: float, shown: int = 1) -> str:
    spec = network_chart({"variant": variant, "rate": rate, "pass": shown})
    return vlc.vegalite_to_svg({**spec, "width": 1000})


@pytest.mark.parametrize("variant", NAMES)
def test_at_rate_0_nothing_is_out_and_what_noise_touches_has_factor_1(variant):
    svg = network(variant, 0.0)
    assert "out</text>" in svg or "no noise" in svg
    assert svg.count(">0 of 6 out<") == (2 if variant in ("Dropout", "Gaussian") else 0)
    assert svg.count(">0 of 4 out<") == (variant == "Inputs")
    assert ": factor 0.00" not in svg


def test_each_variant_loses_what_it_says():
    dropout, connect, inputs = (network(v, 0.8) for v in ("Dropout", "DropConnect", "Inputs"))
    assert dropout.count(">no noise<") == 2  # labels below the inputs and the outputs
    assert connect.count(">no noise<") == len(SIZES)
    assert inputs.count(">no noise<") == 3
    lost = {name: svg.count(f'stroke="{DROPPED}"') for name, svg in (("c", connect), ("0", network("DropConnect", 0)))}
    assert lost["c"] > lost["0"] + 30, "most of 60 connections are gone at 0.8"


def test_a_gaussian_factor_is_never_0_and_sometimes_negative():
    svg = network("Gaussian", 0.8)
    assert ": factor −" in svg or ": factor -" in svg
    assert ">−<" in svg


def test_the_moments_are_written_beside_the_network():
    assert "Variance: p / (1 − p) = 4.000" in network("Gaussian", 0.8)
    assert "10,000 seeded draws" in network("Inputs", 0.5)
    assert "measured 1.000, always" in network("Dropout", 0.0)
    assert not re.search(r"± 0\.0+\b", network("Dropout", 0.5))


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.95])
def test_z_can_be_recomputed_from_what_is_written_beside_the_network(rate):
    svg, m = network("Gaussian", rate), measured("gaussian", rate)
    written = [tuple(map(float, pair)) for pair in re.findall(r">measured ([\d.]+) ± ([\d.]+)<", svg)]
    expected = [(m.mean - 1) / m.mean_error, (m.variance - m.exact_variance) / m.variance_error]
    exact = [1.0, float(re.search(r"Variance: p / \(1 − p\) = ([\d.]+)", svg).group(1))]
    z = [(value - truth) / error for (value, error), truth in zip(written, exact, strict=True)]
    assert z == pytest.approx(expected, abs=0.1, rel=0.06)


def test_no_factor_is_drawn_at_the_end_of_the_axis():
    layers = network_chart({"variant": "Gaussian", "rate": 0.95, "pass": 1})["layer"]
    filters = [t["filter"] for layer in layers for t in layer.get("transform", []) if "filter" in t]
    assert {"field": "factor", "range": [-2.6, 5.4]} in filters
