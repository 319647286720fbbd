"""Tests of the grids behind the heat maps: the rate against the number of images, and against a second rate."""

import pytest

from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, SIZES
from dropout_core.reference.records import load
from dropout_core.topics.rates import stored_grids
from dropout_core.topics.rates.findings import RUN_COLUMNS


def test_runs_by_size_have_every_cell_and_seed():
    table = stored_grids.size_runs()
    assert list(table.columns) == RUN_COLUMNS
    assert set(table["width"]) == set(SIZES)
    assert table.groupby(["width", "rate"]).size().eq(5).all()
    assert len(table) == len(SIZES) * len(DENSE_RATES) * 5


def test_a_row_is_named_by_its_images():
    best = stored_grids.best_by_images()
    assert [stored_grids.images_label(each) for each in best][-1] == "32,000 images"
    assert all(each.rate in each.alike for each in best)


def test_losses_early_and_late_are_those_of_the_first_and_the_last_epoch_measured():
    record, drawn = load("rates"), stored_grids.learning().set_index(["group", "x"])["mean"]
    first, last = stored_grids.epochs(record)
    for group, epoch in ((f"after {first} epochs", first), (f"after {last} epochs", last)):
        points = record.trials["rate 0.5"].points
        expected = points[(points["epoch"] == epoch) & points["full_val_loss"].notna()]["full_val_loss"]
        assert len(expected) == 5
        assert drawn[group, 0.5] == pytest.approx(expected.mean())
    assert stored_grids.losses(record)[0.8].gt(stored_grids.losses(record, last=True)[0.8]).all()


def test_the_convolutional_grid_has_means_and_their_changes_against_no_dropout():
    cells = stored_grids.conv_cells().set_index(["width", "rate"])
    assert len(cells) == len(CONV_RATES) * len(DENSE_RATES)
    assert (cells["mark"] == "").all(), "three seeds give means alone"
    assert (cells["shade"] == 0).all()
    assert cells.loc[(0.0, 0.0), "change"] == 0
    trial = load("conv").trials["conv 0.2, dense 0.5"]
    last = trial.points.sort_values("step").groupby("seed")["full_val_accuracy"].last().mean()
    assert cells.loc[(0.2, 0.5), "value"] == pytest.approx(last)


def test_spatial_dropout_is_no_cell_of_the_grid():
    by_seed, _ = stored_grids.conv_grid("loss")
    assert by_seed.shape == (3, len(CONV_RATES) * len(DENSE_RATES))
