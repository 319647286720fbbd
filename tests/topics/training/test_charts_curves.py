"""Tests of the training curves: the Vega-Lite is valid, and the rows match the points."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES
from dropout_core.data.published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.experiments.result_tables import frame
from dropout_core.experiments.results import COLUMNS, Point
from dropout_core.numerics.statistics import interval
from dropout_core.topics.training import cached, charts_curves
from dropout_core.topics.training.charts_curves import MEASURES, lowest_shown, spec, text_alternative
from tests.vega import assert_valid

unhurried = settings(deadline=None)  # tests may be slow on a busy machine
every_measure = pytest.mark.parametrize("measure", MEASURES)


def make(arm: str, step: int, seed: int = 0) -> Point:
    """Make a point at this step, with four steps per epoch and exact values at each epoch's end. All values differ."""
    high, end = arm == DROPOUT, step % 4 == 0
    base = (2 if high else 1) + step / 64
    exact = {"full_val_loss": base / 8, "full_val_accuracy": 80 + base, "epoch_loss": base / 16}
    return Point(
        arm=arm,
        seed=seed,
        step=step,
        epoch=step / 4,
        train_loss=base,
        eval_loss=base / 2,
        val_loss=base / 4,
        val_accuracy=90 + base,
        seconds=1.0,
        **(exact if end else dict.fromkeys(exact)),
    )


def points(steps: int = 8, arms=ARMS):
    return frame([make(arm, step) for step in range(1, steps + 1) for arm in arms])


def rows(given, measure: str, *options, **named):
    return charts_curves.rows(given, *options, **named)[measure]


def kind(table, name):
    return table[table["kind"] == name]


@every_measure
@pytest.mark.parametrize("epochs", [1, 5, 1000])
def test_the_specification_is_valid_vega_lite_with_its_rows(measure, epochs):
    whole = spec(measure, epochs) | {"data": {"values": rows(points(), measure, True).to_dict("records")}}
    whole = json.loads(json.dumps(whole).replace("NaN", "null"))
    assert_valid(whole)


@every_measure
def test_every_field_that_the_specification_names_is_a_column(measure):
    text = json.dumps(spec(measure, 5))
    named = set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))
    assert named <= set(rows(points(), measure).columns)
    assert set(re.findall(r"datum\.kind == '(\w+)'", text)) == {*("curve", "run", "band", "exact", "article", "label")}


@every_measure
@pytest.mark.parametrize("epochs", [1, 5])
def test_the_specification_spans_all_epochs_and_holds_no_data(measure, epochs):
    assert "data" not in spec(measure, epochs)
    assert "values" not in json.dumps(spec(measure, epochs))
    domains = [layer["encoding"]["x"]["scale"]["domain"] for layer in spec(measure, epochs)["layer"]]
    assert domains == [[0, epochs]] * len(domains)


def test_a_live_chart_keeps_its_specification_while_its_rows_grow():
    early, later = (cached.curves(points(steps), 5, False, False) for steps in (2, 3))
    for measure in MEASURES:
        assert len(later[measure][0]) > len(early[measure][0])
        assert later[measure][1] == early[measure][1]


def test_the_arms_are_told_apart_by_colour_dash_and_shape():
    for values in (ARM_COLOURS, ARM_DASHES, ARM_SHAPES):
        assert list(values) == list(ARMS)
        assert len({str(value) for value in values.values()}) == 2


@every_measure
def test_the_curve_is_every_point_at_its_epoch(measure):
    given = points()
    table = rows(given, measure)
    curve = kind(table, "curve")
    assert kind(table, "run").empty
    assert kind(table, "band").empty
    expected = given[["arm", "epoch", MEASURES[measure].column]]
    assert curve[["arm", "epoch", "value"]].to_numpy().tolist() == expected.to_numpy().tolist()


@every_measure
def test_exact_values_stand_only_where_there_are_any(measure):
    given, exact = points(), kind(rows(points(), measure), "exact")
    column = MEASURES[measure].exact
    if column is None:
        assert exact.empty
        return
    known = given.dropna(subset=column)
    assert sorted(set(exact["epoch"])) == [1, 2]
    assert exact["value"].tolist() == known[column].tolist()


SEEDS = (0, 1, 2, 3, 4)


def several(steps: int = 8, shortest: int = 8):
    """Make five pairs of runs whose values differ by 1/8; the last seed's dropout run ends at the step `shortest`."""
    given = frame([make(arm, step, seed) for seed in SEEDS for arm in ARMS for step in range(1, steps + 1)])
    columns = ["train_loss", "eval_loss", "val_loss", "val_accuracy", "full_val_loss", "full_val_accuracy"]
    given[columns] = given[columns].add((given["seed"] - 2) / 8, axis=0)
    late = (given["arm"] == DROPOUT) & (given["seed"] == 4) & (given["step"] > shortest)
    return given[~late]


@every_measure
def test_of_five_seeds_the_curve_is_the_mean_with_its_95_percent_interval(measure):
    table, single = rows(several(), measure), rows(points(), measure)
    names = ["arm", "epoch", "value"]
    for name in ("curve", "exact"):
        assert kind(table, name)[names].to_numpy().tolist() == kind(single, name)[names].to_numpy().tolist()
        for _, row in kind(table, name).iterrows():
            values = row["value"] + (np.array(SEEDS) - 2) / 8
            assert (row["low"], row["high"]) == pytest.approx(interval(values, MEASURES[measure].column))
    band, curve = (kind(table, name)[["epoch", "low", "high"]].to_numpy().tolist() for name in ("band", "curve"))
    assert band == curve
    assert len(kind(table, "run")) == len(several())


@every_measure
@pytest.mark.parametrize("seeds", [1, 2, 4])
def test_fewer_than_five_seeds_are_drawn_without_any_interval(measure, seeds):
    given = several()
    table = rows(given[given["seed"] < seeds], measure)
    assert table[["low", "high"]].isna().all(axis=None)
    assert len(kind(table, "run")) == (0 if seeds == 1 else 16 * seeds)
    assert len(kind(table, "curve")) == 16


@unhurried
@given(st.lists(st.floats(0, 100), min_size=5, max_size=7), st.lists(st.floats(0, 9), min_size=7, max_size=7))
def test_what_is_drawn_is_possible(accuracies, losses):
    columns = {"val_accuracy": accuracies, "full_val_accuracy": accuracies}
    columns |= dict.fromkeys(("train_loss", "eval_loss", "val_loss", "full_val_loss"), losses[: len(accuracies)])
    given_points = frame([make(DROPOUT, 4, seed) for seed in range(len(accuracies))]).assign(**columns)
    for measure in MEASURES:
        ends = rows(given_points, measure)[["value", "low", "high"]].to_numpy(float)
        assert np.nanmin(ends) >= 0
        assert np.nanmax(ends) <= (100 if MEASURES[measure].percent else np.inf)


def test_a_run_that_lags_is_shown_and_left_out_of_the_mean():
    table = rows(several(shortest=6), "train")
    curve = kind(table, "curve").set_index(["arm", "epoch"])["value"]
    whole = kind(rows(several(), "train"), "curve").set_index(["arm", "epoch"])["value"]
    assert curve[NO_DROPOUT].to_dict() == whole[NO_DROPOUT].to_dict()
    assert curve[DROPOUT].tolist() == (whole[DROPOUT] - 1 / 16).tolist(), "the mean of the first four"
    assert len(kind(table, "run")) == len(several(shortest=6))


def test_the_articles_losses_stand_in_the_middle_of_their_epochs_and_its_accuracies_at_the_end():
    for measure, published, shift in (("train", ARTICLE_EPOCH_LOSS, 0.5), ("accuracy", ARTICLE_ACCURACY, 1.0)):
        article = kind(rows(points(), measure, article=True), "article")
        for arm in ARMS:
            mine = article[article["arm"] == arm]
            assert mine["value"].tolist() == list(published[arm])
            assert mine["epoch"].tolist() == [i + shift for i in range(5)]


@every_measure
def test_the_article_is_shown_only_when_asked_for_and_where_it_printed_something(measure):
    assert kind(rows(points(), measure), "article").empty
    assert kind(rows(points(), measure, article=True), "article").empty == (not MEASURES[measure].article)


def test_epochs_that_the_run_does_not_reach_show_nothing_of_the_article():
    filters = [t["filter"] for layer in spec("train", 2)["layer"] for t in layer["transform"]]
    assert "datum.kind == 'article' && datum.epoch <= 2" in filters


def test_what_the_article_printed_is_whole():
    assert {len(v) for part in (ARTICLE_EPOCH_LOSS, ARTICLE_ACCURACY) for v in part.values()} == {5}
    assert list(ARTICLE_EPOCH_LOSS) == list(ARTICLE_ACCURACY) == list(ARMS)


@every_measure
@pytest.mark.parametrize("steps", [8, 7])
def test_each_name_stands_at_its_curves_end_and_the_upper_one_is_lifted_up(measure, steps):
    given = points(steps)
    labels = kind(rows(given, measure), "label").set_index("arm")
    m, last = MEASURES[measure], given[given["step"] == steps].set_index("arm")
    column = m.exact if m.exact and steps == 8 else m.column
    assert labels["value"].to_dict() == last[column].to_dict()
    assert labels["epoch"].to_dict() == last["epoch"].to_dict()
    assert labels["lift"].to_dict() == {DROPOUT: 1, NO_DROPOUT: -1}


def test_names_of_curves_that_end_at_the_same_value_are_still_lifted_apart():
    given = points().assign(eval_loss=0.5)
    assert sorted(kind(rows(given, "eval"), "label")["lift"]) == [-1, 1]


@every_measure
def test_one_arm_alone_has_one_name(measure):
    labels = kind(rows(points(arms=[NO_DROPOUT]), measure), "label")
    assert labels["arm"].tolist() == [NO_DROPOUT]


@every_measure
@pytest.mark.parametrize("article", [False, True])
def test_before_the_first_point_there_are_no_rows_but_the_articles(measure, article):
    table = rows(frame([]), measure, article)
    assert list(table.columns) == ["arm", "epoch", "value", "kind", "seed", "low", "high", "lift"]
    assert set(table["kind"]) == ({"article"} if article and MEASURES[measure].article else set())
    assert text_alternative(measure, rows(frame([]), measure)) == f"{MEASURES[measure].title}: no points yet."


@every_measure
def test_rows_leave_the_points_as_they_were(measure):
    given = points()
    before = given.copy()
    rows(given, measure, True)
    assert given.equals(before)
    assert list(given.columns) == COLUMNS


def test_in_words_a_curve_goes_from_its_first_value_to_its_last_exact_one():
    said = text_alternative("accuracy", rows(points(), "accuracy"))
    assert said.startswith(
        "Validation accuracy, %: no dropout went from 91 to 81.12 by epoch 2; dropout went from 92 to"
    )
    assert text_alternative("eval", rows(points(6, [DROPOUT]), "eval")).endswith(
        f"to {(2 + 6 / 64) / 2:.4g} by epoch 1.5."
    )


def test_a_thousand_epochs_are_not_written_as_powers_of_ten():
    assert text_alternative("train", rows(points(4).assign(epoch=1000.0), "train")).count("by epoch 1000") == 2


def test_values_are_numbers_that_json_can_carry():
    table = rows(points(), "accuracy", True)
    assert np.isfinite(table[["epoch", "value"]].to_numpy(float)).all()


def test_an_accuracy_axis_begins_below_the_first_epoch_s_end():
    shown = rows(points(), "accuracy")
    lowest = lowest_shown(shown)
    exact = shown.loc[shown["kind"] == "exact", "value"].min()
    assert exact - 12 < lowest <= exact - 2
    assert lowest % 10 == 0
    assert all(layer["encoding"]["y"]["scale"]["domainMin"] == lowest for layer in spec("accuracy", 2, lowest)["layer"])
    assert lowest_shown(rows(points(1), "accuracy")) is None


@pytest.mark.parametrize("measure", MEASURES)
def test_an_axis_of_percentages_ends_at_100(measure):
    most = {layer["encoding"]["y"]["scale"].get("domainMax") for layer in spec(measure, 2)["layer"]}
    assert most == {100 if MEASURES[measure].percent else None}


def stopped_early() -> pd.DataFrame:
    """Make runs for five seeds in each arm that last one to five epochs."""
    return frame([make(arm, step, seed) for arm in ARMS for seed in range(5) for step in range(1, 4 * (seed + 1) + 1)])


@every_measure
def test_of_runs_that_ended_apart_the_means_go_as_far_as_all_of_them(measure):
    found = rows(stopped_early(), measure, ended=True)
    curve, band = kind(found, "curve"), kind(found, "band")
    assert curve["epoch"].max() == 1
    assert len(band) == len(curve) == 4 * len(ARMS)
    assert kind(found, "run").groupby("seed")["epoch"].max().tolist() == [1, 2, 3, 4, 5]
    assert (kind(found, "label")["epoch"] == 1).all()


def test_while_runs_are_under_way_the_mean_is_of_those_that_are_ahead():
    assert kind(rows(stopped_early(), "eval"), "curve")["epoch"].max() == 5
