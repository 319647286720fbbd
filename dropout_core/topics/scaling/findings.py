"""The article's claims that need no training: exact, or measured over seeded masks. C1 to C3."""

from math import erfc, sqrt

import numpy as np

from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.enumeration import all_masks, compare, mask_probabilities
from dropout_core.numerics.masks import RATES, keep_mask, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.verdicts import Finding, Verdict

_PASSES, _UNITS = 20_000, 16
_NETS = 20
_ROUNDING = 1e-9
_SHAPE = (4, 5, 5, 3)  # 10 hidden units: 1,024 subnetworks
_FAR = 4.0  # standard errors: by chance one of 16,000 means lies further off


def mean_kept() -> Finding:
    """C1: E[A''] = E[A] under inverted dropout: over all masks exactly, and over sampled ones within their error."""
    exact = max(_exact_error(rate) for rate in RATES[1:])
    u = uniforms((_PASSES, _UNITS), 1)
    worst = max(_largest_z(u, rate) for rate in RATES[1:])
    means = _UNITS * (len(RATES) - 1)
    chance = 1 - (1 - erfc(worst / sqrt(2))) ** means  # of one as large among so many; less where they go together
    said = (
        f"Averaged over all 1,024 masks of ten units, the mean is off by at most {exact:.0e}, which is rounding. Over "
        f"{_PASSES:,} sampled passes of {_UNITS} units at {len(RATES) - 1} rates, the largest deviation is {worst:.1f} "
        f"standard errors: by chance alone, the largest of {means} is as large in up to {chance:.0%} of such samples"
    )
    return Finding(Verdict.HOLDS if exact < _ROUNDING and worst < _FAR else Verdict.DOES_NOT_HOLD, said)


def _exact_error(rate: float) -> float:
    (masks,) = all_masks((10,))
    mean = mask_probabilities((masks,), rate) @ (masks / (1 - rate))
    return float(np.abs(mean - 1).max())


def _largest_z(u: np.ndarray, rate: float) -> float:
    error = np.sqrt(rate / (1 - rate) / len(u))
    return float(np.abs((keep_mask(u, rate) / (1 - rate)).mean(0) - 1).max() / error)


def scaling_matches() -> Finding:
    """C2: scaling the weights by 1 − p gives the training average: exact while all is linear, and else?"""
    gaps: dict[str, list[float]] = {"linear": [], "hidden": [], "softmax": []}
    for seed in range(_NETS):
        net, x = random_network(_SHAPE, seed), np.random.default_rng(seed).normal(size=_SHAPE[0])
        found = compare(net, x, 0.5, "standard")
        gaps["linear"].append(compare(net, x, 0.5, "standard", "linear")["logits"].gap)
        gaps["hidden"].append(_relative(found["hidden"]))
        gaps["softmax"].append(found["softmax"].gap)
    linear, hidden, soft = max(gaps["linear"]), float(np.median(gaps["hidden"])), float(np.median(gaps["softmax"]))
    said = (
        f"In {_NETS} random nets at rate 0.5, over all {2 ** sum(_SHAPE[1:-1]):,} subnetworks: without activation "
        f"functions the two agree to {linear:.0e}; after a ReLU they differ by {hidden:.0%} of the spread over the "
        f"masks (median net), and after the softmax, which makes probabilities of outputs, by {100 * soft:.1f} points"
    )
    if linear < _ROUNDING < hidden:
        return Finding(Verdict.HOLDS_WHEN, said, "all layers are linear")
    return Finding(Verdict.DOES_NOT_HOLD, said)


def _relative(comparison) -> float:
    """The largest gap over the largest standard deviation over the masks."""
    return comparison.gap / max(float(comparison.spread.max()), 1e-12)


def never_twice() -> Finding:
    """C3: each forward pass uses a different subnetwork: how likely is it that one comes again?"""
    recipe = Recipe()
    article = sum(recipe.hidden)
    passes = recipe.images * recipe.epochs
    # Two passes agree in a unit with probability p² + (1 − p)²; so many pairs can agree by chance (birthdays).
    log10 = article * np.log10(_agree(recipe.rate)) + np.log10(passes * (passes - 1) / 2)
    small = _agree(0.5) ** 4
    low = _agree(0.05) ** article
    said = (
        f"The article's net has {article} hidden units and makes {passes:,} passes: at rate 0.5 the chance that any "
        f"two share a mask is at most 1 in 10{_raised(-log10)}. Two passes of a net of 4 hidden units are alike with "
        f"probability {small:.3f}; at rate 0.05 even the article's net repeats one pass in the next once in 10"
        f"{_raised(-np.log10(low))} times"
    )
    if log10 < -6 and small > 0.01:
        return Finding(Verdict.HOLDS_WHEN, said, "there are more than a few units")
    return Finding(Verdict.DOES_NOT_HOLD, said)


def _raised(power: float) -> str:
    return str(round(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _agree(rate: float) -> float:
    return rate**2 + (1 - rate) ** 2
