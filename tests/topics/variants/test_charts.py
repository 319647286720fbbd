"""Charts of the variants: drawn from one specification, whatever the controls say."""

import copy

import numpy as np
import pandas as pd
import pytest
import vl_convert as vlc

from dropout_core.charts.theme import ARM_COLOURS, DROPPED, KEPT, PICKED
from dropout_core.topics.variants.charts_curves import apart, curves
from dropout_core.topics.variants.charts_feature_maps import average_variance, map_chart, schedule_chart
from dropout_core.topics.variants.charts_network import NAMES, network_chart
from dropout_core.topics.variants.numerics import MAPS, SIDE, SIZES


def drawn(spec: dict, width: int = 1000) -> str:
    return vlc.vegalite_to_svg({**copy.deepcopy(spec), "width": width})


def network(variant: str, rate: float, shown: int = 1) -> str:
    return drawn(network_chart({"variant": variant, "rate": rate, "pass": shown}))


@pytest.mark.parametrize("variant", NAMES)
def test_at_rate_0_nothing_is_out_and_what_noise_touches_has_factor_1(variant):
    svg = network(variant, 0.0)
    assert "out</text>" in svg or "no noise" in svg
    assert svg.count(">0 of 6 out<") == (2 if variant in ("Dropout", "Gaussian") else 0)
    assert svg.count(">0 of 4 out<") == (variant == "Inputs")
    assert ": factor 0.00" not in svg


def test_each_variant_loses_what_it_says():
    dropout, connect, inputs = (network(v, 0.8) for v in ("Dropout", "DropConnect", "Inputs"))
    assert dropout.count(">no noise<") == 2  # inputs and outputs
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


def test_whole_maps_or_single_values():
    full, holes = drawn(map_chart(0.0, 1)), drawn(map_chart(0.5, 1))
    assert full.count(f'stroke="{DROPPED}"') == 0
    assert holes.count(f'stroke="{DROPPED}"') > 0
    assert holes.count("→ 0.0<") >= 1
    assert full.count(f'fill="{KEPT}"') == 2 * MAPS * SIDE * SIDE


def test_schedules_say_when_the_rate_acts():
    svg = drawn(schedule_chart(0.3))
    assert svg.count(">p = 0.30<") == 4
    assert svg.count(">p = 0<") == 2
    assert average_variance("early", 0.5) == pytest.approx(0.5)


HISTORIES = pd.DataFrame(
    [
        {"trial": trial, "epoch": epoch, "mean": mean + epoch / 100, "low": mean - 0.1, "high": mean + 0.1}
        for trial, mean in (("no dropout", 0.6), ("dropout", 0.45), ("a", 0.45), ("b", 0.4))
        for epoch in (3, 6)
    ]
)


def test_only_the_picked_variant_is_drawn_beside_the_two():
    svg = drawn(curves(HISTORIES, ("a", "b"), "b"))
    assert svg.count(PICKED) >= 3
    assert all(colour in svg for colour in ARM_COLOURS.values())
    assert ">b<" in svg
    assert ">a<" not in svg


def test_names_are_moved_apart_and_keep_their_order():
    moved = apart(np.array([0.4, 0.41, 0.9]), 0.05)
    assert np.diff(moved).min() >= 0.05 - 1e-12
    assert moved[:2].mean() == pytest.approx(0.405)
    assert apart(np.array([0.1, 0.5]), 0.05).tolist() == [0.1, 0.5]
