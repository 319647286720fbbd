"""The ensemble page's charts: what they send, and that every part of them is drawn where the numbers are."""

import json

import numpy as np
import pytest
import vl_convert

from dropout_core.numerics.network import random_network
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.ensemble import charts_averaging as curves
from dropout_core.topics.ensemble import charts_subnetworks as pictures
from dropout_core.topics.ensemble.averages import BINS, enumerate_subnetworks
from dropout_core.topics.ensemble.figures import Curve

RATES = (0.1, 0.2, 0.3)
CURVE = Curve((1, 10, 100, 1000), (12.0, 9.0, 8.0, 7.5), (11.0, 8.5, 7.7, 7.3), (13.0, 9.5, 8.3, 7.7))


def svg(spec: dict) -> str:
    """The chart as Vega draws it."""
    return vl_convert.vegalite_to_svg(spec | {"width": 600})


@pytest.fixture(scope="module")
def outputs():
    net, x = random_network((49, 2, 2, 3), 0), np.random.default_rng(0).random((3, 49))
    found = [enumerate_subnetworks(net, x, np.array([0, 1, 2]), rate) for rate in RATES]
    return found, pictures.outputs(x, np.array([0, 1, 2]), (3, 5, 8), found, RATES, 0.2, 2)


def data_of(spec: dict) -> list[list[dict]]:
    return [layer["data"]["values"] for layer in spec["layer"][0]["layer"]]


def columns(row: dict, name: str) -> list:
    return [row[f"{name}{k}"] for k in range(len(RATES))]


def test_every_image_and_rate_is_sent_once(outputs):
    found, spec = outputs
    facts = next(rows for rows in data_of(spec) if "arithmetic0" in rows[0])
    assert [row["digit"] for row in facts] == [3, 5, 8]
    for row in facts:
        place = (3, 5, 8).index(row["digit"])
        expected = [e.averages.geometric[row["image"] - 1, place] for e in found]
        assert columns(row, "geometric") == pytest.approx(expected, abs=1e-4)
        off = [e.averages.scaled[row["image"] - 1, place] - p for e, p in zip(found, expected, strict=True)]
        assert columns(row, "off_geometric") == pytest.approx(off, rel=1e-2, abs=1e-15)


def test_the_histogram_is_the_ensembles_and_its_highest_bar_is_1(outputs):
    found, spec = outputs
    bars = next(rows for rows in data_of(spec) if "w0" in rows[0])
    assert {row["bin"] for row in bars} <= set(range(BINS))
    for image in (1, 2, 3):
        sent = np.zeros((BINS, len(RATES)))
        for row in bars:
            if row["image"] == image:
                sent[row["bin"]] = columns(row, "w")
        for rate, e in enumerate(found):
            expected = e.histogram[image - 1] / e.histogram[image - 1].max()
            np.testing.assert_allclose(sent[:, rate], expected, atol=6e-4)


def test_the_outputs_are_drawn(outputs):
    drawn = svg(outputs[1])
    assert "a 5 (image 2 of 3)" in drawn
    assert drawn.count("says") == 3
    for name in pictures.NAMES.values():
        assert name in drawn


def test_no_cell_holds_a_list_which_streamlits_tables_would_lose(outputs):
    assert not any(
        isinstance(cell, list | dict) for rows in data_of(outputs[1]) for row in rows for cell in row.values()
    )
    assert outputs[1]["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert outputs[1]["config"]["mark"]["aria"] is False


def test_the_right_share_of_the_sliders_rate_is_written():
    ways = {way: [Estimate(10 * i + 50, 10 * i + 48, 10 * i + 52) for i in range(3)] for way in curves.WAYS}
    drawn = svg(curves.right(dict.fromkeys(curves.WAYS, "way"), ways, RATES, 0.2, 300))
    assert drawn.count("60.0 % (58.0–62.0)") == 4
    assert "% of 300 images right" in drawn


def test_gaps_are_labelled_apart():
    found = {depth: [Estimate(0.01 * depth, 0.0, 0.05)] * 3 for depth in (1, 2, 3)}
    drawn = svg(curves.gaps(found, RATES, 5))
    assert all(name in drawn for name in ("1 layer", "2 layers", "3 layers"))
    placed = curves._apart({1: 0.0, 2: 0.1, 3: 5.0}, 1)
    assert placed == {1: 0.0, 2: 1.0, 3: 5.0}


@pytest.mark.parametrize("reports", [False, True])
def test_the_average_of_k_is_written_and_the_crossings_are_named(reports):
    line = curves.Line(CURVE, "subnetworks", "#3b82f6", [1, 0])
    slider = curves.members(1.0, 0.1, "error", reports)
    spec = curves.averaging([line], Estimate(8, 7, 9), "error, %", ".1f", [5, 16], slider, 50, 16)
    drawn = svg(spec)
    assert "k = 10 subnetworks: 9.0 (8.5–9.5)" in drawn
    assert "about 50" in drawn
    assert "apart from k = 16" in drawn
    assert ('"select"' in json.dumps(spec)) == reports


def test_a_curve_that_ends_early_shows_its_last_point_and_no_crossing_draws_no_rule():
    short = Curve((1, 10), (30.0, 12.0), (29.0, 11.0), (31.0, 13.0))
    both = [curves.Line(CURVE, "subnetworks", "#3b82f6", [1, 0]), curves.Line(short, "trees", "#7b8494", [8, 3])]
    drawn = svg(
        curves.averaging(
            both, Estimate(8, 7, 9), "error", ".1f", [4, 60], curves.members(2.0, 0.1, "forest"), log_y=True
        )
    )
    assert "k = 100 subnetworks: 8.0" in drawn
    assert "k = 10 trees: 12.0" in drawn
    assert "Srivastava" not in drawn


def test_how_alike_members_are_is_written():
    found = {"disagreement": {"subnetworks": Estimate(0.12, 0.1, 0.14), "trees": Estimate(0.44, 0.4, 0.5)}}
    drawn = svg(curves.alike(found, {"disagreement": "differ", "subnetworks": "nets", "trees": "trees"}))
    assert "differ: nets" in drawn
    assert "0.44 (0.40–0.50)" in drawn
