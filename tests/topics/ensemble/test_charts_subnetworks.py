"""Test the data in the chart of all subnetworks' outputs, and the rendered chart."""

import numpy as np
import pytest
import vl_convert

from dropout_core.numerics.network import random_network
from dropout_core.topics.ensemble import charts_subnetworks
from dropout_core.topics.ensemble.averages import BINS, enumerate_subnetworks

RATES = (0.1, 0.2, 0.3)


def svg(spec: dict) -> str:
    """Render the chart with Vega."""
    return vl_convert.vegalite_to_svg(spec | {"width": 600})


@pytest.fixture(scope="module")
def outputs():
    net, x = random_network((49, 2, 2, 3), 0), np.random.default_rng(0).random((3, 49))
    ensembles = [enumerate_subnetworks(net, x, np.array([0, 1, 2]), rate) for rate in RATES]
    return ensembles, charts_subnetworks.outputs(x, np.array([0, 1, 2]), (3, 5, 8), ensembles, RATES, 0.2, 2)


def data_of(spec: dict) -> list[list[dict]]:
    return [layer["data"]["values"] for layer in spec["layer"][0]["layer"]]


def columns(row: dict, name: str) -> list:
    return [row[f"{name}{k}"] for k in range(len(RATES))]


def test_every_image_and_rate_is_sent_once(outputs):
    ensembles, spec = outputs
    facts = next(rows for rows in data_of(spec) if "arithmetic0" in rows[0])
    assert [row["digit"] for row in facts] == [3, 5, 8]
    for row in facts:
        place = (3, 5, 8).index(row["digit"])
        expected = [e.averages.geometric[row["image"] - 1, place] for e in ensembles]
        assert columns(row, "geometric") == pytest.approx(expected, abs=1e-4)
        off = [e.averages.scaled[row["image"] - 1, place] - p for e, p in zip(ensembles, expected, strict=True)]
        assert columns(row, "off_geometric") == pytest.approx(off, rel=1e-2, abs=1e-15)


def test_the_histogram_is_the_ensembles_and_its_highest_bar_is_1(outputs):
    ensembles, spec = outputs
    bars = next(rows for rows in data_of(spec) if "w0" in rows[0])
    assert {row["bin"] for row in bars} <= set(range(BINS))
    for image in (1, 2, 3):
        sent = np.zeros((BINS, len(RATES)))
        for row in bars:
            if row["image"] == image:
                sent[row["bin"]] = columns(row, "w")
        for rate, e in enumerate(ensembles):
            expected = e.histogram[image - 1] / e.histogram[image - 1].max()
            np.testing.assert_allclose(sent[:, rate], expected, atol=6e-4)


def test_the_outputs_are_drawn(outputs):
    drawn = svg(outputs[1])
    assert "a 5 (image 2 of 3)" in drawn
    assert drawn.count("says") == 3
    for name in charts_subnetworks.NAMES.values():
        assert name in drawn


def test_no_cell_holds_a_list_which_streamlits_tables_would_lose(outputs):
    assert not any(
        isinstance(cell, list | dict) for rows in data_of(outputs[1]) for row in rows for cell in row.values()
    )
    assert outputs[1]["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert outputs[1]["config"]["mark"]["aria"] is False
