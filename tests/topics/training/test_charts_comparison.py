"""Tests of the training page's large chart: its rows, axis and specification."""

import json

import pandas as pd
import pytest

from dropout_core.data.published import ARTICLE_ACCURACY
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.experiments.result_tables import frame
from dropout_core.reference import records
from dropout_core.reference.records import load
from dropout_core.topics.training import cached
from dropout_core.topics.training import charts_comparison_data as data
from dropout_core.topics.training.charts_comparison import spec
from dropout_core.topics.training.presets import PRESETS
from tests.made_points import early
from tests.vega import assert_valid

RECORDED = load("article").trials["article"].points
OWN = frame([point for arm in ARMS for point in early(arm, [0.5, 0.4, 0.3], seed=10)])
LOW = frame([point for arm in ARMS for point in early(arm, [3.0, 2.0, 1.0], seed=10)]).assign(full_val_accuracy=30.0)
NONE = frame([])
every_measure = pytest.mark.parametrize("measure", data.MEASURES)


def compose(recorded=RECORDED, own=NONE, measure="accuracy", near=False, ended=True, article=False, epochs=5):
    return data.compose(recorded, own, measure, data.View(epochs, near, ended, article))


def kinds(rows):
    return set(rows["kind"])


@every_measure
def test_recorded_runs_alone_stand_in_the_foreground(measure):
    rows = compose(measure=measure)
    assert {"mean", "run", "band", "label", "gap"} <= kinds(rows)
    means = rows[(rows["kind"] == "mean") & (rows["arm"] == DROPOUT)].sort_values("epoch")["value"]
    column = data.MEASURES[measure].column
    expected = RECORDED[RECORDED["arm"] == DROPOUT].groupby("epoch")[column].mean()
    assert means.tolist() == pytest.approx(expected.tolist())


@every_measure
def test_own_runs_stand_over_recorded_ones_which_become_faint(measure):
    rows = compose(own=OWN, measure=measure)
    assert kinds(rows) == {"faint-mean", "faint-run", "faint-band", "own", "label"}
    assert rows.loc[rows["kind"] == "own", "seed"].unique().tolist() == [10]


def test_the_nearest_preset_s_runs_are_faint_even_alone():
    assert kinds(compose(near=True)) == {"faint-mean", "faint-run", "faint-band", "label"}
    assert {"mean", "label", "faint-mean"} <= kinds(compose(own=OWN, near=True)), "finished runs of another recipe"


def test_every_line_is_of_all_validation_images():
    rows = compose(recorded=None, own=OWN, measure="loss")
    assert rows[rows["kind"] == "mean"]["epoch"].unique().tolist() == [1.0, 2.0, 3.0], "sampled points are not drawn"
    assert rows[(rows["kind"] == "mean") & (rows["arm"] == DROPOUT)]["value"].tolist() == [0.5, 0.4, 0.3]


def test_the_gap_reaches_from_training_loss_to_validation_loss():
    rows = compose(recorded=None, own=OWN, measure="loss")
    gap = rows[(rows["kind"] == "gap") & (rows["arm"] == NO_DROPOUT)]
    assert gap["high"].tolist() == [0.5, 0.4, 0.3]
    assert gap["low"].tolist() == [0.0, 0.25, 0.5], "training loss in evaluation mode"


def test_means_go_as_far_as_all_runs_of_an_arm():
    points = frame([*early(DROPOUT, [0.5, 0.4, 0.3]), *early(DROPOUT, [0.6, 0.5], seed=1)])
    rows = compose(recorded=None, own=points, measure="loss")
    assert rows[rows["kind"] == "mean"]["epoch"].tolist() == [1.0, 2.0]


def test_while_runs_are_under_way_there_are_no_means():
    assert kinds(compose(recorded=None, own=OWN, ended=False)) == {"own", "label"}


def test_before_a_guess_only_the_first_points_are_there():
    first = data.first_points(compose(article=True), epochs=5)
    assert set(first["epoch"]) == {1.0}
    assert sorted(first[first["kind"] == "label"]["arm"]) == sorted(ARMS)
    assert "article" not in kinds(first)


@pytest.mark.parametrize("own", [NONE, OWN], ids=["recorded", "own run"])
@pytest.mark.parametrize("epochs", [5, 3, 2])
def test_all_curves_have_names_within_the_axes_also_faint_ones_and_before_a_guess(own, epochs):
    rows = compose(own=own, near=not len(own), epochs=epochs)
    for shown in (rows, data.first_points(rows, epochs)):
        names = shown[shown["kind"] == "label"]
        assert sorted(names["arm"]) == sorted(ARMS)
        assert names["epoch"].max() <= epochs


def falling(low, high):
    """Make the labels of two loss curves that end at these values."""
    losses = {NO_DROPOUT: [1.0, 0.5, 0.3, low + 0.02, low], DROPOUT: [1.0, 0.8, 0.6, high + 0.05, high]}
    points = frame([point for arm in ARMS for point in early(arm, losses[arm])])
    rows = data.within(compose(recorded=None, own=points, measure="loss"), (0.0, 1.0))
    return rows[rows["kind"] == "label"].set_index("arm")


def test_names_stand_clear_of_their_own_curves():
    names = falling(0.2, 0.5)
    assert names["side"].to_dict() == {NO_DROPOUT: -1, DROPOUT: 1}
    highest = 0.25 * 0.6 + 0.75 * 0.55  # on the line between two points, where the name begins
    assert names["value"].to_dict() == pytest.approx({NO_DROPOUT: 0.2, DROPOUT: highest})


def test_a_name_without_room_below_its_curve_moves_above_if_there_is_room():
    names = falling(0.01, 0.5)
    assert names["side"].to_dict() == {NO_DROPOUT: 1, DROPOUT: 1}
    assert names["value"][NO_DROPOUT] == pytest.approx(0.25 * 0.3 + 0.75 * 0.03)
    assert falling(0.01, 0.1)["side"].to_dict() == {NO_DROPOUT: -1, DROPOUT: 1}, "between the curves there is no room"


def test_the_loss_axis_leaves_room_for_the_lower_name():
    points = frame([point for arm, end in zip(ARMS, (0.02, 0.1), strict=True) for point in early(arm, [1.0, 0.5, end])])
    rows = compose(recorded=None, own=points, measure="loss", epochs=3)
    low, high = data.domain(rows, "loss", 3)
    lower = rows[(rows["kind"] == "label") & (rows["side"] == -1)]["low"].item()
    assert lower - low >= 0.13 * (high - low)
    shown = data.within(rows, (low, high))
    assert shown[(shown["kind"] == "label") & (shown["side"] == -1)]["value"].item() == lower, "it need not move"


def test_the_article_s_values_are_whole():
    rows = compose(article=True)
    shown = rows[(rows["kind"] == "article") & (rows["arm"] == DROPOUT)]
    assert tuple(shown["value"]) == ARTICLE_ACCURACY[DROPOUT]
    assert shown["epoch"].tolist() == [1, 2, 3, 4, 5]


def test_the_accuracy_axis_spans_few_points_so_that_one_can_be_seen():
    low, high = data.domain(compose(), "accuracy", 5)
    assert (low, high) == (92.0, 98.0)
    low, high = data.domain(compose(own=OWN, near=True), "accuracy", 5)
    assert high - low <= 12


def test_the_accuracy_axis_is_longer_if_a_curve_ends_low():
    rows = compose(recorded=RECORDED.assign(full_val_accuracy=RECORDED["full_val_accuracy"] * RECORDED["epoch"] / 5))
    rows.loc[rows["arm"] == DROPOUT, "value"] -= 20
    low, high = data.domain(rows, "accuracy", 5)
    assert high - low > 12
    assert rows[rows["kind"] == "label"]["value"].between(low, high).all()


def test_the_second_half_of_a_steep_curve_is_in_view_with_room_for_its_name():
    """With few images, a reader's own curves may rise by tens of points in the last epoch."""
    steep = RECORDED.assign(full_val_accuracy=10 + 12 * RECORDED["epoch"])
    low, high = data.domain(compose(own=steep, near=True), "accuracy", 5)
    assert low <= 10 + 12 * 3
    flat = RECORDED.assign(full_val_accuracy=11.0)
    low, high = data.domain(compose(own=flat, near=True), "accuracy", 5)
    assert 11 - low >= 0.1 * (high - low)


@every_measure
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize(("own", "ended", "asks"), [(NONE, True, True), (NONE, True, False), (LOW, False, False)])
def test_no_name_and_no_printed_value_lies_outside_the_axes(preset, measure, own, ended, asks):
    """Marks outside the axes would shrink the chart until it is no longer visible."""
    recorded = records.like(preset.recipe("mnist")) or records.like(preset.recipe("mnist-5k"))
    if recorded is None:
        pytest.skip("this preset is not recorded here")
    epochs, near = recorded.recipe.epochs, len(own) > 0
    table, whole, _ = cached.curves(recorded, own, measure, data.View(epochs, near, ended, not asks), asks, "", near)
    rows = table.to_pandas()
    low, high = whole["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert rows[rows["kind"].isin(["label", "article"])]["value"].between(low, high).all()
    if asks or near:
        points = rows[rows["kind"].isin(["mean", "own"])]["value"]
        assert points.between(low, high).all(), "first points and the reader's growing curves can be seen"


def test_without_points_the_axes_remain():
    rows = compose(recorded=None)
    assert rows.empty
    assert data.domain(rows, "loss", 5) is None
    assert "Empty axes" in data.text_alternative(rows, "loss")
    assert spec("loss", 5, None)["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 5.1]


@every_measure
@pytest.mark.parametrize("guess", ["", "Your guess: without – right"])
def test_the_specification_is_valid_and_carries_no_data(measure, guess):
    rows = compose(own=OWN, measure=measure, article=True)
    whole = spec(measure, 5, data.domain(rows, measure, 5), guess)
    assert "data" not in whole
    assert whole.get("title", {}).get("text", "") == guess
    values = json.loads(rows.to_json(orient="records"))
    assert_valid(whole | {"data": {"values": values}})
    assert set(pd.DataFrame(values)) == set(data.COLUMNS)


def test_in_words_a_curve_goes_from_its_first_value_to_its_last():
    words = data.text_alternative(compose(own=OWN), "accuracy")
    assert "dropout, your run: 90 to 92" in words
    assert "no dropout, recorded mean: 94.5 to 96.8" in words
