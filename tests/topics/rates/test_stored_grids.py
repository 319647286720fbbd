"""Tests of the grids behind the heat maps: the rate against the number of images, and against a second rate."""

import numpy as np
import pandas as pd
import pytest

from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, RATES, SIZES, WIDTHS
from dropout_core.experiments.sweep import Sweep
from dropout_core.reference.records import load
from dropout_core.topics.rates import stored_grids
from dropout_core.topics.rates.findings import RUN_COLUMNS


def test_runs_by_size_have_every_cell_and_seed():
    table = stored_grids.size_runs()
    assert list(table.columns) == RUN_COLUMNS
    assert set(table["width"]) == set(SIZES)
    assert table.groupby(["width", "rate"]).size().eq(5).all()
    assert len(table) == len(SIZES) * len(DENSE_RATES) * 5


def test_the_convolutional_grid_shows_the_means_of_the_record():
    cells = stored_grids.conv_cells().set_index(["width", "rate"])
    assert len(cells) == len(CONV_RATES) * len(DENSE_RATES)
    assert "best" in set(cells["mark"])
    trial = load("conv").trials["conv 0.2, dense 0.5"]
    late = trial.points[trial.points["full_val_accuracy"].notna() & (trial.points["epoch"] > 15)]
    assert cells.loc[(0.2, 0.5), "value"] == pytest.approx(late["full_val_accuracy"].mean())


def test_with_enough_seeds_clear_differences_are_coloured_and_the_best_is_marked():
    rng = np.random.default_rng(0)
    gains = {(0.0, 0.0): 0.0, (0.0, 0.5): 3.0, (0.2, 0.5): 6.0}
    values = {pair: 90 + gain + rng.normal(0, 0.1, 6) for pair, gain in gains.items()}
    cells = stored_grids.pair_cells(pd.DataFrame(values)).set_index(["width", "rate"])
    assert cells["mark"].tolist() == ["", "", "best"]
    assert cells.loc[(0.2, 0.5), "shade"] == pytest.approx(6, abs=0.2)
    assert cells.loc[(0.0, 0.0), "shade"] == 0


def test_spatial_dropout_is_no_cell_of_the_grid():
    by_seed = stored_grids.conv_grid("loss")
    assert by_seed.shape == (5, len(CONV_RATES) * len(DENSE_RATES))


def test_the_time_of_a_grid_is_that_of_the_recorded_one_scaled():
    trials = load("widths").trials.values()
    recipe = next(iter(trials)).recipe
    runs = pd.concat([trial.runs.assign(width=trial.recipe.hidden[0]) for trial in trials])
    quartiles = runs.groupby("width")["seconds"].quantile(0.25)
    cells = Sweep(RATES, WIDTHS, recipe.data, recipe.images, recipe.epochs, seeds=recipe.seeds).cells()
    expected = quartiles.sum() * len(RATES) * len(recipe.seeds)
    assert stored_grids.seconds(cells) == pytest.approx(expected)
    half = Sweep(RATES, WIDTHS, recipe.data, recipe.images // 2, recipe.epochs, seeds=recipe.seeds).cells()
    assert stored_grids.seconds(half) == pytest.approx(expected / 2)
    near = Sweep((0.35,), (200,), recipe.data, recipe.images, recipe.epochs, seeds=(0,)).cells()
    assert stored_grids.seconds(near) == pytest.approx(quartiles[256] * sum(len(cell.recipe.runs()) for cell in near))
    assert stored_grids.seconds([]) == 0
