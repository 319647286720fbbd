"""Test that the Uncertainty page's charts are small, valid Vega-Lite and JSON, with the right numbers and images."""

import base64
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from PIL import Image

from dropout_core.charts.theme import AVERAGED, NEUTRAL, WHOLE_NET
from dropout_core.numerics.network import softmax
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.charts_passes import CURVES, curves, data_url, picture
from dropout_core.topics.uncertainty.charts_study import by_angle, differences
from dropout_core.ui.layout import extract_datasets
from tests.vega import assert_valid

RNG = np.random.default_rng(0)
AMOUNTS = tuple(5 * i for i in range(37))
IMAGES = RNG.integers(0, 256, (37, 28, 28), dtype=np.uint8)
ON = softmax(RNG.normal(0, 3, (100, 37, 10)))
OFF = softmax(RNG.normal(0, 3, (37, 10)))
BITS = RNG.random((3, 37))
ANGLES = (0, 15, 30)
ESTIMATES = (Estimate(0.5, 0.4, 0.6), None, Estimate(-0.5, -0.6, -0.4))

CHARTS = {
    "picture": lambda: picture(IMAGES, ON, OFF, AMOUNTS, 45, "angle "),
    "one picture": lambda: picture(IMAGES[:1], ON[:, :1], OFF[:1], (0.0,), 0.0, ""),
    "curves": lambda: curves(AMOUNTS, *BITS, 45, "angle ", "turned by (°)"),
    "by angle": lambda: by_angle(ANGLES, {"masks on": ESTIMATES, "masks off": ESTIMATES}, "share", 1.2, values=[0, 1]),
    "differences": lambda: differences(ANGLES, ESTIMATES, "difference"),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


def layers(spec):
    return spec["layer"][0]["layer"]


def kind(layer):
    return layer["mark"]["type"]


@every_chart
def test_it_is_valid_vega_lite(name):
    assert_valid(CHARTS[name]())


@every_chart
def test_it_is_plain_json_without_nan_and_the_same_every_time(name):
    assert json.dumps(CHARTS[name](), allow_nan=False) == json.dumps(CHARTS[name]())


def test_the_data_are_compact():
    spec = extract_datasets(CHARTS["picture"]())
    assert sum(map(len, spec.pop("datasets").values())) < 250_000
    assert len(json.dumps(spec)) < 20_000


def test_every_pass_and_class_has_a_dot_and_the_mean_and_the_pass_without_masks_their_own_marks():
    dots, means, alone = layers(CHARTS["picture"]())[-3:]
    assert [kind(layer) for layer in (dots, means, alone)] == ["circle", "tick", "point"]
    assert len(dots["data"]["values"]) == 1000
    for layer, expected in ((dots, ON.transpose(2, 0, 1).reshape(1000, 37)), (means, ON.mean(0).T), (alone, OFF.T)):
        results = [[row[f"p{k}"] for k in range(expected.shape[1])] for row in layer["data"]["values"]]
        np.testing.assert_allclose(np.array(results) / 1000, expected, atol=5.1e-4)


def test_dots_stay_in_the_column_of_their_class():
    places = [row["j"] for row in layers(CHARTS["picture"]())[-3]["data"]["values"]]
    assert max(np.abs(places)) < 0.5
    assert len(set(places)) > 500


def test_the_answers_in_words_are_those_of_the_mean_and_of_the_pass_without_masks():
    rows = layers(CHARTS["picture"]())[0]["data"]["values"]
    for i, row in enumerate(rows):
        mean = ON[:, i].mean(0)
        assert row["on"] == f"{mean.argmax()}, {100 * mean.max():.0f} %"
        assert row["off"] == f"{OFF[i].argmax()}, {100 * OFF[i].max():.0f} %"


def test_one_image_has_no_slider_and_many_have():
    assert not layers(CHARTS["one picture"]())[0]["params"]
    (control,) = layers(CHARTS["picture"]())[0]["params"]
    assert control["value"] == [{"a": 45}]
    assert control["bind"]["a"] | {"name": ""} == {"input": "range", "min": 0, "max": 180, "step": 5, "name": ""}


def test_curves_hold_their_measures_in_order_of_the_key():
    lines = [layer for layer in layers(CHARTS["curves"]()) if kind(layer) == "line"]
    assert [(line["mark"]["color"], line["mark"]["strokeDash"]) for line in lines] == list(CURVES.values())
    for line, values in zip(lines, BITS, strict=True):
        np.testing.assert_allclose([row["v"] for row in line["data"]["values"]], values, atol=1e-4)
        assert [row["a"] for row in line["data"]["values"]] == list(AMOUNTS)


def test_what_is_not_defined_is_not_drawn():
    lines = [layer for layer in layers(CHARTS["by angle"]()) if kind(layer) == "line"]
    assert [row["a"] for line in lines for row in line["data"]["values"]] == [0, 30] * 2


def test_a_difference_has_a_colour_only_where_its_interval_leaves_zero_out():
    spec = differences((0, 15), (Estimate(0.2, 0.1, 0.3), Estimate(0.2, -0.1, 0.5)), "d")
    assert [row["better"] for row in layers(spec)[1]["data"]["values"]] == ["masks on better", "inconclusive"]
    for layer in layers(spec)[1:]:
        colour = layer["encoding"]["color"]
        assert colour["scale"] == {"domain": ["masks on better", "inconclusive"], "range": [AVERAGED, NEUTRAL]}
        assert colour["legend"]
    spec = differences((0,), (Estimate(-0.2, -0.3, -0.1),), "d")
    assert layers(spec)[1]["encoding"]["color"]["scale"] == {"domain": ["masks off better"], "range": [WHOLE_NET]}


@given(arrays(np.uint8, (5, 7)))
def test_a_png_holds_the_image(image):
    file = base64.b64decode(data_url(image).removeprefix("data:image/png;base64,"))
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    read = Image.open(io.BytesIO(file))
    assert read.mode == "L", "eight bits of grey"
    np.testing.assert_array_equal(np.asarray(read), image)
