"""Tests of the uncertainty page in Streamlit's test harness: distortions, links, samples and rejected drawings."""

import re
from functools import partial

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.numerics.inference import probabilities
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import calibration, findings, nets_record
from dropout_core.topics.uncertainty.distortions import DISTORTIONS
from dropout_core.topics.uncertainty.entropy import mc_dropout
from dropout_core.ui import drawing
from tests import harness
from tests.harness import button, texts

open_page = partial(harness.open_page, "uncertainty")
read_page = partial(harness.read_page, "uncertainty")
SUM = re.compile(r"(\d\.\d\d) = (\d\.\d\d) \+ (\d\.\d\d) bits")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("cache"))
    return mnist.load("mnist-5k", Settings.from_env({"DROPOUT_CACHE_DIR": folder}))


def charts(app):
    return app.get("vega_lite_chart")


def test_it_opens_on_an_upright_1_that_both_read_right(digits):
    app = read_page()
    assert dict(app.query_params) == {}
    assert not app.warning
    assert "validation image 124, a 1" in texts(app, "markdown")
    image = digits.validation_images[124].astype(float)
    y, x = np.mgrid[:28, :28] - (image * np.mgrid[:28, :28]).sum((1, 2), keepdims=True) / image.sum()
    assert abs((image * x * y).sum() / (image * y * y).sum()) < 0.02  # the slant of the digit
    net = load_net("dropout")
    seen = mc_dropout(net.net, digits.validation_images[124:125], net.rate)
    assert seen.on.mean(0).argmax() == seen.off.argmax() == digits.validation_labels[124] == 1


def test_it_opens_on_a_drawn_and_a_rotated_1_that_are_confidently_wrong():
    app = read_page()
    for heading in (app.header[0].value, app.header[1].value):
        answer, sure = re.search(r"read as a (\d),? with (\d+) % confidence", heading).groups()
        assert answer != "1"
        assert int(sure) >= 90
    degrees = re.match(r"Wrong, yet sure: rotated by (\d+)°, this 1", app.header[1].value)[1]
    assert f"At {degrees}°: " in texts(app, "markdown")  # the slider starts there


def test_every_chart_says_what_it_shows():
    app = button(open_page(), "a smile").click().run()
    assert len(charts(app)) == 9
    assert all(chart.proto.alt for chart in charts(app))


@pytest.mark.parametrize("kind", DISTORTIONS)
def test_every_distortion_from_a_link(kind):
    app = open_page(distortion=kind, image="3")
    assert not app.info
    assert f"At {DISTORTIONS[kind].say(DISTORTIONS[kind].start)}: " in texts(app, "markdown")
    total, within, between = map(float, SUM.search(texts(app, "markdown")).groups())
    assert total == pytest.approx(within + between)
    assert dict(app.query_params) == {"image": "3"} | ({} if kind == "rotation" else {"distortion": kind})


def test_another_distortion_starts_at_its_own_amount_and_the_link_follows():
    app = open_page(amount="170")
    assert "At 170°: " in texts(app, "markdown")
    app = app.segmented_control(key="unc_distortion").set_value("blur").run()
    assert not app.exception
    assert dict(app.query_params) == {"distortion": "blur"}
    assert "At 1.5 pixels: " in texts(app, "markdown")
    app = app.segmented_control(key="unc_distortion").set_value("rotation").run()
    assert dict(app.query_params) == {"amount": "170"}


@pytest.mark.parametrize(("params", "opened"), [({}, False), ({"rate": "0.9"}, True)])
def test_another_rate_in_the_link_is_seen(params, opened):
    [folded] = [each for each in open_page(**params).expander if each.label == "Use a different rate for the masks"]
    assert folded.proto.expanded == opened


def test_another_image_is_another_of_the_same_digit(digits):
    app, seen = open_page(image="5"), set()
    for _ in range(3):
        app = button(app, "Another image").click().run()
        assert not app.exception
        number = int(dict(app.query_params)["image"])
        assert digits.validation_labels[number] == digits.validation_labels[5]
        seen.add(number)
    assert len(seen | {5}) == 4


def test_a_digit_can_be_chosen():
    app = open_page()
    app = app.pills(key="unc_digit").set_value(7).run()
    assert not app.exception
    assert "a 7." in texts(app, "markdown")


def test_the_rate_changes_the_figures():
    app = open_page()
    before = SUM.search(texts(app, "markdown")).group()
    app = app.select_slider(key="unc_rate").set_value(0.1).run()
    assert not app.exception
    assert SUM.search(texts(app, "markdown")).group() != before
    assert "masks are drawn at p = 0.1" in texts(app, "markdown")


def test_the_verdicts_are_those_of_the_study():
    text, (study, _) = texts(read_page(), "markdown"), findings.load()
    for sentence in (
        findings.warning(study.warnings[0]),
        findings.warning(study.mixed),
        findings.by_angle(study.angles, study.warnings),
        findings.pooled(findings.pairs(study)),
        findings.accuracy(study.angles, study.gain),
        findings.growth(study.angles, study.total, "Predictive entropy"),
        calibration.headline(nets_record.load_packaged()),
    ):
        assert sentence in text


def test_an_empty_sheet_is_said_to_be_empty_and_a_sample_fills_it():
    app = open_page(sample="blank")
    assert "The sheet is empty" in texts(app, "info")
    assert len(charts(app)) == 8
    app = button(app, "a lying one").click().run()
    assert not app.exception
    assert not app.info
    net, image = load_net("dropout"), drawing.as_mnist(drawing.sample("a lying one"))
    answer = probabilities(net.net, image[None]).argmax()
    assert f"{answer} with masks off" in charts(app)[0].proto.alt


def test_a_link_restores_the_rate_and_the_sample():
    app = open_page(rate="0.2", sample="a four")
    assert not app.info
    assert app.select_slider(key="unc_rate").value == 0.2
    assert "masks are drawn at p = 0.2" in texts(app, "markdown")
    assert app.query_params == {"rate": "0.2", "sample": "a four"}
    assert "Your drawing as the net sees it" in charts(app)[0].proto.alt


@pytest.mark.parametrize(
    ("params", "notes"),
    [
        (
            {"rate": "1", "sample": "a cat", "image": "1000", "amount": "nan"},
            ["outside the range 0.1 to 0.9", "“a lying one” is used", "outside the range 0 to 999", "not a number"],
        ),
        (
            {"image": "x", "distortion": "mirror", "amount": "500", "q": "1"},
            ["not a number", "not one of “rotation”", "outside the range 0 to 180", "not have"],
        ),
    ],
)
def test_a_link_that_cannot_be_used_gets_notes(params, notes):
    app = open_page(**params)
    assert [note for note in notes if note not in texts(app, "info")] == []
    assert len(charts(app)) == 9


def test_a_reader_who_comes_back_finds_image_distortion_and_drawing():
    app = button(open_page(distortion="shift", image="9", amount="2"), "a four").click().run()
    app = harness.go(harness.go(app, "overview"), "uncertainty")
    assert not app.exception
    assert "validation image 9, a" in texts(app, "markdown")
    assert "At 2 pixels: " in texts(app, "markdown")
    assert app.header[0].value.startswith("A four is read as a 4")
    assert not app.info
