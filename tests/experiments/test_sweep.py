"""Check the cells of a sweep, its key, its limits, and how rates and widths are parsed."""

from dataclasses import replace

import pytest

from dropout_core.experiments.recipe import RecipeError
from dropout_core.experiments.sweep import Sweep, SweepError, parse_rates, parse_widths

TINY = Sweep(rates=(0.0, 0.5), widths=(8, 4), data="mnist-5k", images=100, epochs=1, seeds=(0, 1))


def test_the_grid_is_one_comparison_a_cell_with_the_nets_without_dropout_first():
    cells = TINY.cells()
    assert [(cell.width, cell.rate) for cell in cells] == [(4, 0.0), (8, 0.0), (4, 0.5), (8, 0.5)]
    assert [cell.recipe.hidden for cell in cells] == [(4, 2), (8, 4)] * 2
    assert {cell.recipe.arms for cell in cells} == {("dropout",)}
    assert len({cell.recipe.key for cell in cells}) == 4
    assert Sweep(widths=(2, 3)).cells()[0].recipe.hidden == (2, 2)


def test_the_order_of_rates_and_widths_does_not_matter_and_everything_else_does():
    assert Sweep(rates=(0.5, -0.0), widths=(4, 8), data="mnist-5k", images=100, epochs=1, seeds=(0, 1)).key == TINY.key
    changes = [{"images": 200}, {"epochs": 2}, {"seeds": (0,)}, {"learning_rate": 0.01}, {"rates": (0,)}]
    keys = {replace(TINY, **change).key for change in changes}
    assert len(keys | {TINY.key}) == len(changes) + 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rates": ()}, "rates must be 1 to 20 different"),
        ({"rates": (0.5, 0.5)}, "rates must be 1 to 20 different"),
        ({"rates": (0.99,)}, "rate must be a number from 0 to 0.95"),
        ({"widths": (1,)}, "widths must be whole numbers from 2"),
        ({"widths": (9000,)}, "hidden must be a whole number"),
        ({"widths": tuple(range(2, 11))}, "widths must be 1 to 8"),
        ({"images": 5}, "images must be"),
        ({"seeds": ()}, "seeds must be"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_in_words(changes, message):
    with pytest.raises(RecipeError, match=message):
        Sweep(**changes)


def test_rates_and_widths_are_read_from_text():
    assert parse_rates("0:0.8:0.1") == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    assert parse_rates("0:0.5:0.2") == (0, 0.2, 0.4)
    assert parse_rates("0.3:0.3:1") == (0.3,)
    assert parse_rates("0,0.25") == (0, 0.25)
    assert parse_widths("64,256,1024") == (64, 256, 1024)


@pytest.mark.parametrize("text", ["", "a", "0:1", "0:0.8:0", "0.8:0:0.1", "0:0.8:-1", "0:nan:1", "0:0.9:1e-9", "inf"])
def test_rates_that_cannot_be_read_are_refused(text):
    with pytest.raises(SweepError, match="rates"):
        parse_rates(text)


@pytest.mark.parametrize("text", ["", "64;256", "6.4", "64,"])
def test_widths_that_cannot_be_read_are_refused(text):
    with pytest.raises(SweepError, match="widths must be written like"):
        parse_widths(text)
