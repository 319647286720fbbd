"""The noise of each variant of dropout, with its exact moments and the moments measured on random draws.

All noise is multiplicative and acts only in training. Every factor has mean 1 and variance rate / (1 - rate). The
variants differ in the distribution of the factor, in the values that it multiplies, in how many values share one draw,
and in the epochs in which noise acts.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from dropout_core.charts import network_tables
from dropout_core.numerics.distributions import normal_quantiles
from dropout_core.numerics.masks import check_rate, keep_mask, uniforms
from dropout_core.numerics.network import SmallNetwork, random_network, relu

BERNOULLI, GAUSSIAN = "bernoulli", "gaussian"
DRAWS = 10_000  # per measurement
PASSES = 40  # number of passes that the reader can step through
SEED = 7  # the masks page's seed, so that both pages drop the same neurons
SIZES = (4, 6, 6, 3)  # layer sizes of the masks page's network
EXAMPLE = (6, (1.0, 0.5, 0.2, 0.8))  # weight seed and input, chosen so that several neurons are active
MAPS, SIDE = 4, 4
_BATCHES = 100  # number of batches of draws, for the standard error of a correlation


@dataclass(frozen=True)
class Variant:
    """A variant of dropout.

    noise   BERNOULLI or GAUSSIAN
    shared  the value or values that share one draw
    source  the paper that proposed it
    when    fraction of the epochs in which the noise acts
    """

    name: str
    noise: str
    shared: str
    source: str
    when: float = 1.0


VARIANTS = {
    "dropout": Variant("Dropout", BERNOULLI, "one hidden neuron, for one image", "Srivastava et al. 2014"),
    "gaussian": Variant("Gaussian", GAUSSIAN, "one hidden neuron, for one image", "Srivastava et al. 2014, § 10"),
    "dropconnect": Variant("DropConnect", BERNOULLI, "one connection for a whole batch", "Wan et al. 2013"),
    "inputs": Variant("Inputs", BERNOULLI, "one pixel of one image", "Srivastava et al. 2014"),
    "spatial": Variant("Spatial", BERNOULLI, "a whole feature map of one image", "Tompson et al. 2015"),
    "early": Variant("Early", BERNOULLI, "one hidden neuron, in the first half", "Liu et al. 2023", when=0.5),
    "late": Variant("Late", BERNOULLI, "one hidden neuron, in the second half", "Liu et al. 2023", when=0.5),
}
ON_THE_NETWORK = ("dropout", "gaussian", "dropconnect", "inputs")


@dataclass(frozen=True)
class Measured:
    """Moments of a factor measured over DRAWS seeded draws, their exact standard errors, and the exact variance."""

    mean: float
    mean_error: float
    exact_variance: float
    variance: float
    variance_error: float


def factors(u: Float[np.ndarray, "*shape"], rate: float, noise: str) -> Float[np.ndarray, "*shape"]:
    """Compute factors with mean 1 and variance rate / (1 - rate) from draws u of U(0, 1).

    A "bernoulli" factor is 0 if u < rate, else 1 / (1 - rate). A "gaussian" factor increases with the normal quantile
    of u, so the neurons that dropout drops first have the smallest factors. Raises ValueError for an unknown noise or a
    rate outside [0, 1).
    """
    if noise == BERNOULLI:
        return keep_mask(u, rate) / (1 - rate)
    if noise == GAUSSIAN:
        return 1 + np.sqrt(factor_variance(rate)) * normal_quantiles(u)
    raise ValueError(f"unknown noise {noise!r}; known are {BERNOULLI}, {GAUSSIAN}")


def factor_variance(rate: float) -> float:
    """Return rate / (1 - rate), the variance of both kinds of noise (Srivastava et al. 2014, section 10)."""
    return check_rate(rate) / (1 - rate)


def average_variance(slug: str, rate: float) -> float:
    """Return the variance of the variant's factor, averaged over all epochs of a run."""
    return VARIANTS[slug].when * factor_variance(rate)


def fourth_moment(rate: float, noise: str) -> float:
    """Return the factor's fourth central moment, E[(factor - 1)⁴].

    With v the variance and p the rate, the moment is 3 v² for a normal factor, and v (1 - 3 p (1 - p)) / (1 - p)² for a
    Bernoulli factor.
    """
    v = factor_variance(rate)
    return 3 * v**2 if noise == GAUSSIAN else v * (1 - 3 * rate * (1 - rate)) / (1 - rate) ** 2


def measured(slug: str, rate: float) -> Measured:
    """Measure the mean and variance of the variant's factor over DRAWS draws, spread evenly over the epochs of a run.

    The variance is the mean squared deviation from the exact mean, 1.
    """
    variant = VARIANTS[slug]
    draws = np.where(_acting(variant), factors(_draws(slug), rate, variant.noise), 1.0)
    exact = average_variance(slug, rate)
    squares = variant.when * max(fourth_moment(rate, variant.noise) - factor_variance(rate) ** 2, 0)
    return Measured(
        mean=float(draws.mean()),
        mean_error=float(np.sqrt(exact / DRAWS)),
        exact_variance=exact,
        variance=float(((draws - 1) ** 2).mean()),
        variance_error=float(np.sqrt(squares / DRAWS)),
    )


def _draws(slug: str) -> Float[np.ndarray, "draws"]:
    """Draw uniform random numbers for the variant. No draw is 0, because the normal quantile of 0 is infinite."""
    u = uniforms((DRAWS,), 1 + list(VARIANTS).index(slug))
    return np.maximum(u, np.finfo(float).tiny)


def _acting(variant: Variant) -> Bool[np.ndarray, "draws"]:
    """Return a boolean mask of the draws in noisy epochs, exactly the fraction set by variant.when."""
    return np.arange(DRAWS) < round(variant.when * DRAWS)


# --- sums in the next layer ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """Statistics of two sums over the same noisy inputs: the variance of the first sum, and the sums' correlation."""

    exact_variance: float
    variance: float
    exact_correlation: float
    correlation: float
    correlation_error: float


def example() -> tuple[SmallNetwork, Float[np.ndarray, "units"]]:
    """Return a network with the diagram's layer sizes, and the activations of its first hidden layer for one input."""
    net = random_network(SIZES, EXAMPLE[0])
    return net, relu(np.array(EXAMPLE[1]) @ net.weights[0] + net.biases[0])


def sums(slug: str, rate: float) -> Sums:
    """Measure the pre-activations of two neurons in the second hidden layer under "dropout" or "dropconnect".

    Under dropout, a neuron's factor multiplies its term in both sums. The factor may come before or after the ReLU,
    because it is not negative. Under DropConnect, each weight has its own factor. With v the variance of a factor, the
    covariance of the sums is v Σ a² w₁ w₂ under dropout, and 0 under DropConnect.
    """
    net, a = example()
    terms = a[:, None] * net.weights[1][:, :2]
    covariance = factor_variance(rate) * terms.T @ terms
    by_weight = slug == "dropconnect"
    exact = 0.0 if by_weight or not rate else covariance[0, 1] / np.sqrt(np.diag(covariance).prod())
    u = uniforms((DRAWS, len(a), 2 if by_weight else 1), SEED)
    noisy = (factors(u, rate, BERNOULLI) * terms).sum(axis=1)
    return Sums(float(covariance[0, 0]), float(noisy[:, 0].var(ddof=1)), float(exact), *_correlation(noisy))


def _correlation(pairs: Float[np.ndarray, "draws 2"]) -> tuple[float, float]:
    """Compute Pearson's correlation, with a standard error estimated from batches of the draws."""
    if np.ptp(pairs, axis=0).min() < 1e-9:
        return 0.0, 0.0
    by_batch = [np.corrcoef(batch.T)[0, 1] for batch in np.split(pairs, _BATCHES)]
    return float(np.corrcoef(pairs.T)[0, 1]), float(np.nanstd(by_batch, ddof=1) / np.sqrt(_BATCHES))


# --- tables for the charts -------------------------------------------------------------------------------------------


def neuron_draws() -> Int[np.ndarray, "neurons passes"]:
    """Return the draws of the inputs and then of the hidden neurons, in units of 10^-DECIMALS.

    The draws of the hidden neurons are those with which the masks page opens.
    """
    return np.vstack(
        [_whole(uniforms((PASSES, SIZES[0]), SEED + 1)), _whole(network_tables.draws(SIZES, SEED)[:PASSES])]
    )


def connection_draws() -> Int[np.ndarray, "connections passes"]:
    """Return the draws of the connections between the inputs and the second hidden layer, in units of 10^-DECIMALS.

    Connections to the outputs have none, because the trained networks never drop these.
    """
    count = SIZES[0] * SIZES[1] + SIZES[1] * SIZES[2]
    return _whole(uniforms((PASSES, count), SEED + 2))


def _whole(u: Float[np.ndarray, "passes n"]) -> Int[np.ndarray, "n passes"]:
    """Round draws down to whole multiples of 10^-DECIMALS. Comparisons with rates of no more decimals are unchanged."""
    return np.floor(u.T * 10**network_tables.DECIMALS + 1e-6).astype(int)


def maps() -> pd.DataFrame:
    """Return one row for each value of each feature map, first under dropout and then under spatial dropout.

    The columns are kind, map, x, y, the activation a, and the list of draws u. Under spatial dropout, all values of a
    map share their draws.
    """
    a = feature_maps()
    single = _rounded(uniforms((MAPS, SIDE * SIDE, PASSES), SEED + 3))
    whole = np.broadcast_to(_rounded(uniforms((MAPS, 1, PASSES), SEED + 11)), single.shape)
    return pd.DataFrame(
        [
            {"kind": kind, "map": m, "x": i % SIDE, "y": i // SIDE, "a": float(a[m, i]), "u": u[m, i].tolist()}
            for kind, u in (("dropout", single), ("spatial", whole))
            for m in range(MAPS)
            for i in range(SIDE * SIDE)
        ]
    )


def feature_maps() -> Float[np.ndarray, "maps values"]:
    """Return activations like those of four stroke detectors after a ReLU: a row, a column and both diagonals."""
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    away = np.stack([np.abs(y - 1), np.abs(x - 2), np.abs(x - y) / 1.5, np.abs(x + y - SIDE + 1) / 1.5])
    return np.round(np.maximum(1 - 0.55 * away, 0), 2)


def map_sum_variances(rate: float) -> tuple[float, float]:
    """Return the variance of a map's sum, averaged over the maps, under dropout and under spatial dropout.

    With v the variance of a factor, the variance is v Σ a² under dropout, and v (Σ a)² under spatial dropout.
    """
    a, v = feature_maps(), factor_variance(rate)
    return float((v * (a**2).sum(axis=1)).mean()), float((v * a.sum(axis=1) ** 2).mean())


def _rounded(u: np.ndarray) -> np.ndarray:
    """Round the draws down. Comparisons with rates that have no more decimals are unchanged."""
    return np.floor(u * 10**network_tables.DECIMALS) / 10**network_tables.DECIMALS
