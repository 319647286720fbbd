"""Tests of the differences that a heat map's seeds detect."""

import numpy as np
import pandas as pd
import pytest

from dropout_core.numerics.multiple import holm, p_values
from dropout_core.numerics.power import Design, detectable
from dropout_core.topics.rates import findings, map_power, stored_grids


def test_half_of_the_cells_need_less_than_the_stated_difference():
    runs = stored_grids.width_runs()
    by_seed = runs.pivot(index="seed", columns=["width", "rate"], values="accuracy").astype(float)
    cells = [(w, r) for w, r in by_seed.columns if r]
    tests = Design(tests=len(cells))
    sizes = [detectable((by_seed[w, r] - by_seed[w, 0.0]).std(), len(by_seed), tests) for w, r in cells]
    assert f"a difference of {np.median(sizes):.2f} points" in map_power.of_rows(runs)
    assert f"need up to {max(sizes):.2f}" in map_power.of_rows(runs)


def test_a_cell_with_the_stated_difference_is_coloured_at_least_four_times_in_five():
    """In simulated maps of 12 cells, one cell differs, by what Bonferroni's limit detects."""
    rng, size = np.random.default_rng(0), detectable(1.0, 5, Design(tests=12))
    differences = rng.normal(0, 1, (2_000, 12, 5))
    differences[:, 0] += size
    found = holm(p_values(differences))[:, 0].mean()
    assert found == pytest.approx(0.8, abs=0.03)


def test_a_grid_of_two_rates_is_compared_with_no_dropout_at_all():
    by_seed = stored_grids.conv_grid("accuracy")
    sizes = [
        detectable((by_seed[cell] - by_seed[0.0, 0.0]).std(), 5, Design(tests=by_seed.shape[1] - 1))
        for cell in by_seed.columns
        if cell != (0.0, 0.0)
    ]
    assert f"a difference of {np.median(sizes):.2f} points" in map_power.of_pairs(by_seed)


def test_too_few_seeds_or_no_other_rate_detect_nothing():
    rows = [(64, rate, seed, 90.0 + seed + rate, 0.1, 0.1) for rate in (0.0, 0.5) for seed in range(4)]
    runs = pd.DataFrame(rows, columns=findings.RUN_COLUMNS)
    assert map_power.of_rows(runs) == map_power.of_rows(runs[runs["rate"] == 0]) == ""
