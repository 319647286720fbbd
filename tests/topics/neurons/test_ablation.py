"""Compare ablation with setting the weights to zero, and with examples worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.inference import activations
from dropout_core.numerics.network import SmallNetwork, random_network
from dropout_core.topics.neurons import ablation
from dropout_core.topics.neurons.ablation import (
    random_orders,
    removal,
    score,
    single_costs,
    unseen_worst,
    without,
    without_each,
)

SIZES = (6, 5, 4, 10)


def brute_force(net: SmallNetwork, x: np.ndarray, removed: list[int]) -> np.ndarray:
    """Compute the logits with the outgoing weights of these hidden neurons set to zero."""
    weights, first = [w.copy() for w in net.weights], net.sizes[1]
    for neuron in removed:
        layer, row = (1, neuron) if neuron < first else (2, neuron - first)
        weights[layer][row] = 0
    return activations(SmallNetwork(tuple(weights), net.biases), x)[-1]


def example(seed: int, images: int = 40) -> tuple[SmallNetwork, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return random_network(SIZES, seed), rng.normal(size=(images, 6)), rng.integers(0, 10, images).astype(np.uint8)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([1, 70, 30_000]))
def test_each_removal_is_the_net_with_that_neurons_weights_at_zero(seed, rows):
    net, x, _ = example(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ablation, "_ROWS", rows)
        result = list(without_each(net, x))
    assert len(result) == 9
    for neuron, logits in enumerate(result):
        np.testing.assert_allclose(logits, brute_force(net, x, [neuron]), atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=9, max_size=9))
def test_any_set_of_neurons_too(seed, kept):
    net, x, _ = example(seed)
    removed = [i for i, keep in enumerate(kept) if not keep]
    masks = [np.array(kept), np.ones(9, bool), ~np.array(kept)]
    for rows in (1, 30_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ablation, "_ROWS", rows)
            some, whole, others = without(net, x, masks)
        np.testing.assert_allclose(some, brute_force(net, x, removed), atol=1e-12)
        np.testing.assert_allclose(whole, brute_force(net, x, []), atol=1e-12)
        np.testing.assert_allclose(others, brute_force(net, x, [i for i in range(9) if kept[i]]), atol=1e-12)


def test_costs_are_counted_from_the_nets_own_scores():
    net, x, labels = example(3)
    costs = single_costs(net, x, labels)
    assert (costs.accuracy, costs.loss) == score(activations(net, x)[-1], labels)
    for neuron in range(9):
        accuracy, loss = score(brute_force(net, x, [neuron]), labels)
        assert costs.accuracy_cost[neuron] == pytest.approx(costs.accuracy - accuracy)
        assert costs.loss_cost[neuron] == pytest.approx(loss - costs.loss)
    assert costs.right.sum() * 100 / 40 == pytest.approx(costs.accuracy)
    np.testing.assert_allclose(costs.right_without.sum(1) * 100 / 40, costs.accuracy - costs.accuracy_cost)


def test_a_neuron_that_is_never_active_costs_nothing():
    net, x, labels = example(5)
    first = net.biases[0].copy()
    first[2] = -1e6
    costs = single_costs(SmallNetwork(net.weights, (first, *net.biases[1:])), x, labels)
    assert costs.accuracy_cost[2] == costs.loss_cost[2] == 0
    assert np.count_nonzero(costs.loss_cost) > 0


def test_the_order_is_by_falling_cost():
    net, x, labels = example(1)
    costs = single_costs(net, x, labels)
    for measure in ablation.MEASURES:
        assert (np.diff(costs.of(measure)[costs.order(measure)]) <= 0).all()


def test_removal_begins_with_the_whole_net_and_ends_with_none():
    net, x, labels = example(2)
    order = np.arange(9)
    accuracy, loss = removal(net, x, labels, order, [0, 3, 9]).values()
    assert (accuracy[0], loss[0]) == score(activations(net, x)[-1], labels)
    assert (accuracy[1], loss[1]) == pytest.approx(score(brute_force(net, x, [0, 1, 2]), labels))
    nothing = np.broadcast_to(net.biases[2], (40, 10))
    assert (accuracy[2], loss[2]) == pytest.approx(score(nothing, labels))


def test_score_of_known_logits():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]))
    accuracy, loss = score(logits, np.array([0, 1], np.uint8))
    assert accuracy == 50
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.2)) / 2)


def test_the_worst_neuron_is_measured_where_it_was_not_selected():
    digits = np.zeros(10, int)
    first, second = (
        ablation.Costs(90.0, 0.3, np.array(cost), np.array(cost), digits, np.zeros((3, 10), int))
        for cost in ([5.0, 1.0, 0.0], [2.0, 0.0, 4.0])
    )
    # Removing neuron 0 costs most on the first half, and 2 points on the second half. Removing neuron 2 costs most on
    # the second half, and nothing on the first half.
    assert unseen_worst(first, second, "accuracy") == 1.0


def test_random_orders_are_permutations_and_repeat():
    orders = random_orders(9, 4, 7)
    assert all(sorted(order) == list(range(9)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert all((a == b).all() for a, b in zip(orders, random_orders(9, 4, 7), strict=True))


def test_other_depths_are_refused():
    with pytest.raises(ValueError, match="two hidden layers"):
        single_costs(random_network((6, 5, 10), 0), np.zeros((2, 6)), np.zeros(2, np.uint8))
