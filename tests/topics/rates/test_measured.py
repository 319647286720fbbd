"""Test that a sweep's table contains the finished cells, and that each cell is read from the store only once."""

from contextlib import closing

import pytest

from dropout_core.experiments.sweep import Sweep
from dropout_core.storage.store import Store
from dropout_core.topics.rates.findings import measured, summary
from tests.stored import keep

SWEEP = Sweep(rates=(0.0, 0.5), widths=(8, 4), data="mnist-5k", images=100, epochs=1, seeds=(0, 1, 2, 3, 4))


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as opened:
        yield opened


def test_the_table_has_the_cells_that_are_done(store):
    assert summary(measured(SWEEP, store)).empty
    keep(store, SWEEP.cells()[3].recipe, lambda rate, seed: 90.0 + seed)
    table = summary(measured(SWEEP, store))
    assert table[["width", "rate", "seeds", "accuracy", "loss"]].to_numpy().tolist() == [[8, 0.5, 5, 92.0, 0.6]]
    assert 89.5 < table["low"][0] < 90 < table["high"][0] < 94
    assert table["sd"][0] == pytest.approx(2.5**0.5)


def test_a_cell_that_was_read_before_is_not_read_again(store):
    cell, known = SWEEP.cells()[3].recipe, {}
    keep(store, cell, lambda rate, seed: 90.0 + seed)
    first = measured(SWEEP, store, known)
    assert list(known) == [cell.key]
    known[cell.key] = known[cell.key].assign(accuracy=1.0)
    assert set(measured(SWEEP, store, known)["accuracy"]) == {1.0}
    assert first["accuracy"].tolist() == [90, 91, 92, 93, 94]
