"""Test the data in the chart of all subnetworks' outputs, and the rendered chart."""

import re

import numpy as np
import pytest
import vl_convert

from dropout_core.charts.theme import KEPT, PICKED
from dropout_core.numerics.enumeration import all_masks
from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.topics.ensemble import charts_subnetworks
from dropout_core.topics.ensemble.averages import BINS, enumerate_subnetworks, log_outputs
from dropout_core.topics.ensemble.members import subnetwork_outputs
from tests.vega import assert_valid

RATES = (0.1, 0.2, 0.3)


def svg(spec: dict, width: int = 600) -> str:
    """Render the chart with Vega."""
    return vl_convert.vegalite_to_svg(spec | {"width": width})


HIDDEN, MEMBERS = (2, 2), 4
CLASSES = (3, 5, 8)


@pytest.fixture(scope="module")
def shown():
    net, x = random_network((49, *HIDDEN, 3), 0), np.random.default_rng(0).random((3, 49))
    draws = uniforms((MEMBERS, sum(HIDDEN)), 0)
    by_layer = np.split(draws, np.cumsum(HIDDEN)[:-1], axis=1)
    some = [subnetwork_outputs(net, x, tuple(keep_mask(u, p) for u in by_layer), p) for p in RATES]
    by_rate = [enumerate_subnetworks(net, x, np.array([0, 1, 2]), rate) for rate in RATES]
    pictures = np.rint(255 * x).astype(int).reshape(-1, 7, 7)
    return charts_subnetworks.Shown(pictures, CLASSES, CLASSES, RATES, by_rate, draws, np.stack(some), HIDDEN)


@pytest.fixture(scope="module")
def outputs(shown):
    return shown.by_rate, charts_subnetworks.outputs(shown, 0.2, 2)


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
                sent[row["bin"]] = np.array(columns(row, "w")) / 1000
        for rate, e in enumerate(ensembles):
            expected = e.histogram[image - 1] / e.histogram[image - 1].max()
            np.testing.assert_allclose(sent[:, rate], expected, atol=6e-4)


def test_the_specification_is_valid(outputs):
    assert_valid(outputs[1])


def test_a_pictured_subnetwork_has_the_output_that_its_mask_has_among_all(shown, outputs):
    rows = next(rows for rows in data_of(outputs[1]) if "o0" in rows[0])
    assert [(row["image"], row["m"]) for row in rows] == [(i, m) for i in (1, 2, 3) for m in range(1, MEMBERS + 1)]
    net, x = random_network((49, *HIDDEN, 3), 0), np.random.default_rng(0).random((3, 49))
    for k, rate in enumerate(RATES):
        every = np.exp(log_outputs(net, x, rate))
        first, second = (all_masks((units,))[0] for units in HIDDEN)
        for row in rows:
            kept = shown.draws[row["m"] - 1] >= rate
            place = [
                int(np.flatnonzero((masks == part).all(1))[0])
                for masks, part in ((first, kept[:2]), (second, kept[2:]))
            ]
            answer = every[row["image"] - 1, place[0] * len(second) + place[1]]
            assert row[f"o{k}"] / 1000 == pytest.approx(answer[row["image"] - 1], abs=6e-4)
            assert row[f"s{k}"] == CLASSES[int(answer.argmax())]


def test_the_pictures_show_the_kept_units_and_light_up_the_chosen_one(shown):
    spec = charts_subnetworks.outputs(shown, 0.2, 1)
    drawn = svg(spec, width=900)
    kept = int((shown.draws >= 0.2).sum())
    assert drawn.count(f'fill="{KEPT}"') >= kept
    assert len(re.findall(r'aria-label="Subnetwork \d: gives [\d.]+ to the 3"', drawn)) == MEMBERS
    assert drawn.count(f'stroke="{PICKED}" stroke-width="2.5"') == 2  # the frame and the line in the histogram


def test_the_outputs_are_drawn(outputs):
    drawn = svg(outputs[1])
    assert "A 5: " in drawn
    assert drawn.count("says") == 3
    assert f"4 of the {2 ** sum(HIDDEN)}, drawn at random" in svg(outputs[1], width=900)
    for name in charts_subnetworks.NAMES.values():
        assert name in drawn


def test_no_cell_holds_a_list_which_streamlits_tables_would_lose(outputs):
    assert not any(
        isinstance(cell, list | dict) for rows in data_of(outputs[1]) for row in rows for cell in row.values()
    )
    assert outputs[1]["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert outputs[1]["config"]["mark"]["aria"] is False
