"""Tests of the variants page in Streamlit's test harness: its numbers follow the link; missing records are reported."""

import json
import re
from functools import partial

import pandas as pd
import pytest
import streamlit as st

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.experiments.results import COLUMNS
from dropout_core.reference import records
from dropout_core.reference.record_tables import judged
from dropout_core.reference.records import Record
from dropout_core.storage.store import DONE, Comparison
from dropout_core.topics.variants import findings
from dropout_core.topics.variants.numerics import VARIANTS
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
    assert "one mask serves a batch" in said
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
    said = texts(open_page(rate=rate), "markdown")
    assert not {"nan", "inf"} & {*re.findall(r"\w+", said)}
    assert ("correlation of z₁, z₂" in said) == (rate != "0")


def test_the_means_behind_the_published_numbers_are_the_record_s():
    accuracy = judged(records.load("variants").trials["Gaussian"])["accuracy"]
    error = accuracy.std() / len(accuracy) ** 0.5
    assert f"{100 - accuracy.mean():.2f} ± {error:.2f}" in texts(open_page(), "markdown")


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"variant": "none"}, "none of “Dropout”"),
        ({"beside": "dropout"}, "none of “Gaussian”"),
        ({"rate": "2"}, "outside 0"),
        ({"pass": "99"}, "outside 1"),
        ({"q": "1"}, "not know"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "title") == "Variants"


def test_it_opens_on_plain_dropout_and_says_which_variant_wins():
    app = open_page()
    params = json.loads(app.get("vega_lite_chart")[0].proto.spec)["params"]
    assert next(p["value"] for p in params if p["name"] == "variant") == [{"v": "Dropout"}]
    table = findings.runs(records.load("variants"))
    ahead = [t for t in findings.PICKS if findings.difference(table, "accuracy", t, DROPOUT).sign > 0]
    (heading,) = (header.value for header in app.header if "plain dropout" in header.value)
    assert all(f"“{trial}”".lower() in heading.lower() for trial in ahead)
    assert heading.count("“") == len(ahead)
    assert ("No variant" in heading) == (not ahead)


def test_a_missing_record_is_told_and_the_rest_stays(monkeypatch):
    def missing(name):
        raise records.RecordError(f"the record of {name!r} cannot be read")

    monkeypatch.setattr(records, "load", missing)
    monkeypatch.setattr(records, "recorded", list)
    app = open_page()
    assert "'variants' cannot be read" in texts(app, "warning")
    assert "Whole feature maps" in texts(app, "header")


def convolutional() -> Record:
    """Build a made-up record in which dropping whole feature maps costs each seed about half a point of accuracy."""
    experiment, trials = EXPERIMENTS["conv"], {}
    for label, recipe in experiment.trials:
        accuracy = [95 + seed - 0.5 * label.startswith("spatial") + 0.01 * seed**2 for seed in recipe.seeds]
        accuracy = [
            a + 0.01 * seed * label.startswith("spatial") for a, seed in zip(accuracy, recipe.seeds, strict=True)
        ]
        points = pd.DataFrame(
            {"arm": DROPOUT, "seed": recipe.seeds, "step": 9, "epoch": 20.0, "eval_loss": 0.1,
             "full_val_accuracy": accuracy, "full_val_loss": [1 - a / 100 for a in accuracy]}
        ).reindex(columns=COLUMNS)  # fmt: skip
        ran = pd.DataFrame({"arm": DROPOUT, "seed": recipe.seeds, "seconds": 1.0, "stopped_early": False})
        trials[label] = Comparison(recipe, DONE, "", "", "", {}, points, ran)
    return Record(experiment, trials)


def test_whole_maps_are_compared_with_single_values_where_the_record_is_there(monkeypatch):
    load = records.load
    monkeypatch.setattr(records, "load", lambda name: convolutional() if name == "conv" else load(name))
    monkeypatch.setattr(records, "recorded", lambda: ["variants", "conv"])
    st.cache_data.clear()  # the page may have cached the real records
    said = texts(open_page(), "markdown")
    st.cache_data.clear()
    for trial, base in findings.SPATIAL.items():
        assert f"| {trial} against {base} | −0.49 |" in said
    assert "too few for intervals and for a verdict" in said


def test_without_the_record_of_the_conv_net_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(records, "recorded", lambda: ["variants"])
    assert "not part of this installation" in texts(open_page(), "markdown")
