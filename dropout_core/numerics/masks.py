"""Bernoulli masks and the three schemes for applying them: no scaling, standard dropout and inverted dropout.

Throughout the package, rate is P(drop), the keep probability is 1 - rate, and a mask is True where a unit is kept.
"""

import math

import numpy as np
from jaxtyping import Bool, Float

SCHEMES = ("no scaling", "standard", "inverted")
HIGHEST_RATE = 0.95  # the highest rate that the app's controls offer
RATE_STEP = 0.05
RATES = tuple(
    round(i * RATE_STEP, 2) for i in range(round(HIGHEST_RATE / RATE_STEP) + 1)
)  # the rates offered by the sliders

# One line of PyTorch code per scheme, where a holds the activations and p is the rate.
TORCH_MASK = "torch.rand_like(a) >= p"
TORCH_LINES = {
    "no scaling": "a * mask if training else a",
    "standard": "a * mask if training else a * (1 - p)",
    "inverted": "F.dropout(a, p, training=training)",
}


def check_rate(rate: float) -> float:
    """Return the rate if it lies in [0, 1). Raises ValueError otherwise."""
    if not (math.isfinite(rate) and 0 <= rate < 1):
        raise ValueError(f"the rate is P(drop) and must lie in [0, 1); got {rate}")
    return rate


def uniforms(shape: tuple[int, ...], seed: int) -> Float[np.ndarray, "..."]:
    """Draw seeded numbers from U[0, 1), which keep_mask turns into masks."""
    return np.random.default_rng(seed).random(shape)


def keep_mask(u: Float[np.ndarray, "*shape"], rate: float) -> Bool[np.ndarray, "*shape"]:
    """Keep each unit whose u >= rate. Then P(keep) = 1 - rate, and dropped units stay dropped as the rate grows."""
    return u >= check_rate(rate)


def apply_mask(
    a: Float[np.ndarray, "*shape"], mask: Bool[np.ndarray, "..."], rate: float, scheme: str = "inverted"
) -> Float[np.ndarray, "*shape"]:
    """Return the activations after dropout in training: a * mask, divided by 1 - rate for inverted dropout.

    The mean over masks is a under "inverted" and a * (1 - rate) under the other schemes; see moments.
    Raises ValueError for a rate outside [0, 1), a mask of another shape, or an unknown scheme.
    """
    if mask.shape != a.shape:
        raise ValueError(f"mask has shape {mask.shape}, activations have shape {a.shape}")
    return a * mask * training_scale(rate, scheme)


def training_scale(rate: float, scheme: str) -> float:
    """Return the scale of kept units in training: 1 / (1 - rate) for inverted dropout, otherwise 1."""
    _check_scheme(scheme)
    return 1 / (1 - check_rate(rate)) if scheme == "inverted" else 1.0


def inference_scale(rate: float, scheme: str) -> float:
    """Return the scale of units (or of their outgoing weights) at inference: 1 - rate for standard dropout, else 1."""
    _check_scheme(scheme)
    return 1 - check_rate(rate) if scheme == "standard" else 1.0


def moments(
    a: Float[np.ndarray, "*shape"], rate: float, scheme: str = "inverted"
) -> tuple[Float[np.ndarray, "*shape"], Float[np.ndarray, "*shape"]]:
    """Compute the exact mean and variance of apply_mask(a, mask, rate, scheme) over random masks.

    With M ~ Bernoulli(1 - rate) and scale s: mean a s (1 - rate), variance a² s² rate (1 - rate);
    for inverted dropout a and a² rate / (1 - rate) (Srivastava et al. 2014, section 10).
    """
    scale = training_scale(rate, scheme)
    return a * scale * (1 - rate), a**2 * scale**2 * rate * (1 - rate)


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise ValueError(f"unknown scheme {scheme!r}; known are {', '.join(SCHEMES)}")
