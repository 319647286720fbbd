"""Tests of the study of ten nets per kind: entropies by SciPy, calibration by hand, and leave-one-out ensembles."""

import numpy as np
import pytest
from scipy import stats

from dropout_core.data.mnist import Validation
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import each_pass, passes, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork
from dropout_core.numerics.statistics import FEWEST
from dropout_core.topics.uncertainty import nets_study
from dropout_core.topics.uncertainty.entropy import decompose, summarise
from dropout_core.topics.uncertainty.nets_record import AVERAGE, PACKAGED, PLAIN, SCALED, SIZES, UPDATES, of_size

RATE = 0.5


def small_net(seed: int) -> SmallNetwork:
    rng = np.random.default_rng(seed)
    w = tuple(rng.normal(0, 0.2, size).astype(np.float32) for size in ((784, 12), (12, 8), (8, 10)))
    return SmallNetwork(w, tuple(np.zeros(each.shape[1], np.float32) for each in w))


@pytest.fixture(scope="module")
def digits() -> Validation:
    rng = np.random.default_rng(0)
    return Validation(rng.integers(0, 256, (40, 28, 28), np.uint8), rng.integers(0, 10, 40, np.uint8))


def information(p: np.ndarray) -> float:
    """Compute the mutual information in nats by SciPy, averaged over the images of p [members, images, classes]."""
    total = stats.entropy(p.mean(0, dtype=float), axis=1)
    return float((total - stats.entropy(p.astype(float), axis=2).mean(0)).mean())


def test_the_error_by_hand():
    p = np.full((4, 10), 0.01)
    p[:, 0] = [0.91, 0.95, 0.95, 0.45]
    found = nets_study.calibration(p, np.array([0, 0, 3, 0], np.uint8))
    assert [(b.number, b.right, b.images) for b in found.bins] == [(4, 1, 1), (9, 2, 3)]
    assert [b.confidence for b in found.bins] == pytest.approx([0.45, (0.91 + 2 * 0.95) / 3], abs=1e-6)
    assert found.error == pytest.approx(0.25 * 0.55 + 0.75 * (2.81 / 3 - 2 / 3), abs=1e-6)
    assert found.loss == pytest.approx(-np.log([0.91, 0.95, 0.01, 0.45]).mean(), abs=1e-6)
    assert found.gap == pytest.approx(p[:, 0].mean() - 0.75, abs=1e-6)


def test_the_error_of_random_answers_by_a_loop_over_the_bins():
    rng = np.random.default_rng(1)
    p, labels = rng.dirichlet(np.full(10, 0.2), 500), rng.integers(0, 10, 500, np.uint8)
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (p.max(1) >= low) & (p.max(1) < low + 0.1)
        if inside.any():
            error += inside.mean() * abs((p.argmax(1) == labels)[inside].mean() - p.max(1)[inside].mean())
    assert nets_study.calibration(p, labels).error == pytest.approx(error, abs=1e-6)


def test_passes_one_by_one_decompose_like_all_of_them_together(digits):
    net, x = small_net(0), pixels(digits.images)
    mean, found = summarise(each_pass(net, x, RATE, 30, seed=3))
    together = passes(net, x, RATE, 30, seed=3)
    assert mean == pytest.approx(together.mean(0, dtype=float), abs=1e-6)
    for one, other in zip(vars(found).values(), vars(decompose(together)).values(), strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_all_measures_of_a_training_set(digits):
    seeds = range(5, 11)
    nets = {(NO_DROPOUT, seed): small_net(seed) for seed in seeds}
    nets |= {(DROPOUT, seed): small_net(100 + seed) for seed in seeds[:5]}
    found = nets_study.measure(nets, RATE, digits)
    plain = np.stack([probabilities(nets[NO_DROPOUT, seed], digits.images) for seed in seeds])
    assert found["ensemble"].disagreement == pytest.approx(information(plain), abs=3e-6)
    for i, entropies in enumerate(found["without"]):
        rest = plain[[k for k in range(len(plain)) if k != i]]
        assert entropies.disagreement == pytest.approx(information(rest), abs=3e-6)
    assert [pair["seed"] for pair in found["nets"]] == list(seeds[:5])
    for pair, p in zip(found["nets"], plain[:5], strict=True):
        net = nets[DROPOUT, pair["seed"]]
        on = passes(net, pixels(digits.images), RATE, seed=pair["seed"])
        assert pair["passes"].disagreement == pytest.approx(information(on), abs=3e-6)
        for way, answers in {PLAIN: p, SCALED: probabilities(net, digits.images), AVERAGE: on.mean(0)}.items():
            assert pair["calibration"][way]["accuracy"] == (answers.argmax(1) == digits.labels).mean()
            assert pair["calibration"][way]["confidence"] == pytest.approx(answers.max(1).mean(), abs=2e-6)


def test_all_sizes_train_equally_long_and_from_the_same_seeds():
    recipes = [recipe for images in SIZES for recipe in of_size(images)]
    assert recipes[-1].epochs == 5
    assert all(abs(r.epochs * r.steps_per_epoch / UPDATES - 1) < 0.015 for r in recipes)
    assert {r.seeds for r in (*recipes, PACKAGED)} == {PACKAGED.seeds, PACKAGED.seeds[:FEWEST]}
