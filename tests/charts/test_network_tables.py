"""Test the tables for the network diagram against brute-force counts, SciPy and the masks themselves."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from dropout_core.charts import network_tables
from dropout_core.numerics.masks import RATES, keep_mask, uniforms

layers = st.lists(st.integers(1, 7), min_size=3, max_size=5).map(tuple)
seeds = st.integers(0, 9999)
rates = st.sampled_from(RATES)


def test_rates_are_the_slider_s_grid():
    np.testing.assert_array_equal(RATES, np.arange(0, 96, 5) / 100)


@settings(deadline=None)
@given(layers, seeds)
def test_rounded_draws_decide_as_the_exact_draws_do(sizes, seed):
    u = network_tables.draws(sizes, seed)
    exact = uniforms(u.shape, seed)
    assert u.shape == (network_tables.PASSES, sum(sizes[1:-1]))
    for rate in RATES:
        np.testing.assert_array_equal(keep_mask(u, rate), keep_mask(exact, rate))


@settings(deadline=None)
@given(layers, seeds)
def test_neurons_carry_the_draws_of_their_layer(sizes, seed):
    u = network_tables.draws(sizes, seed)
    table = network_tables.neurons(sizes, u)
    hidden = table[table["u"].notna()]
    assert list(table.groupby("layer").size()) == list(sizes)
    assert list(table["id"]) == list(range(sum(sizes)))
    assert set(hidden["layer"]) == set(range(1, len(sizes) - 1))
    np.testing.assert_array_equal(np.array(hidden["u"].tolist()).T, u)
    assert table["x"].between(0, 1).all()
    assert table["y"].between(0, 1, inclusive="neither").all()
    assert not table.duplicated(["x", "y"]).any()


def test_layers_are_named_left_to_right():
    table = network_tables.neurons((2, 1, 1, 2), network_tables.draws((2, 1, 1, 2), 0))
    assert list(table["name"].str.split(",").str[0].unique()) == ["Inputs", "Hidden 1", "Hidden 2", "Outputs"]


@settings(deadline=None)
@given(layers)
def test_edges_join_every_pair_of_neighbours_once(sizes):
    table = network_tables.edges(sizes)
    layer = np.repeat(np.arange(len(sizes)), sizes)
    assert len(table) == sum(a * b for a, b in itertools.pairwise(sizes))
    assert not table.duplicated().any()
    assert (layer[table["target"]] - layer[table["source"]] == 1).all()


@settings(deadline=None)
@given(layers, seeds, rates)
def test_passes_count_what_the_masks_keep(sizes, seed, rate):
    u = network_tables.draws(sizes, seed)
    table, at = network_tables.passes(u), RATES.index(rate)
    masks = [tuple(row) for row in keep_mask(u, rate)]
    for i, mask in enumerate(masks):
        row = table.iloc[i]
        assert row["number"] == i + 1
        assert row["kept"][at] == sum(mask)
        assert row["new"][at] == (mask not in masks[:i])
        assert row["distinct"][at] == len(set(masks[: i + 1]))


def test_at_rate_zero_every_pass_is_the_full_network():
    table = network_tables.passes(network_tables.draws((4, 6, 6, 3), 0))
    assert {row[0] for row in table["kept"]} == {12}
    assert {row[0] for row in table["distinct"]} == {1}


@settings(deadline=None)
@given(st.integers(1, 20), st.floats(0, 0.95))
def test_the_number_kept_is_binomial(n, rate):
    np.testing.assert_allclose(
        network_tables.kept_chance(n, rate), binom.pmf(np.arange(n + 1), n, 1 - rate), rtol=1e-9, atol=1e-12
    )


def test_the_highest_bar_has_height_one():
    table = network_tables.kept_distribution(12)
    heights, chances = np.array(table["height"].tolist()), np.array(table["chance"].tolist())
    np.testing.assert_array_equal(heights.max(axis=0), 1)
    np.testing.assert_allclose(chances.sum(axis=0), 1, atol=len(table) * 10**-network_tables.DIGITS)
    np.testing.assert_array_equal(heights.argmax(axis=0), chances.argmax(axis=0))


@settings(deadline=None)
@given(st.integers(1, 8), st.floats(0, 0.95))
def test_two_passes_agree_as_often_as_all_subnetworks_say(n, rate):
    kept = np.array(list(itertools.product([0, 1], repeat=n))).sum(axis=1)
    chances = (1 - rate) ** kept * rate ** (n - kept)
    assert network_tables.repeat_chance(n, rate) == pytest.approx((chances**2).sum(), rel=1e-9)


@pytest.mark.parametrize("sizes", [(), (3, 2), (3, 0, 2)])
def test_a_network_without_hidden_neurons_is_refused(sizes):
    with pytest.raises(ValueError, match="hidden"):
        network_tables.draws(sizes, 0)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_outside_its_range_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        network_tables.kept_chance(3, rate)
    with pytest.raises(ValueError, match="rate"):
        network_tables.repeat_chance(3, rate)


def test_tables_are_of_one_network():
    tables = network_tables.tables((4, 6, 6, 3), 7)
    assert set(tables) == {"neurons", "edges", "passes", "distribution", "facts"}
    assert tables["facts"]["n"].item() == 12
    assert tables["facts"]["subnetworks"].item() == 4096
    assert list(tables["distribution"]["k"]) == list(range(13))


def test_subnetworks_are_counted_over_all_passes():
    sizes = (4, 2, 1, 3)
    masks = network_tables.draws(sizes, 7) >= 0.5
    assert network_tables.subnetworks_shown(sizes, 7, 0.5) == (len({mask.tobytes() for mask in masks}), 8)
    assert network_tables.subnetworks_shown(sizes, 7, 0.0) == (1, 8)
