"""Test each variant's moments against exact values, which values share a draw, and the tables for the charts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.charts import network_tables
from dropout_core.numerics.masks import RATES
from dropout_core.topics.variants.numerics import (
    BERNOULLI,
    DRAWS,
    GAUSSIAN,
    MAPS,
    ON_THE_NETWORK,
    PASSES,
    SEED,
    SIDE,
    SIZES,
    VARIANTS,
    average_variance,
    connection_draws,
    example,
    factor_variance,
    factors,
    feature_maps,
    fourth_moment,
    map_sum_variances,
    maps,
    measured,
    neuron_draws,
    sums,
)

rates = st.floats(0, 0.95)


@settings(deadline=None)
@given(rates)
def test_bernoulli_moments_are_those_of_its_two_values(rate):
    values, chances = np.array([0, 1 / (1 - rate)]), np.array([rate, 1 - rate])
    assert chances @ values == pytest.approx(1)
    assert chances @ (values - 1) ** 2 == pytest.approx(factor_variance(rate))
    assert chances @ (values - 1) ** 4 == pytest.approx(fourth_moment(rate, BERNOULLI))


@settings(deadline=None, max_examples=20)
@given(rates)
def test_gaussian_moments_by_quadrature(rate):
    u = (np.arange(20_000) + 0.5) / 20_000
    f = factors(u, rate, GAUSSIAN)
    assert f.mean() == pytest.approx(1)
    assert ((f - 1) ** 2).mean() == pytest.approx(factor_variance(rate), rel=1e-3)
    assert ((f - 1) ** 4).mean() == pytest.approx(fourth_moment(rate, GAUSSIAN), rel=1e-2)


@settings(deadline=None)
@given(st.floats(1e-9, 1 - 1e-9), rates)
def test_a_draw_that_drops_a_neuron_makes_its_normal_factor_smaller_than_one_that_keeps_it(u, rate):
    pair = np.array([u / 2, u])
    normal, kept = factors(pair, rate, GAUSSIAN), factors(pair, rate, BERNOULLI)
    assert normal[0] <= normal[1]
    assert kept[0] <= kept[1]
    assert set(kept) <= {0.0, 1 / (1 - rate)}


def test_an_unknown_noise_or_rate_says_what_is_known():
    with pytest.raises(ValueError, match="bernoulli, gaussian"):
        factors(np.array([0.5]), 0.5, "uniform")
    with pytest.raises(ValueError, match="rate"):
        factors(np.array([0.5]), 1.0, GAUSSIAN)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8, 0.95])
@pytest.mark.parametrize("slug", VARIANTS)
def test_what_is_measured_lies_within_four_errors_of_the_exact(slug, rate):
    m = measured(slug, rate)
    assert abs(m.mean - 1) < 4 * m.mean_error
    assert abs(m.variance - m.exact_variance) < 4 * m.variance_error
    assert m.exact_variance == pytest.approx(VARIANTS[slug].when * rate / (1 - rate))


def test_noise_in_half_of_the_epochs_has_half_the_variance_on_average():
    assert average_variance("dropout", 0.5) == 1
    assert average_variance("early", 0.5) == average_variance("late", 0.5) == pytest.approx(0.5)


def test_the_errors_are_right_over_many_samples():
    rate, rng = 0.3, np.random.default_rng(0)
    f = factors(rng.random((400, DRAWS)), rate, BERNOULLI)
    m = measured("dropout", rate)
    assert f.mean(1).std() == pytest.approx(m.mean_error, rel=0.15)
    assert ((f - 1) ** 2).mean(1).std() == pytest.approx(m.variance_error, rel=0.15)


def test_at_rate_0_nothing_is_random():
    for slug in VARIANTS:
        m = measured(slug, 0.0)
        assert (m.mean, m.variance, m.exact_variance, m.mean_error, m.variance_error) == (1, 0, 0, 0, 0)
    assert sums("dropout", 0.0).correlation == 0


def test_noise_on_units_correlates_two_eachexactly_so_and_on_weights_not_at_all():
    net, a = example()
    w = net.weights[1][:, :2]
    masks = (np.arange(2 ** len(a))[:, None] >> np.arange(len(a))) & 1  # every mask; all are equally likely at rate 0.5
    z = (2 * masks * a) @ w
    units, weights = sums("dropout", 0.5), sums("dropconnect", 0.5)
    assert units.exact_variance == pytest.approx(z[:, 0].var())
    assert units.exact_correlation == pytest.approx(np.corrcoef(z.T)[0, 1])
    assert weights.exact_correlation == 0
    assert weights.exact_variance == units.exact_variance
    for each in (units, weights):
        assert abs(each.correlation - each.exact_correlation) < 4 * each.correlation_error
        assert each.variance == pytest.approx(each.exact_variance, rel=0.05)


@settings(deadline=None)
@given(rates)
def test_a_lost_map_takes_more_with_it_than_lost_values(rate):
    single, whole = map_sum_variances(rate)
    assert whole >= single
    if rate == 0.5:
        assert single == pytest.approx((feature_maps() ** 2).sum(1).mean())


def test_a_map_s_sum_has_the_variance_that_is_said():
    u = np.random.default_rng(1).random((40_000, MAPS, SIDE * SIDE))
    a = feature_maps()
    measured = [(factors(draws, 0.5, BERNOULLI) * a).sum(2).var(0).mean() for draws in (u, u[:, :, :1])]
    assert measured == pytest.approx(map_sum_variances(0.5), rel=0.03)


def test_hidden_neurons_have_the_masks_page_s_draws_and_inputs_have_their_own():
    whole, masks_page = neuron_draws(), network_tables.draws(SIZES, SEED)
    assert whole.shape == (sum(SIZES[:-1]), PASSES)
    assert pytest.approx(masks_page[:PASSES]) == whole[SIZES[0] :].T / 10**network_tables.DECIMALS
    assert len({tuple(u) for u in whole.tolist()}) == len(whole)


@settings(deadline=None)
@given(st.sampled_from(RATES))
def test_whole_draws_drop_the_same_neurons_as_the_draws_themselves(rate):
    limit = round(rate * 10**network_tables.DECIMALS)
    u = network_tables.draws(SIZES, SEED)[:PASSES].T
    assert ((neuron_draws()[SIZES[0] :] >= limit) == (u >= rate)).all()


def test_connections_have_draws_of_their_own_but_for_those_into_the_outputs():
    whole = connection_draws()
    assert whole.shape == (SIZES[0] * SIZES[1] + SIZES[1] * SIZES[2], PASSES)
    assert len({tuple(u) for u in whole.tolist()}) == len(whole)


def test_values_of_a_map_share_their_draws_under_spatial_dropout_alone():
    draws = maps().assign(u=lambda t: t["u"].map(tuple)).groupby(["kind", "map"])["u"].nunique()
    assert (draws["spatial"] == 1).all()
    assert (draws["dropout"] == SIDE * SIDE).all()
    assert set(ON_THE_NETWORK) < set(VARIANTS)
