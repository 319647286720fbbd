"""Show the effects of three mistakes with evaluation mode, in a small random network and a logistic regression."""

import math

import numpy as np
from jaxtyping import Float

from dropout_core.numerics.enumeration import all_masks, mask_probabilities
from dropout_core.numerics.masks import apply_mask
from dropout_core.numerics.network import SmallNetwork, random_network, relu
from dropout_core.topics.pitfalls.measurements import SEED, Row, masks_of, spread_row

PASSES = 100
INPUTS, HIDDEN, CLASSES = 8, 16, 3
INPUT_RATE = 0.5


def net_and_inputs(count: int) -> tuple[SmallNetwork, Float[np.ndarray, "count hidden"]]:
    """Build a small random network, and compute its hidden activations for count random inputs."""
    net = random_network((INPUTS, HIDDEN, CLASSES), SEED)
    x = np.random.default_rng(SEED).normal(size=(count, INPUTS))
    return net, relu(x @ net.weights[0] + net.biases[0])


def noisy_scores(rate: float, passes: int, count: int) -> Float[np.ndarray, "passes count classes"]:
    """Compute each input's scores in several passes with dropout on."""
    net, h = net_and_inputs(count)
    dropped = apply_mask(np.broadcast_to(h, (passes, *h.shape)), masks_of(rate, passes, *h.shape), rate)
    return dropped @ net.weights[1] + net.biases[1]


def steady_scores(count: int) -> Float[np.ndarray, "count classes"]:
    """Compute each input's scores in evaluation mode."""
    net, h = net_and_inputs(count)
    return h @ net.weights[1] + net.biases[1]


def shifted_activations(
    rate: float, count: int
) -> tuple[Float[np.ndarray, "count hidden"], Float[np.ndarray, "count hidden"]]:
    """Compute what batch normalisation behind dropout receives in training and at inference.

    In training, the inputs are dropped with INPUT_RATE and the hidden activations with the rate.
    """
    net, h = net_and_inputs(count)
    x = np.random.default_rng(SEED).normal(size=(count, INPUTS))
    x = apply_mask(x, masks_of(INPUT_RATE, *x.shape, seed=SEED + 3), INPUT_RATE)
    noisy = relu(x @ net.weights[0] + net.biases[0])
    return apply_mask(noisy, masks_of(rate, *noisy.shape, seed=SEED + 4), rate), h


def _score_spread(scores: Float[np.ndarray, "passes"], rate: float) -> Row:
    """Measure the spread of the first input's first score, a weighted sum of independently dropped units."""
    net, h = net_and_inputs(1)
    variances = (net.weights[1][:, 0] * h[0]) ** 2 * rate / (1 - rate)
    return spread_row(f"standard deviation of a score over {len(scores)} passes", scores, variances, rate)


def always_dropping(rate: float) -> tuple[Row, ...]:
    """Score one input repeatedly after net.eval(), with a net that calls F.dropout without `training=`."""
    scores, steady = noisy_scores(rate, PASSES, 1)[:, 0, 0], float(steady_scores(1)[0, 0])
    return (
        Row("score, first time asked", float(scores[0]), steady),
        Row("score of the same input, second time", float(scores[1]), steady),
        _score_spread(scores, rate),
    )


def no_grad_only(rate: float) -> tuple[Row, ...]:
    """Classify 200 inputs in 20 passes with torch.no_grad(), but in training mode."""
    classes = noisy_scores(rate, 20, 200).argmax(-1)
    steady = steady_scores(200).argmax(-1)
    return (
        Row("inputs given another class than in evaluation mode, %", float(100 * (classes != steady).mean()), 0.0),
        Row("inputs whose class changes when asked twice, %", float(100 * (classes[1:] != classes[:-1]).mean()), 0.0),
        _score_spread(noisy_scores(rate, PASSES, 1)[:, 0, 0], rate),
    )


def _examples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw random inputs [count, 8], and labels ±1 from a noisy linear rule."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, INPUTS))
    return x, np.where(x @ np.linspace(1.2, -0.6, INPUTS) + rng.logistic(size=count) > 0, 1.0, -1.0)


def _fit(x: np.ndarray, y: np.ndarray, rate: float, steps: int = 300) -> Float[np.ndarray, "inputs"]:
    """Fit a logistic regression by gradient descent, with input dropout and new masks in every step."""
    w, masks = np.zeros(INPUTS), masks_of(rate, steps, *x.shape)
    for i in range(steps):
        masked = x * masks[i] / (1 - rate)
        w += 0.2 * (1 - i / steps) * (masked.T @ (y / (1 + np.exp(y * (masked @ w))))) / len(y)
    return w


def training_loss(rate: float) -> tuple[Row, ...]:
    """Compare the training loss with dropout on and in evaluation mode, for logistic regression with input dropout.

    The loss with dropout on is measured in 100 passes through 200 examples. Its exact value and its standard error are
    computed over all 2⁸ masks.
    """
    (x, y), (other_x, other_y) = _examples(200, 2), _examples(200, 7)
    w = _fit(x, y, rate)
    every = all_masks((INPUTS,))
    chance = mask_probabilities(every, rate)
    losses = np.logaddexp(0, -y * ((every[0] * w / (1 - rate)) @ x.T))
    mean, square = chance @ losses, chance @ losses**2
    drawn = np.random.default_rng(SEED).choice(len(chance), size=(PASSES, len(y)), p=chance / chance.sum())
    measured = float(losses[drawn, np.arange(len(y))].mean())
    error = math.sqrt((square - mean**2).mean() / len(y) / PASSES)
    train = float(np.logaddexp(0, -y * (x @ w)).mean())
    validation = float(np.logaddexp(0, -other_y * (other_x @ w)).mean())
    exact = float(mean.mean())
    return (
        Row("training loss", measured, train, exact, error),
        Row("validation loss", validation, validation, validation),
        Row("training loss − validation loss", measured - validation, train - validation, exact - validation, error),
    )
