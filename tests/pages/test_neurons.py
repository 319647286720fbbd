"""Tests of the neurons page in Streamlit's test harness: text that matches the measurements, and links."""

import re
from functools import partial

import numpy as np
import pytest
import streamlit as st

from dropout_core.data.mnist import DataError
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.recipe import ARMS
from dropout_core.reference import records
from dropout_core.topics.neurons import cached, features, findings, reconstruction
from dropout_core.topics.neurons.findings import ablation_verdict
from dropout_core.ui import server
from tests import harness
from tests.harness import texts

open_page = partial(harness.open_page, "neurons")
open_revealed = partial(open_page, show="1")
read_revealed = partial(harness.read_page, "neurons", show="1")
AUTOENCODERS = [
    "What an autoencoder's neurons see",
    "Remove an autoencoder's neurons",
]


def expanders(app) -> list[str]:
    return [expander.label for expander in app.expander]


def test_it_opens_on_a_question_and_without_an_answer():
    app = open_page()
    assert app.header[0].value.endswith("which net loses more accuracy?")
    assert len(app.header) == 1
    assert expanders(app) == AUTOENCODERS
    assert not app.info
    assert dict(app.query_params) == {}


def test_a_guess_reveals_the_finding_answers_and_removes_the_most_important_neurons():
    worst = {arm: costs.order("accuracy")[0] + 1 for arm, costs in cached.costs().items()}
    for guess, answer in (("none", "right"), ("dropout", "wrong"), ("same", "wrong")):
        app = open_page()
        app = app.button(key=f"neurons_guess_{guess}").click().run()
        assert not app.exception
        assert f"**{answer}**" in texts(app, "markdown")
        tiles = f"n{worst[ARMS[0]]}.d{worst[ARMS[1]]}"
        assert dict(app.query_params) == {"show": "1", "guess": guess, "tiles": tiles}


def test_a_guess_keeps_the_neurons_that_the_reader_has_removed():
    removed = cached.most_important().split(".")[0]
    app = open_page(tiles=removed)
    app = app.button(key="neurons_guess_none").click().run()
    assert dict(app.query_params) == {"show": "1", "guess": "none", "tiles": removed}


def test_a_revealed_page_shows_everything():
    app = read_revealed()
    costs = {arm: costs.accuracy_cost.max() for arm, costs in cached.costs().items()}
    assert all(f"{cost:.1f}" in app.header[0].value for cost in costs.values())
    assert "Your guess" not in texts(app, "markdown")
    assert expanders(app) == [
        "How many pixels neurons use, and how often they fire",
        "Remove them in random order",
        "Remove any one neuron",
        "Does it hold across seeds?",
        *AUTOENCODERS,
    ]
    assert len(app.get("vega_lite_chart")) == 4
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))


def test_numbers_and_verdict_are_the_stored_ones():
    text = texts(read_revealed(), "markdown")
    for arm in ARMS:
        assert f"{np.mean(features.by_seed('pixels')[arm]):.0f} pixels per neuron" in text
    costs = ablation_verdict()
    assert f"{costs.means[ARMS[0]]:.2f} points of accuracy without dropout and {costs.means[ARMS[1]]:.2f}" in text
    assert f"**{costs.verdict.value}**" in text.lower()
    assert "; By " not in text
    assert "Theirs seem to cost more (" in text, "the costs in the heading, which are of one pair of nets"
    assert not {"nan", "inf", "None"} & {*re.findall(r"\w+", text)}


def test_it_names_the_article_and_the_seeds_here_and_on_claims():
    text = texts(read_revealed(), "markdown")
    here = findings.stored()["comparisons"]["article"]["recipe"]["seeds"]
    assert tuple(here) == records.load("article-fresh").trials["article"].recipe.seeds
    assert f"This study uses seeds {min(here)} to {max(here)}; " in text
    assert "the accuracies on the Claims page are those of the same nets." in text
    assert text.count(ARTICLE) == 1


@pytest.mark.parametrize(("count", "few"), [(3, True), (5, False)])
def test_fewer_than_five_autoencoders_are_too_few_for_a_verdict(monkeypatch, count, few):
    stored = features.numbers()
    monkeypatch.setattr(features, "numbers", lambda: stored | {"recipe": stored["recipe"] | {"seeds": [*range(count)]}})
    text = texts(open_page(), "markdown")
    assert f"{count} seeds" in text
    assert ("too few for a verdict" in text) == few


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
    app = open_revealed(rank=rank, measure=measure)
    assert f"rank {rank}: neuron " in texts(app, "markdown")
    wanted = {"rank": rank, "measure": measure}
    changed = {k: v for k, v in wanted.items() if v not in ("1", "accuracy")}
    assert dict(app.query_params) == {"show": "1"} | changed


@pytest.mark.parametrize(
    ("params", "notes"),
    [
        ({"rank": "0", "measure": "worth"}, ["outside the range 1 to 384", "not one of “accuracy”, “loss”"]),
        (
            {"rank": "x", "features": "9", "tiles": "n999", "q": "1"},
            ["not a number", "not one of “16”", "shown as tiles", "does not have"],
        ),
    ],
)
def test_a_link_that_cannot_be_used_gets_notes(params, notes):
    app = open_revealed(**params)
    assert [note for note in notes if note not in texts(app, "info")] == []
    assert "rank 1: neuron " in texts(app, "markdown")


@pytest.mark.parametrize("file", ["FEATURES_FILE", "NUMBERS_FILE"])
def test_a_missing_file_is_a_sentence(monkeypatch, tmp_path, file):
    st.cache_data.clear()
    for read in (features.features, features.numbers):
        read.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(features, file, tmp_path / "gone")
        assert "cannot be read" in texts(open_page(), "error")
    assert not open_page().error


def test_missing_decoders_are_a_sentence(monkeypatch, tmp_path):
    st.cache_resource.clear()
    reconstruction.load.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(reconstruction, "DECODERS_FILE", tmp_path / "gone")
        assert "cannot be read" in texts(open_page(), "error")
    assert reconstruction.finding() in texts(open_page(), "markdown")


def test_missing_images_are_a_sentence(monkeypatch):
    def gone(*_):
        raise DataError("there are no images")

    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(server, "validation", gone)
    app = open_page()
    assert texts(app, "error") == "This page cannot be shown: there are no images."
    assert app.get("page_link")
