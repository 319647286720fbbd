"""The variants' page in Streamlit's own harness: its numbers follow the link, and missing records are told."""

import re
from functools import partial

import pytest

from dropout_core import records
from dropout_core.record_reading import judged
from dropout_core.variants import VARIANTS
from tests import harness
from tests.harness import own_server, texts  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_server")
open_page = partial(harness.open_page, "variants")


def test_it_explains_compares_and_leads_on():
    app = open_page()
    assert not app.info
    assert dict(app.query_params) == {}
    said = texts(app, "markdown")
    assert all(f"**{variant.name}:**" in said for variant in VARIANTS.values())
    assert "here one serves a batch" in said
    assert len(app.get("vega_lite_chart")) >= 6
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert "Table 10" in said
    assert "Reference runs" in said
    assert any("Repeat a smaller one" in e.label for e in app.expander)


def test_the_numbers_follow_the_rate_of_the_link():
    said = texts(open_page(rate="0.8", variant="DropConnect", **{"pass": "3"}), "markdown")
    assert "Measured at p = 0.80" in said
    assert f"{0.8 / 0.2:.3f}" in said


@pytest.mark.parametrize("rate", ["0", "0.95"])
def test_the_ends_of_the_slider(rate):
    assert not {"nan", "inf"} & {*re.findall(r"\w+", texts(open_page(rate=rate), "markdown"))}


def test_the_means_behind_the_published_numbers_are_the_record_s():
    accuracy = judged(records.load("variants").trials["Gaussian"])["accuracy"]
    error = accuracy.std() / len(accuracy) ** 0.5
    assert f"{100 - accuracy.mean():.2f} ± {error:.2f}" in texts(open_page(), "markdown")


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"variant": "none"}, "none of Dropout"),
        ({"beside": "dropout"}, "none of Gaussian"),
        ({"rate": "2"}, "outside 0"),
        ({"pass": "99"}, "outside 1"),
        ({"q": "1"}, "not know"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "title") == "Variants"


def test_a_missing_record_is_told_and_the_rest_stays(monkeypatch):
    def missing(name):
        raise records.RecordError(f"the record of {name!r} cannot be read")

    monkeypatch.setattr(records, "load", missing)
    monkeypatch.setattr(records, "recorded", list)
    app = open_page()
    assert "'variants' cannot be read" in texts(app, "warning")
    assert "Whole feature maps" in texts(app, "header")
