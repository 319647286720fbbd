"""Tests of the neurons page in Streamlit's test harness: its text matches the measurements; valid and invalid links."""

import re
from functools import partial

import numpy as np
import pytest
import streamlit as st

from dropout_core.data.mnist import DataError
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.recipe import ARMS
from dropout_core.reference import records
from dropout_core.topics.neurons import features, findings
from dropout_core.topics.neurons.findings import ablation_verdict
from dropout_core.ui import server
from tests import harness
from tests.harness import texts

open_page = partial(harness.open_page, "neurons")


def test_it_reads_from_features_to_the_verdict():
    app = open_page()
    assert [header.value for header in app.header] == [
        "What one neuron sees",
        "How often it fires",
        "Remove one neuron",
        "Remove many at once",
        "Does it hold across seeds?",
    ]
    assert not app.info
    assert dict(app.query_params) == {}
    assert len(app.get("vega_lite_chart")) == 5
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))


def test_numbers_and_verdict_are_the_stored_ones():
    text = texts(open_page(), "markdown")
    for arm in ARMS:
        assert f"{np.mean(features.by_seed('pixels')[arm]):.0f} pixels per neuron" in text
        assert f"{np.mean(features.by_seed('zeros')[arm]):.0%}" in text
    costs = ablation_verdict()
    assert f"{costs.means[ARMS[0]]:.2f} points of accuracy without and {costs.means[ARMS[1]]:.2f}" in text
    assert f"**{costs.verdict.value}**" in text.lower()
    assert not {"nan", "inf", "None"} & {*re.findall(r"\w+", text)}


def test_it_names_the_article_and_the_seeds_here_and_on_claims():
    text = texts(open_page(), "markdown")
    here = findings.stored()["comparisons"]["article"]["recipe"]["seeds"]
    there = records.load("article").trials["article"].recipe.seeds
    assert set(here) != set(there)
    assert f"seeds {min(here)} to {max(here)} here, seeds {min(there)} to {max(there)} there" in text
    assert text.count(ARTICLE) == 1


def test_more_features_are_shown_when_asked_for_and_the_link_follows():
    app = open_page()
    before = app.get("image")[0].proto.imgs[0].url
    app = app.segmented_control(key="neurons_features").set_value("256").run()
    assert not app.exception
    assert dict(app.query_params) == {"features": "256"}
    images = app.get("image")
    assert len(images) == 2
    assert images[0].proto.imgs[0].url != before


@pytest.mark.parametrize(("rank", "measure"), [("1", "accuracy"), ("384", "loss"), ("20", "loss")])
def test_a_link_picks_a_neuron(rank, measure):
    app = open_page(rank=rank, measure=measure)
    assert f"rank {rank}: neuron " in texts(app, "markdown")
    wanted = {"rank": rank, "measure": measure}
    assert dict(app.query_params) == {k: v for k, v in wanted.items() if v not in ("1", "accuracy")}


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"rank": "0"}, "outside 1 to 384"),
        ({"rank": "x"}, "not a number"),
        ({"measure": "worth"}, "none of “accuracy”, “loss”"),
        ({"features": "9"}, "none of “16”"),
        ({"q": "1"}, "does not know"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert "rank 1: neuron " in texts(app, "markdown")


@pytest.mark.parametrize("file", ["FEATURES_FILE", "NUMBERS_FILE"])
def test_a_missing_file_is_a_sentence(monkeypatch, tmp_path, file):
    st.cache_data.clear()
    for cached in (features.features, features.numbers):
        cached.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(features, file, tmp_path / "gone")
        assert "cannot be read" in texts(open_page(), "error")
    assert not open_page().error


def test_missing_images_are_a_sentence(monkeypatch):
    def gone(*_):
        raise DataError("there are no images")

    st.cache_data.clear()
    monkeypatch.setattr(server, "validation", gone)
    app = open_page()
    assert texts(app, "error") == "This page cannot be shown here: there are no images."
    assert app.get("page_link")
