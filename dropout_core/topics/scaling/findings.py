"""The scaling page's findings, and tests of the article's claims C1 and C2. They need no trained network."""

from math import erfc, sqrt

import numpy as np
from jaxtyping import Float

from dropout_core.common.text import fixed, fixed_alike, listed
from dropout_core.numerics.enumeration import STAGES, Comparison, all_masks, compare, mask_probabilities
from dropout_core.numerics.masks import RATES, SCHEMES, inference_scale, keep_mask, moments, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.verdicts import Finding, Verdict

ENUMERATED, PASSES, _UNITS = 10, 20_000, 16  # units with all masks; passes of sampled masks, and their units
_NETS = 20
_ROUNDING = 1e-9
_SHAPE = (4, 5, 5, 3)  # 10 hidden units, so 1,024 subnetworks
_FAR = 4.0  # standard errors; by chance, about one mean in 16,000 deviates by more


def sums_found(a: Float[np.ndarray, "units"], rate: float) -> str:
    """State the exact mean over all masks of the sums of masked activations, without and with scaling."""
    target = float(a.sum())
    unscaled, scaled = (float(moments(a, rate, scheme)[0].sum()) for scheme in ("no scaling", "inverted"))
    if abs(scaled - unscaled) < _ROUNDING:
        return f"At p = {rate:.2f}, scaled and unscaled sums both average {fixed(target, 2)} over all masks"
    low, high, whole = fixed_alike(unscaled, scaled, target)
    return (
        f"At p = {rate:.2f}, unscaled sums average {low} over all masks instead of {whole}; scaled sums average {high}"
    )


def schemes_found(rate: float) -> str:
    """State under which schemes a unit's mean output in training equals its output at inference."""
    one = np.ones(1)
    agree = {s: abs(moments(one, rate, s)[0][0] - inference_scale(rate, s)) < _ROUNDING for s in SCHEMES}
    if all(agree.values()):
        return "Nothing is dropped, so all three schemes agree"
    match, miss = ([s for s in SCHEMES if agree[s] == value] for value in (True, False))
    return f"With {listed(match)} dropout, training and inference agree; with {listed(miss)}, they do not"


def spread_found(a: Float[np.ndarray, "units"], rate: float) -> str:
    """State how widely the scaled and the unscaled sums scatter, and that this grows with the rate."""
    unscaled, scaled = (sqrt(float(moments(a, rate, s)[1].sum())) for s in ("no scaling", "inverted"))
    wide, narrow = fixed_alike(scaled, unscaled)
    return (
        f"Only the mean matches: at p = {rate:.2f}, scaled sums scatter around the target with a standard deviation "
        f"of {wide} (unscaled sums: {narrow}). The scatter of the scaled sums grows with p; at inference, "
        "there is no scatter."
    )


def gaps_found(gaps: dict[str, list[float]], rate: float, scheme: str = "inverted") -> str:
    """State how far the pass at inference is from the average over all subnetworks, in a linear and in a ReLU net.

    gaps   the result of enumeration.gaps_by_rate
    """
    at = RATES.index(rate)
    linear, soft = gaps["linear net · logits"][at], gaps[f"ReLU net · {STAGES['softmax']}"][at]
    exact = "exact" if linear < _ROUNDING else f"off by {linear:.2g} (in its outputs)"
    points = f"off by up to {100 * soft:.2g} points of probability" if soft >= _ROUNDING else "exact too"
    one = "pass without scaling" if scheme == "no scaling" else "scaled pass"
    return f"One {one} is {exact} in a linear net; in a ReLU net, it is {points}"


def mean_kept() -> Finding:
    """Judge claim C1: under inverted dropout, E[A''] = E[A].

    The equality must be exact over all masks, and hold within sampling error over random masks.
    """
    exact = max(_exact_error(rate) for rate in RATES[1:])
    u = uniforms((PASSES, _UNITS), 1)
    worst = max(_largest_z(u, rate) for rate in RATES[1:])
    means = _UNITS * (len(RATES) - 1)
    chance = 1 - (1 - erfc(worst / sqrt(2))) ** means  # an upper bound, because the means are correlated
    sentence = (
        f"Averaged over all {2**ENUMERATED:,} masks of {ENUMERATED} units, the mean activation is off by at most "
        f"{exact:.0e}, which is rounding error. We also sampled {PASSES:,} passes of {_UNITS} units at "
        f"{len(RATES) - 1} rates. The largest of the {means} deviations is {worst:.2f} standard errors. By chance "
        f"alone, the largest deviation would be at least this large in up to {100 * chance:.0f} % of such samples"
    )
    return Finding(Verdict.HOLDS if exact < _ROUNDING and worst < _FAR else Verdict.DOES_NOT_HOLD, sentence)


def _exact_error(rate: float) -> float:
    (masks,) = all_masks((ENUMERATED,))
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
        f"We averaged all {2 ** sum(_SHAPE[1:-1]):,} subnetworks of {_NETS} random nets at rate 0.5. Without "
        f"activation functions, the scaled pass matches the average to within {linear:.0e}. After a ReLU, the median "
        f"difference is {100 * hidden:.0f} % of the standard deviation over the masks. After the softmax, which turns "
        f"outputs into probabilities, the median difference is {100 * soft:.1f} percentage points"
    )
    if linear < _ROUNDING < hidden:
        return Finding(Verdict.HOLDS_WHEN, sentence, "all layers are linear")
    return Finding(Verdict.DOES_NOT_HOLD, sentence)


def _relative(comparison: Comparison) -> float:
    """Divide the largest gap by the largest standard deviation over the masks."""
    return comparison.gap / max(float(comparison.spread.max()), 1e-12)
