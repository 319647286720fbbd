"""Whether the disagreement of passes, or of separately trained nets, vanishes as the training data grow."""

import math
from collections.abc import Sequence

import numpy as np

from dropout_core.numerics.statistics import Estimate, jackknife, mean_estimate
from dropout_core.topics.uncertainty.calibration import measured
from dropout_core.topics.uncertainty.nets_record import PLAIN, Entropies, TrainingSet

PASSES, ENSEMBLE = "100 passes of one dropout net", "ten nets without dropout"
SOURCES = (PASSES, ENSEMBLE)
_BIT = math.log(2)  # nats


def disagreement(nets: TrainingSet, source: str) -> Estimate:
    """Return the mutual information in bits, with an interval over the nets."""
    if source == PASSES:
        return mean_estimate([_bits(net.passes) for net in nets.nets], "entropy")
    return jackknife(_bits(nets.ensemble), [_bits(rest) for rest in nets.without], "entropy")


def remaining(sets: Sequence[TrainingSet], source: str) -> Estimate:
    """Return the disagreement with the most training images as a share of that with the fewest, with its interval.

    The interval is that of the ratio's logarithm, over seeds: nets of one seed share their initial weights.
    """
    few, many = sets[0], sets[-1]
    if source == PASSES:
        pairs = zip(many.nets, few.nets, strict=True)
        log_ratio = mean_estimate([_log_ratio(m.passes, f.passes) for m, f in pairs])
    else:
        without = [_log_ratio(m, f) for m, f in zip(many.without, few.without, strict=True)]
        log_ratio = jackknife(_log_ratio(many.ensemble, few.ensemble), without)
    return Estimate(*(float(np.exp(each)) for each in (log_ratio.value, log_ratio.low, log_ratio.high)))


def headline(sets: Sequence[TrainingSet]) -> str:
    """State how much of the disagreement is left after the training data have grown."""
    few, many = (each.recipe.images for each in (sets[0], sets[-1]))
    passes, ensemble = (_percent(remaining(sets, source)) for source in SOURCES)
    return (
        f"With {many:,} training images instead of {few:,}, {passes} of the passes’ disagreement remains, and "
        f"{ensemble} of the disagreement between separately trained nets"
    )


def levels(sets: Sequence[TrainingSet], source: str) -> str:
    """State the disagreement at both ends, as in "0.52 bits with 500 images, 0.11 with 60,000"."""
    first, last = (disagreement(each, source).value for each in (sets[0], sets[-1]))
    few, many = (each.recipe.images for each in (sets[0], sets[-1]))
    return f"{first:.3f} bits with {few:,} images, {last:.3f} with {many:,}"


def overconfidence(sets: Sequence[TrainingSet]) -> str:
    """State by how many points the nets without dropout are too confident, at both ends."""
    first, last = (100 * measured(each, PLAIN, "gap").value for each in (sets[0], sets[-1]))
    few, many = (each.recipe.images for each in (sets[0], sets[-1]))
    return f"{first:.1f} points too confident with {few:,} images, {last:.1f} with {many:,}"


def _percent(share: Estimate) -> str:
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _bits(entropies: Entropies) -> float:
    return entropies.disagreement / _BIT


def _log_ratio(many: Entropies, few: Entropies) -> float:
    return math.log(many.disagreement / few.disagreement)
