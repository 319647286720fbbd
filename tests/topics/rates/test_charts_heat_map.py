"""Tests of a sweep's charts: the rows match the numbers, and the Vega-Lite specifications are valid."""

import json
import re

import pandas as pd
import pytest

from dropout_core.topics.rates.charts_heat_map import cells, curve, curve_rows, heat_map, in_words, lowest_shown
from dropout_core.topics.rates.findings import best, summary
from dropout_core.topics.rates.stored_grids import pair_cells
from tests.vega import assert_valid

RATES, WIDTHS = (0.0, 0.5), (4, 8)


@pytest.fixture
def runs():
    accuracies = {
        (4, 0.0): [80, 81, 82, 80.5, 81.5],
        (4, 0.5): [70, 72, 71, 71, 71],
        (8, 0.0): [84, 85, 86, 84, 86],
        (8, 0.5): [85, 84.5, 86.5, 83.5, 87.5],
    }
    rows = [
        {"width": w, "rate": r, "seed": seed, "accuracy": float(a), "loss": 0.5, "gap": 0.1}
        for (w, r), values in accuracies.items()
        for seed, a in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_cells_are_held_against_rate_0_of_their_width_and_marked(runs):
    shown = cells(summary(runs), best(runs)).set_index(["width", "rate"])
    assert shown["change"].to_dict() == {(4, 0.0): 0, (4, 0.5): -10, (8, 0.0): 0, (8, 0.5): pytest.approx(0.4)}
    assert shown["mark"].to_dict() == {(4, 0.0): "best", (4, 0.5): "", (8, 0.0): "alike", (8, 0.5): "best"}


def test_a_cell_has_a_colour_only_if_it_differs_detectably(runs):
    shown = cells(summary(runs), best(runs)).set_index(["width", "rate"])
    assert shown["shade"].to_dict() == {(4, 0.0): 0, (4, 0.5): -10, (8, 0.0): 0, (8, 0.5): 0}
    one = runs[runs["seed"] == 0]
    assert cells(summary(one), best(one))["shade"].eq(0).all()
    assert heat_map(RATES, WIDTHS)["layer"][0]["encoding"]["color"]["field"] == "shade"


@pytest.mark.parametrize(("page", "ink"), [((255, 255, 255), (49, 51, 63)), ((14, 17, 23), (250, 250, 250))])
def test_numbers_are_legible_in_every_colour_on_light_and_on_dark_pages(page, ink):
    scale = heat_map(RATES, WIDTHS)["layer"][0]["encoding"]["color"]["scale"]
    for colour in scale["range"]:
        *channels, opacity = map(float, re.findall(r"[\d.]+", colour))
        cell = [opacity * c + (1 - opacity) * p for c, p in zip(channels, page, strict=True)]
        dark, light = sorted((luminance(cell), luminance(ink)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{colour} on {page}"


def luminance(rgb):
    """Return the relative luminance as WCAG 2 defines it."""
    shares = [c / 255 for c in rgb]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_by_loss_the_lowest_is_best_and_a_fall_is_coloured_as_better(runs):
    losses = runs.assign(loss=runs["accuracy"] / 100)  # makes the best rate by accuracy the worst by loss
    shown = cells(summary(losses), best(losses, "loss"), "loss").set_index(["width", "rate"])
    assert shown["value"].equals(summary(losses).set_index(["width", "rate"])["loss"])
    assert shown["mark"].to_dict() == {(4, 0.0): "", (4, 0.5): "best", (8, 0.0): "best", (8, 0.5): "alike"}
    assert shown.loc[(4, 0.5), "shade"] == pytest.approx(0.1)
    assert "nats" in heat_map(RATES, WIDTHS, by="loss")["layer"][0]["encoding"]["tooltip"][2]["title"]


def test_a_pair_of_rates_has_a_colour_only_if_it_differs_detectably():
    values = {
        (0.0, 0.0): [80.0, 81, 82, 80, 82],
        (0.0, 0.5): [70.0, 72, 71, 71, 71],
        (0.2, 0.0): [81, 80, 82.5, 79, 84],
    }
    by_seed = pd.DataFrame(values)
    shown = pair_cells(by_seed).set_index(["width", "rate"])
    assert shown["shade"].tolist() == [0, -10, 0]
    assert sorted(shown["mark"]) == ["", "alike", "best"]
    assert pair_cells(by_seed[:1])["shade"].eq(0).all()


def test_a_width_without_its_rate_0_has_no_change_yet(runs):
    some = runs[~((runs["width"] == 8) & (runs["rate"] == 0))]
    shown = cells(summary(some), best(some))
    assert shown.loc[shown["width"] == 8, "change"].isna().all()


def test_a_width_s_rows_are_its_means_and_its_runs(runs):
    shown = cells(summary(runs), best(runs))
    rows = curve_rows(shown, runs, 4)
    assert rows["kind"].value_counts().to_dict() == {"mean": 2, "seed": 10}
    assert lowest_shown(shown, 4) == 70


def test_specifications_are_valid_and_carry_no_data(runs):
    shown = cells(summary(runs), best(runs))
    for spec, rows in (
        (heat_map(RATES, WIDTHS), shown),
        (curve(4, RATES, 70.0), curve_rows(shown, runs, 4)),
    ):
        assert "data" not in spec
        assert all("data" not in layer for layer in spec["layer"])
        values = json.loads(rows.to_json(orient="records"))
        assert_valid(spec | {"data": {"values": values}})


def test_in_words_each_width_has_its_best_rate(runs):
    assert "width 8: best rate 0.5 with 85.4 %" in in_words(best(runs))
    assert in_words([]) == "No cell is finished yet."
