"""Test of the article's claim C3, about masks. The test needs no trained network."""

import numpy as np

from dropout_core.charts.network_tables import repeat_chance
from dropout_core.common.text import superscript
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.verdicts import Finding, Verdict


def never_twice() -> Finding:
    """Judge claim C3: every forward pass uses a different subnetwork."""
    recipe = Recipe()
    units, passes = sum(recipe.hidden), recipe.images * recipe.epochs
    # Log10 of an upper bound on the probability that any two passes share a mask (the birthday problem).
    any_two = units * np.log10(repeat_chance(1, recipe.rate)) + np.log10(passes * (passes - 1) / 2)
    small_net, low_rate = repeat_chance(4, 0.5), repeat_chance(units, 0.05)
    sentence = (
        f"The article's net has {units} hidden units and makes {passes:,} passes in training. At rate 0.5, the "
        f"probability that any two passes share a mask is at most 1 in 10{superscript(round(-any_two))}. In a net "
        f"with 4 hidden units, two passes share a mask with probability {small_net:.3f}. In the article's net, even "
        f"at rate 0.05, two passes share a mask with a probability of only 1 in "
        f"10{superscript(round(-np.log10(low_rate)))}"
    )
    if any_two < -6 and small_net > 0.01:
        return Finding(Verdict.HOLDS_WHEN, sentence, "there are more than a few units")
    return Finding(Verdict.DOES_NOT_HOLD, sentence)
