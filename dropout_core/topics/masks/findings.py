"""Test of the article's claim C3, about masks. The test needs no trained network."""

import numpy as np

from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.verdicts import Finding, Verdict


def never_twice() -> Finding:
    """Judge claim C3: every forward pass uses a different subnetwork."""
    recipe = Recipe()
    units, passes = sum(recipe.hidden), recipe.images * recipe.epochs
    # Log10 of an upper bound on the probability that any two passes share a mask (the birthday problem).
    any_two = units * np.log10(agreement(recipe.rate)) + np.log10(passes * (passes - 1) / 2)
    small_net, low_rate = agreement(0.5) ** 4, agreement(0.05) ** units
    sentence = (
        f"The article's net has {units} hidden units and makes {passes:,} passes in training. At rate 0.5, the "
        f"probability that any two passes share a mask is at most 1 in 10{_raised(-any_two)}. In a net with 4 hidden "
        f"units, two passes share a mask with probability {small_net:.3f}. In the article's net, even at rate 0.05, "
        f"two passes share a mask with a probability of only 1 in 10{_raised(-np.log10(low_rate))}"
    )
    if any_two < -6 and small_net > 0.01:
        return Finding(Verdict.HOLDS_WHEN, sentence, "there are more than a few units")
    return Finding(Verdict.DOES_NOT_HOLD, sentence)


def agreement(rate: float) -> float:
    """Return the probability that two passes agree on a unit: both keep it, or both drop it."""
    return rate**2 + (1 - rate) ** 2


def _raised(power: float) -> str:
    return str(round(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
