"""Compare the live network's JavaScript arithmetic with NumPy."""

import numpy as np
import pytest

from dropout_core.numerics.inference import activations
from dropout_core.numerics.masks import RATES, keep_mask
from dropout_core.numerics.network import random_network, softmax
from dropout_core.topics.masks import digit_net
from tests.e2e import network

pytestmark = pytest.mark.browser
TOLERANCE = 1e-5


@pytest.fixture
def numbers(page):
    """Return a function that evaluates an expression of the module `net` and the argument `given`."""
    page.goto("about:blank")
    address = network.module("network_numbers.js")

    def evaluate(expression: str, given: object = None):
        return page.evaluate(
            f"async ([a, given]) => {{ const net = await import(a); return {expression} }}", [address, given]
        )

    return evaluate


def test_forward_passes_equal_numpy_s(numbers):
    rng = np.random.default_rng(1)
    stored = digit_net.load()
    cases, expected = [], []
    for case in range(60):
        net = (
            stored.net
            if case % 2
            else random_network((196, int(rng.integers(1, 14)), int(rng.integers(1, 14)), 10), case)
        )
        x = stored.samples[case % 10] / digit_net.LEVELS if case % 3 else rng.random(196) * (rng.random(196) < 0.3)
        rate = RATES[case % len(RATES)]
        masks = tuple(keep_mask(rng.random(n), rate) for n in net.sizes[1:-1])
        layers = [{"weights": w.tolist(), "biases": b.tolist()} for w, b in zip(net.weights, net.biases, strict=True)]
        cases.append([layers, x.tolist(), np.concatenate(masks).tolist(), rate])
        expected.append(activations(net, x, masks, rate))
    made = numbers(
        "given.map(([l, x, keep, rate]) => net.forward(l, x, keep, net.scaleOf({ rate, mode: 'training' })))", cases
    )
    for run, values in zip(made, expected, strict=True):
        for ours, theirs in zip(run["values"][1:], values[:-1], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=TOLERANCE, rtol=TOLERANCE)
        np.testing.assert_allclose(run["probabilities"], softmax(values[-1]), atol=TOLERANCE)


def test_at_inference_nothing_is_dropped_or_scaled(numbers):
    settings = {"rate": 0.9, "pass": 3, "seed": 7, "mode": "inference"}
    assert numbers("[net.keepMask(28, given), net.scaleOf(given)]", settings) == [[True] * 28, 1]


def test_the_draws_are_uniform_and_independent(numbers):
    u = np.array(numbers("[...Array(64).keys()].map(p => [...Array(400).keys()].map(n => net.uniform(7, p + 1, n)))"))
    assert ((u >= 0) & (u < 1)).all()
    share, cells = np.histogram(u, 16, (0, 1))[0] / u.size, u.size
    assert ((share - 1 / 16) ** 2 * 16 * cells).sum() < 38  # χ² with 15 degrees of freedom exceeds 38 in 0.1 % of cases
    limit = 4 / np.sqrt(cells)
    assert abs(np.corrcoef(u[:, 1:].ravel(), u[:, :-1].ravel())[0, 1]) < limit
    assert abs(np.corrcoef(u[1:].ravel(), u[:-1].ravel())[0, 1]) < limit


def test_a_mask_keeps_the_neurons_whose_draw_is_at_least_the_rate(numbers):
    u = np.array(numbers("[...Array(28).keys()].map(n => net.uniform(5, 9, n))"))
    for rate in RATES:
        settings = {"rate": rate, "pass": 9, "seed": 5, "mode": "training"}
        assert numbers("net.keepMask(28, given)", settings) == keep_mask(u, rate).tolist()


def test_all_passes_are_counted(numbers):
    stored = digit_net.load()
    given = [
        stored.layers,
        (stored.samples[3] / digit_net.LEVELS).tolist(),
        {"rate": 0.5, "seed": 7, "mode": "training"},
    ]
    counts = numbers("net.tally(...given, (there) => net.keepMask(28, there))", given)
    masks = np.array(numbers("[...Array(64).keys()].map(p => net.keepMask(28, { ...given[2], pass: p + 1 }))", given))
    first = stored.net.sizes[1]
    x = np.broadcast_to(stored.samples[3] / digit_net.LEVELS, (64, 196))
    answers = activations(stored.net, x, (masks[:, :first], masks[:, first:]), 0.5)[-1].argmax(axis=1)
    assert dict(counts) == {int(digit): int((answers == digit).sum()) for digit in set(answers)}
    assert [times for _, times in counts] == sorted((times for _, times in counts), reverse=True)


@pytest.mark.parametrize(("x", "y", "width", "height"), [(10, 20, 40, 160), (200, 5, 60, 60), (30, 200, 220, 30)])
def test_a_drawing_is_scaled_and_centred_like_mnist(numbers, x, y, width, height):
    sheet = np.zeros((280, 280), int)
    sheet[y : y + height, x : x + width] = 255
    digit = np.array(numbers("net.asDigit(given, 280)", sheet.ravel().tolist())).reshape(14, 14) / 15
    rows, columns = np.mgrid[:14, :14] + 0.5
    assert [(digit * a).sum() / digit.sum() for a in (rows, columns)] == pytest.approx([7, 7], abs=0.1)
    assert digit.sum() == pytest.approx(width * height * (10 / max(width, height)) ** 2, rel=0.05)


def test_an_empty_sheet_is_no_digit(numbers):
    assert numbers("net.asDigit(given, 280)", [0] * 280**2) is None
