"""The scaling page's findings, and tests of the article's claims C1 and C2. They need no trained network."""

from math import erfc, sqrt

import numpy as np
from jaxtyping import Float

from dropout_core.common.text import listed
from dropout_core.numerics.enumeration import STAGES, Comparison, all_masks, compare, mask_probabilities
from dropout_core.numerics.masks import RATES, SCHEMES, inference_scale, keep_mask, moments, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.verdicts import Finding, Verdict

_PASSES, _UNITS = 20_000, 16
_NETS = 20
_ROUNDING = 1e-9
_SHAPE = (4, 5, 5, 3)  # 10 hidden units, so 1,024 subnetworks
_FAR = 4.0  # standard errors; by chance, about one mean in 16,000 deviates by more


def sums_found(a: Float[np.ndarray, "units"], rate: float) -> str:
    """Say what the sums of masked activations average, without scaling and with it."""
    target = float(a.sum())
    unscaled, scaled = (float(moments(a, rate, scheme)[0].sum()) for scheme in ("no scaling", "inverted"))
    if abs(scaled - unscaled) < _ROUNDING:
        return f"At p = {rate:.2f}, scaled and unscaled sums both average {_plain(target)}"
    return (
        f"At p = {rate:.2f}, unscaled sums average {_plain(unscaled)} instead of {_plain(target)}; "
        f"scaled sums average {_plain(scaled)}"
    )


def schemes_found(rate: float) -> str:
    """Say under which schemes a unit's mean in training is what it passes on at inference."""
    one = np.ones(1)
    agree = {s: abs(moments(one, rate, s)[0][0] - inference_scale(rate, s)) < _ROUNDING for s in SCHEMES}
    if all(agree.values()):
        return "Nothing is dropped: all three schemes agree"
    match, miss = ([s for s in SCHEMES if agree[s] == value] for value in (True, False))
    return f"With {listed(match)} dropout, training and inference agree; with {listed(miss)}, they do not"


def gaps_found(gaps: dict[str, list[float]], rate: float) -> str:
    """Say how far the scaled pass is from the average over all subnetworks, in a linear net and in a ReLU net.

    gaps   the result of enumeration.gaps_by_rate
    """
    at = RATES.index(rate)
    linear, soft = gaps["linear net · logits"][at], gaps[f"ReLU net · {STAGES['softmax']}"][at]
    exact = "exact" if linear < _ROUNDING else f"off by {linear:.2g}"
    points = f"off by up to {100 * soft:.2g} points of probability" if soft >= _ROUNDING else "exact too"
    return f"One scaled pass is {exact} in a linear net; in a ReLU net it is {points}"


def _plain(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def mean_kept() -> Finding:
    """Judge claim C1: under inverted dropout, E[A''] = E[A].

    The equality must be exact over all masks, and hold within sampling error over random masks.
    """
    exact = max(_exact_error(rate) for rate in RATES[1:])
    u = uniforms((_PASSES, _UNITS), 1)
    worst = max(_largest_z(u, rate) for rate in RATES[1:])
    means = _UNITS * (len(RATES) - 1)
    chance = 1 - (1 - erfc(worst / sqrt(2))) ** means  # an upper bound, because the means are correlated
    sentence = (
        f"Averaged over all 1,024 masks of ten units, the mean is off by at most {exact:.0e}, which is rounding. Over "
        f"{_PASSES:,} sampled passes of {_UNITS} units at {len(RATES) - 1} rates, the largest deviation is {worst:.2f} "
        f"standard errors: by chance alone, the largest of {means} is as large in up to {chance:.0%} of such samples"
    )
    return Finding(Verdict.HOLDS if exact < _ROUNDING and worst < _FAR else Verdict.DOES_NOT_HOLD, sentence)


def _exact_error(rate: float) -> float:
    (masks,) = all_masks((10,))
    mean = mask_probabilities((masks,), rate) @ (masks / (1 - rate))
    return float(np.abs(mean - 1).max())


def _largest_z(u: np.ndarray, rate: float) -> float:
    error = np.sqrt(rate / (1 - rate) / len(u))
    return float(np.abs((keep_mask(u, rate) / (1 - rate)).mean(0) - 1).max() / error)


def scaling_matches() -> Finding:
    """Judge claim C2: scaling the weights by 1 − p gives the average over the masks.

    This is exact only if all layers are linear.
    """
    gaps: dict[str, list[float]] = {"linear": [], "hidden": [], "softmax": []}
    for seed in range(_NETS):
        net, x = random_network(_SHAPE, seed), np.random.default_rng(seed).normal(size=_SHAPE[0])
        by_stage = compare(net, x, 0.5, "standard")
        gaps["linear"].append(compare(net, x, 0.5, "standard", "linear")["logits"].gap)
        gaps["hidden"].append(_relative(by_stage["hidden"]))
        gaps["softmax"].append(by_stage["softmax"].gap)
    linear, hidden, soft = max(gaps["linear"]), float(np.median(gaps["hidden"])), float(np.median(gaps["softmax"]))
    sentence = (
        f"In {_NETS} random nets at rate 0.5, over all {2 ** sum(_SHAPE[1:-1]):,} subnetworks: without activation "
        f"functions the two agree to {linear:.0e}; after a ReLU they differ by {hidden:.0%} of the spread over the "
        f"masks (median net), and after the softmax, which makes probabilities of outputs, by {100 * soft:.1f} points"
    )
    if linear < _ROUNDING < hidden:
        return Finding(Verdict.HOLDS_WHEN, sentence, "all layers are linear")
    return Finding(Verdict.DOES_NOT_HOLD, sentence)


def _relative(comparison: Comparison) -> float:
    """Divide the largest gap by the largest standard deviation over the masks."""
    return comparison.gap / max(float(comparison.spread.max()), 1e-12)
