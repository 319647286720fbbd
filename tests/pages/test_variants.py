"""Tests of the variants page in Streamlit's test harness: numbers that follow the link, and missing records."""

import json
import re
from functools import partial

import pandas as pd
import pytest
import streamlit as st

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.experiments.results import COLUMNS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import records
from dropout_core.reference.records import Record
from dropout_core.storage.store import DONE, Comparison
from dropout_core.topics.variants import findings
from dropout_core.topics.variants.numerics import VARIANTS
from tests import harness
from tests.harness import own_server, texts  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_server")
open_page = partial(harness.open_page, "variants")
read_page = partial(harness.read_page, "variants")


def test_it_explains_compares_and_leads_on():
    app = read_page()
    assert not app.info
    assert dict(app.query_params) == {}
    said = texts(app, "markdown")
    assert all(f"**{variant.name}:**" in said for variant in VARIANTS.values())
    assert "all images in a batch share one mask" in said
    assert len(app.get("vega_lite_chart")) >= 6
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert any("Table 10" in link.proto.label for link in app.get("page_link"))
    assert "Reference runs" in said
    assert any("Repeat a smaller version" in e.label for e in app.expander)


def test_the_numbers_follow_the_rate_of_the_link():
    said = texts(open_page(rate="0.8", variant="DropConnect", **{"pass": "3"}), "markdown")
    assert "measured at p = 0.80" in said
    assert f"{0.8 / 0.2:.3f}" in said


@pytest.mark.parametrize("rate", ["0", "0.95"])
def test_the_ends_of_the_slider(rate):
    said = texts(open_page(rate=rate), "markdown")
    assert not {"nan", "inf"} & {*re.findall(r"\w+", said)}
    assert ("correlation of z₁, z₂" in said) == (rate != "0")


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"variant": "none"}, "not one of “Dropout”"),
        ({"beside": "dropout"}, "not one of “Gaussian”"),
        ({"rate": "2"}, "outside the range 0"),
        ({"pass": "99"}, "outside the range 1"),
        ({"q": "1"}, "not have"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "title") == "Variants"


def values(app) -> dict[str, object]:
    """Return the initial values of the first chart's parameters."""
    spec = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    params = [*spec["params"], *spec["layer"][0]["layer"][0]["params"]]
    found = {p["name"]: p["value"] for p in params if "value" in p}
    return {name: next(iter(v[0].values())) if name in ("variant", "rate") else v for name, v in found.items()}


def test_it_opens_on_dropout_beside_a_variant_and_moves():
    app = read_page()
    first = values(app)
    assert (first["variant"], first["rate"], first["pass_k"]) == ("Gaussian", 0.5, 1)
    assert len([chart for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith("The same small")]) == 1


@pytest.mark.parametrize("variant", ["Dropout", "DropConnect"])
def test_an_old_link_keeps_its_meaning(variant):
    link = {"variant": variant, "rate": "0.3", "pass": "7", "beside": "early"}
    app = open_page(**link)
    first = values(app)
    assert (first["variant"], first["rate"], first["pass_k"]) == (variant, 0.3, 7)
    assert not app.info
    assert dict(app.query_params) == link


def test_the_heading_names_the_variants_that_differ_after_holm_s_correction():
    (heading,) = (header.value for header in read_page().header if "plain dropout" in header.value)
    judged = findings.verdicts(findings.runs(records.load("variants")), "accuracy", DROPOUT)
    differ = [trial for trial, verdict in judged.items() if verdict is not Verdict.INCONCLUSIVE]
    assert all(f"“{trial}”".lower() in heading.lower() for trial in differ)
    assert heading.count("“") == len(differ)
    assert "plain dropout" in heading


def test_a_missing_record_is_told_and_the_rest_stays(monkeypatch):
    def missing(name):
        raise records.RecordError(f"the record of {name!r} cannot be read")

    monkeypatch.setattr(records, "load", missing)
    monkeypatch.setattr(records, "recorded", list)
    app = open_page()
    assert "'variants' cannot be read" in texts(app, "warning")
    assert "Whole feature maps" in texts(app, "header")


def convolutional() -> Record:
    """Build a synthetic record in which dropping whole feature maps costs each seed about half a point of accuracy."""
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
        assert f"| {trial} against {base} | ▼ −0.48 (−0.50 to −0.46) |" in said  # t interval of −0.5 + 0.01 × seed
    assert "over 5 seeds" in said
