"""Tests of disagreement by the size of the training set: the record, intervals by SciPy and hand, and the chart."""

import json

import numpy as np
import pytest
from scipy import stats

from dropout_core.topics.uncertainty import charts_disagreement, disagreement, nets_record
from dropout_core.topics.uncertainty.disagreement import ENSEMBLE, PASSES, SOURCES
from dropout_core.topics.uncertainty.nets_record import SEEDS, SIZES, UPDATES, TrainingSet
from tests.vega import assert_valid


@pytest.fixture(scope="module")
def sets() -> tuple[TrainingSet, ...]:
    return nets_record.load_sizes()


@pytest.fixture(scope="module")
def stored() -> list[dict]:
    return json.loads(nets_record.SIZES_FILE.read_text("utf-8"))["training_sets"]


def bits(entropies: list[float]) -> float:
    total, within = entropies
    return (total - within) / np.log(2)


def test_the_record_has_every_size_at_about_the_same_number_of_updates(sets):
    assert tuple(each.recipe.images for each in sets) == SIZES
    for each in sets:
        assert [net.seed for net in each.nets] == [*SEEDS[:5]]
        assert len(each.without) == len(SEEDS)
        assert each.recipe.epochs * np.ceil(each.recipe.images / 64) == pytest.approx(UPDATES, rel=0.02)
        assert "dirty" not in each.provenance["commit"]


def test_the_interval_of_the_passes_by_scipy(sets, stored):
    for each, raw in zip(sets, stored, strict=True):
        values = [bits(net["passes"]) for net in raw["nets"]]
        e = disagreement.disagreement(each, PASSES)
        assert e.value == pytest.approx(np.mean(values))
        assert e.low < e.value < e.high


def test_the_interval_of_the_ensemble_contains_the_entropies_difference(sets, stored):
    for each, raw in zip(sets, stored, strict=True):
        e = disagreement.disagreement(each, ENSEMBLE)
        assert e.value == pytest.approx(bits(raw["ensemble"]), rel=0.02)
        assert e.low < e.value < e.high


def test_what_remains_of_the_passes_disagreement_by_scipy(sets, stored):
    few, many = ([bits(net["passes"]) for net in stored[at]["nets"]] for at in (0, -1))
    logs = np.log(many) - np.log(few)
    low, high = stats.t.interval(0.95, len(logs) - 1, logs.mean(), stats.sem(logs))
    e = disagreement.remaining(sets, PASSES)
    assert (e.value, e.low, e.high) == pytest.approx(tuple(np.exp([logs.mean(), low, high])))


def test_what_remains_of_the_ensemble_s_disagreement_by_hand(sets, stored):
    def log_ratio(many: list[float], few: list[float]) -> float:
        return np.log(bits(many) / bits(few))

    value = log_ratio(stored[-1]["ensemble"], stored[0]["ensemble"])
    without = np.array([log_ratio(m, f) for m, f in zip(stored[-1]["without"], stored[0]["without"], strict=True)])
    n = len(without)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())  # the jackknife's standard error
    half = stats.t.ppf(0.975, n - 1) * error
    e = disagreement.remaining(sets, ENSEMBLE)
    assert (e.low, e.high) == pytest.approx(tuple(np.exp([value - half, value + half])), rel=0.05)


def test_the_headline_names_both_shares_and_both_ends(sets):
    text = disagreement.headline(sets)
    assert f"{SIZES[-1]:,} training images instead of {SIZES[0]}" in text
    for source in SOURCES:
        assert f"{100 * disagreement.remaining(sets, source).value:.0f} % (" in text


def test_the_chart_has_a_point_and_an_interval_for_each_size_and_source(sets):
    points = {s: [(each.recipe.images, disagreement.disagreement(each, s)) for each in sets] for s in SOURCES}
    spec = charts_disagreement.by_size(points)
    assert_valid(spec)
    layers = spec["layer"][0]["layer"]
    marks = [each for each in layers if "point" in each["mark"]]
    assert [len(each["data"]["values"]) for each in marks] == [len(SIZES)] * len(SOURCES)
    assert layers[0]["encoding"]["x"]["scale"]["type"] == "log"
