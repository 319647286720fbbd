"""Other noises than a mask on hidden units: what each draws, its exact moments, and the same measured over draws.

A factor multiplies what it acts on, in training alone. Every factor here has mean 1 and variance rate / (1 - rate);
the variants differ in its distribution, in what it multiplies, in how much shares one draw, and in when it acts.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.special import ndtri

from dropout_core.charts import network_tables
from dropout_core.numerics.masks import check_rate, keep_mask, uniforms
from dropout_core.numerics.network import SmallNetwork, random_network, relu

BERNOULLI, GAUSSIAN = "bernoulli", "gaussian"
DRAWS = 10_000  # for every measurement
PASSES = 40  # that the reader can step through
SEED = 7  # of the Masks page's draws: the same neurons are dropped here and there
SIZES = (4, 6, 6, 3)  # its network too
EXAMPLE = (6, (1.0, 0.5, 0.2, 0.8))  # seed of weights, and an input, that leave several neurons active
MAPS, SIDE = 4, 4
_BATCHES = 100  # of draws, for the error of a correlation


@dataclass(frozen=True)
class Variant:
    """One way to forget. acts_on: what a factor multiplies; shared: what one draw decides; source: who proposed it.

    when   share of the epochs in which it acts
    """

    name: str
    noise: str
    acts_on: str
    shared: str
    source: str
    when: float = 1.0


VARIANTS = {
    "dropout": Variant(
        "Dropout", BERNOULLI, "hidden neurons", "one hidden neuron, for one image", "Srivastava et al. 2014"
    ),
    "gaussian": Variant(
        "Gaussian", GAUSSIAN, "hidden neurons", "one hidden neuron, for one image", "Srivastava et al. 2014, § 10"
    ),
    "dropconnect": Variant(
        "DropConnect", BERNOULLI, "weights", "one connection, here for a whole batch", "Wan et al. 2013"
    ),
    "inputs": Variant("Inputs", BERNOULLI, "inputs", "one pixel of one image", "Srivastava et al. 2014"),
    "spatial": Variant("Spatial", BERNOULLI, "feature maps", "a whole feature map of one image", "Tompson et al. 2015"),
    "early": Variant(
        "Early", BERNOULLI, "hidden neurons", "one hidden neuron, in the first half", "Liu et al. 2023", when=0.5
    ),
    "late": Variant(
        "Late", BERNOULLI, "hidden neurons", "one hidden neuron, in the second half", "Liu et al. 2023", when=0.5
    ),
}
ON_THE_NETWORK = ("dropout", "gaussian", "dropconnect", "inputs")


@dataclass(frozen=True)
class Measured:
    """Moments of a factor: exact, and over DRAWS seeded draws with their exact standard errors."""

    mean: float
    mean_error: float
    exact_variance: float
    variance: float
    variance_error: float


def factors(u: Float[np.ndarray, "*shape"], rate: float, noise: str) -> Float[np.ndarray, "*shape"]:
    """Factors of mean 1 and variance rate / (1 - rate) from draws u of U(0, 1).

    "bernoulli": 0 where u < rate, else 1 / (1 - rate). "gaussian": the normal quantile of u, so that a neuron that
    dropout loses early has a small factor too. Raises ValueError for another noise or a rate outside [0, 1).
    """
    if noise == BERNOULLI:
        return keep_mask(u, rate) / (1 - rate)
    if noise == GAUSSIAN:
        return 1 + np.sqrt(factor_variance(rate)) * ndtri(u)
    raise ValueError(f"unknown noise {noise!r}; known are {BERNOULLI}, {GAUSSIAN}")


def factor_variance(rate: float) -> float:
    """rate / (1 - rate), of either noise (Srivastava et al. 2014, section 10)."""
    return check_rate(rate) / (1 - rate)


def fourth_moment(rate: float, noise: str) -> float:
    """E[(factor - 1)⁴]: 3 v² of a normal factor; of a Bernoulli one v (1 - 3 p (1 - p)) / (1 - p)²."""
    v = factor_variance(rate)
    return 3 * v**2 if noise == GAUSSIAN else v * (1 - 3 * rate * (1 - rate)) / (1 - rate) ** 2


def measured(slug: str, rate: float) -> Measured:
    """Mean and variance of this variant's factor over DRAWS draws, spread evenly over the epochs of a run.

    The variance is taken about the exact mean 1; its error is that of such a mean of squares.
    """
    variant = VARIANTS[slug]
    draws = np.where(_acting(variant), factors(_draws(slug), rate, variant.noise), 1.0)
    exact = variant.when * factor_variance(rate)
    squares = variant.when * max(fourth_moment(rate, variant.noise) - factor_variance(rate) ** 2, 0)
    return Measured(
        mean=float(draws.mean()),
        mean_error=float(np.sqrt(exact / DRAWS)),
        exact_variance=exact,
        variance=float(((draws - 1) ** 2).mean()),
        variance_error=float(np.sqrt(squares / DRAWS)),
    )


def _draws(slug: str) -> Float[np.ndarray, "draws"]:
    """Draws of this variant's own; never 0, whose normal quantile is infinite."""
    u = uniforms((DRAWS,), 1 + list(VARIANTS).index(slug))
    return np.maximum(u, np.finfo(float).tiny)


def _acting(variant: Variant) -> Bool[np.ndarray, "draws"]:
    """Which of the draws fall into epochs in which the noise acts: as many as its share says, never by chance."""
    return np.arange(DRAWS) < round(variant.when * DRAWS)


# --- what the neurons behind it receive ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """Two sums that share their inputs, under noise: variance of the first, and the correlation between the two."""

    exact_variance: float
    variance: float
    exact_correlation: float
    correlation: float
    correlation_error: float


def example() -> tuple[SmallNetwork, Float[np.ndarray, "units"]]:
    """A network of the diagram's sizes, and what its first hidden layer says to one input."""
    net = random_network(SIZES, EXAMPLE[0])
    return net, relu(np.array(EXAMPLE[1]) @ net.weights[0] + net.biases[0])


def sums(slug: str, rate: float) -> Sums:
    """The sums of the first two neurons of the second hidden layer under "dropout" or "dropconnect".

    A mask on units multiplies a neuron's activation for both sums (before or after its ReLU is the same, as factors
    are not negative); DropConnect has a draw for each weight. With v the variance of a factor, the covariance of the
    sums is v Σ a² w₁ w₂, and 0 under DropConnect.
    """
    net, a = example()
    terms = a[:, None] * net.weights[1][:, :2]
    covariance = factor_variance(rate) * terms.T @ terms
    own = slug == "dropconnect"
    exact = 0.0 if own or not rate else covariance[0, 1] / np.sqrt(np.diag(covariance).prod())
    u = uniforms((DRAWS, len(a), 2 if own else 1), SEED)
    noisy = (factors(u, rate, BERNOULLI) * terms).sum(axis=1)
    return Sums(float(covariance[0, 0]), float(noisy[:, 0].var(ddof=1)), float(exact), *_correlation(noisy))


def _correlation(pairs: Float[np.ndarray, "draws 2"]) -> tuple[float, float]:
    """Pearson's, with a standard error from batches of the draws."""
    if np.ptp(pairs, axis=0).min() < 1e-9:
        return 0.0, 0.0
    each = [np.corrcoef(batch.T)[0, 1] for batch in np.split(pairs, _BATCHES)]
    return float(np.corrcoef(pairs.T)[0, 1]), float(np.nanstd(each, ddof=1) / np.sqrt(_BATCHES))


# --- tables for the charts -------------------------------------------------------------------------------------------


def neurons() -> pd.DataFrame:
    """The network's neurons as in diagram.neurons, all but the outputs with draws u; hidden ones with quantiles z."""
    hidden = network_tables.draws(SIZES, SEED)[:PASSES]
    frame = network_tables.neurons(SIZES, hidden)
    inputs = _rounded(uniforms((PASSES, SIZES[0]), SEED + 1))
    first = frame["layer"] == 0
    draws = [*inputs.T.tolist(), *frame.loc[~first, "u"]]
    half = 0.5 / 10**network_tables.DECIMALS  # the middle of what was rounded down: no quantile is infinite
    z = [np.round(ndtri(np.array(u) + half), 3).tolist() if u else None for u in frame["u"]]
    return frame.assign(u=pd.Series(draws, dtype=object), z=pd.Series(z, dtype=object))


def edges() -> pd.DataFrame:
    """The connections, with a draw a pass in u; those into the outputs have none, as in the nets that were trained."""
    frame = network_tables.edges(SIZES)
    dropped = frame["target"] < sum(SIZES[:-1])
    u = iter(_rounded(uniforms((PASSES, int(dropped.sum())), SEED + 2)).T.tolist())
    return frame.assign(u=pd.Series([next(u) if one else None for one in dropped], dtype=object))


def maps() -> pd.DataFrame:
    """A row for each value of MAPS feature maps, once under dropout and once under spatial dropout.

    kind, map, x, y; a is the activation, u its draws: under spatial dropout the same for all values of a map.
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
    """Activations after a ReLU, as of detectors of strokes: along a row, a column and the two diagonals."""
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    away = np.stack([np.abs(y - 1), np.abs(x - 2), np.abs(x - y) / 1.5, np.abs(x + y - SIDE + 1) / 1.5])
    return np.round(np.maximum(1 - 0.55 * away, 0), 2)


def map_sum_variances(rate: float) -> tuple[float, float]:
    """Variance of a map's sum, on average over the maps: v Σ a² under dropout, v (Σ a)² under spatial dropout."""
    a, v = feature_maps(), factor_variance(rate)
    return float((v * (a**2).sum(axis=1)).mean()), float((v * a.sum(axis=1) ** 2).mean())


def _rounded(u: np.ndarray) -> np.ndarray:
    """Rounded down, which changes no comparison with a rate of fewer digits."""
    return np.floor(u * 10**network_tables.DECIMALS) / 10**network_tables.DECIMALS
