"""Test correlations and pair costs by brute force, and recompute the verdict on co-adaptation with SciPy."""

import json
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from dropout_core.data.mnist import Validation
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import SmallNetwork, random_network, softmax
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.today import coadaptation_record, coadaptation_study
from dropout_core.topics.today.coadaptation import PairCosts, draw_pairs, losses_without, mean_correlation, pair_costs

SIZES = (6, 5, 4, 3)


@pytest.fixture(scope="module")
def case() -> tuple[SmallNetwork, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return random_network(SIZES, 1), rng.normal(size=(30, SIZES[0])), rng.integers(0, 3, 30).astype(np.uint8)


def loss_with_zeroed_weights(net: SmallNetwork, layer: int, units, x: np.ndarray, labels: np.ndarray) -> float:
    """Remove units by setting their outgoing weights to zero."""
    weights = [w.copy() for w in net.weights]
    weights[layer + 1][list(units)] = 0
    p = softmax(activations(SmallNetwork(tuple(weights), net.biases), x)[-1])
    return float(-np.log(p[np.arange(len(x)), labels]).mean())


@pytest.mark.parametrize("layer", [0, 1])
def test_a_removed_unit_is_one_whose_weights_are_zero(case, layer):
    sets = np.array(list(combinations(range(SIZES[layer + 1]), 2)))
    expected = [loss_with_zeroed_weights(case[0], layer, units, *case[1:]) for units in sets]
    assert losses_without(case[0], layer, *case[1:], sets) == pytest.approx(expected)


@pytest.mark.parametrize("layer", [0, 1])
def test_costs_are_differences_from_the_whole_net(case, layer):
    pairs = np.array([[0, 3], [3, 1], [2, 0]])
    costs = pair_costs(case[0], layer, *case[1:], pairs)
    whole = loss_with_zeroed_weights(case[0], layer, [], *case[1:])
    single = {i: loss_with_zeroed_weights(case[0], layer, [i], *case[1:]) - whole for i in range(4)}
    assert costs.sum == pytest.approx([single[i] + single[j] for i, j in pairs])
    assert costs.both == pytest.approx([loss_with_zeroed_weights(case[0], layer, p, *case[1:]) - whole for p in pairs])


def test_the_departure_is_relative_to_the_size_of_the_sums():
    costs = PairCosts(both=np.array([1.0, -1.0, 2.0]), sum=np.array([2.0, -1.0, 1.0]))
    assert costs.departure == pytest.approx(100 * (1 + 0 + 1) / (2 + 1 + 1))


def test_independent_units_have_no_correlation_and_copies_have_one():
    h = np.random.default_rng(0).normal(size=(100_000, 3))
    assert mean_correlation(h) == pytest.approx(0, abs=0.01)
    dead = np.zeros((len(h), 1))
    assert mean_correlation(np.hstack([h[:, :1], -2 * h[:, :1], dead])) == pytest.approx(1)
    expected = np.mean([abs(stats.pearsonr(h[:99, i], h[:99, j]).statistic) for i, j in combinations(range(3), 2)])
    assert mean_correlation(h[:99]) == pytest.approx(expected)


def test_pairs_are_different_pairs_of_the_given_units():
    units = np.array([2, 3, 5, 7])
    pairs = draw_pairs(units, 100, 0)
    assert {frozenset(pair) for pair in pairs.tolist()} == {frozenset(pair) for pair in combinations(units.tolist(), 2)}
    assert len(draw_pairs(units, 4, 0)) == 4


def test_the_study_measures_every_hidden_layer_without_dead_units():
    rng = np.random.default_rng(0)
    digits = Validation(rng.integers(0, 256, (40, 28, 28), np.uint8), rng.integers(0, 10, 40, np.uint8))
    net = random_network((784, 12, 8, 10), 0)
    net.biases[0][0] = -1e6  # this unit never fires
    measures, costs = coadaptation_study.measure_net(net, digits, 0)
    h = activations(net, pixels(digits.images))[:-1]
    alive = [sum(len(set(unit)) > 1 for unit in layer.T.tolist()) for layer in h]
    assert [row["units"] for row in measures] == alive
    assert alive[0] < 12
    assert [len(cost.sum) for cost in costs] == [n * (n - 1) // 2 for n in alive]
    assert measures[0]["correlation"] == pytest.approx(mean_correlation(h[0]), abs=1e-6)
    assert measures[1]["departure"] == pytest.approx(costs[1].departure, abs=1e-6)


# --- the record ------------------------------------------------------------------------------------------------------


def raw(measure: str, layer: int) -> np.ndarray:
    """Read the differences, dropout minus no dropout, straight from the file."""
    runs = json.loads(coadaptation_record.FILE.read_text("utf-8"))["runs"]
    values = {(run["arm"], run["seed"]): run["layers"][layer][measure] for run in runs}
    return np.array([values["dropout", seed] - values["no dropout", seed] for seed in range(100, 110)])


recorded = pytest.mark.skipif(not coadaptation_record.FILE.exists(), reason="reference coadaptation has not been run")


@recorded
def test_the_verdict_by_t_tests():
    found = coadaptation_record.less_coadapted()
    all_less = []
    for each, (measure, layer) in zip(
        found.evidence, [(m, i) for m in ("correlation", "departure") for i in (0, 1)], strict=True
    ):
        d = raw(measure, layer)
        low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        assert (each.paired.mean, each.paired.low, each.paired.high) == tuple(map(pytest.approx, (d.mean(), low, high)))
        all_less.append(stats.ttest_1samp(d, 0, alternative="less").pvalue < 0.025)
    assert (found.verdict is Verdict.HOLDS) == all(all_less)


@recorded
def test_the_pairs_shown_are_those_of_the_first_seed():
    stored = coadaptation_record.stored()
    assert {arm: len(pairs) for arm, pairs in stored["shown"].items()} == dict.fromkeys(
        ("no dropout", "dropout"), coadaptation_record.SHOWN
    )
    assert stored["pairs"] == coadaptation_record.PAIRS
    assert stored["recipe"] == json.loads(coadaptation_record.RECIPE.to_json())
