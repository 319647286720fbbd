"""What the ensemble page's stored numbers say: spread over seeds and draws, and from how many members on it is even."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from dropout_core.common.text import difference
from dropout_core.numerics.statistics import Estimate, mean_estimate
from dropout_core.numerics.verdicts import Finding, judge
from dropout_core.topics.ensemble import study
from dropout_core.topics.ensemble.figures import Curve

WAYS = {  # of answering, with the nets of three classes
    "alone": "one random subnetwork",
    "arithmetic": "arithmetic mean of all",
    "geometric": "geometric mean of all",
    "scaled": "one scaled pass",
}
SHARE = 0.9  # of the draws that a band holds


def small(depth: int, rate: float, measure: str) -> Estimate:
    """Mean over the seeds of one measure of the tiny nets: % right by a key of WAYS, or a mean gap."""
    return mean_estimate([row[measure] for row in _rows(depth, rate)])


def small_gain(depth: int, rate: float, way: str = "arithmetic") -> Estimate:
    """Points of accuracy of one way minus the scaled pass, paired by seed."""
    return mean_estimate([row[way] - row["scaled"] for row in _rows(depth, rate)])


def _rows(depth: int, rate: float) -> list[dict]:
    return [row for row in study.read()["small"] if row["depth"] == depth and row["rate"] == rate]


@cache
def curve(kind: str, measure: str = "error") -> Curve:
    """Of "subnetworks" or "trees": error in %, or loss in nats."""
    stored = study.read()["members"][kind]
    draws = np.array(stored[measure])
    low, high = np.quantile(draws, ((1 - SHARE) / 2, (1 + SHARE) / 2), axis=0)
    return Curve(tuple(stored["counts"]), *(tuple(values.tolist()) for values in (draws.mean(axis=0), low, high)))


def scaled(measure: str = "error") -> Estimate:
    """The one scaled pass of the trained net, its interval over the images."""
    return Estimate(*study.read()["scaled"][measure])


def alike(kind: str, measure: str) -> Estimate:
    """ "disagreement" or "correlation" of two members of the ensemble, its interval over the images."""
    return Estimate(*study.read()["members"][kind][measure])


def against_scaled(k: int, measure: str = "error") -> Estimate:
    """The average of k subnetworks minus the scaled pass, on the same images: points of error, or nats."""
    stored = study.read()["members"]["subnetworks"]
    return Estimate(*stored[f"{measure}_minus_scaled"][stored["counts"].index(k)])


def crossing(measure: str = "error") -> int | None:
    """From how many sampled subnetworks on their average cannot be told from the scaled pass; None: it always can."""
    stored = study.read()["members"]["subnetworks"]
    return cross(stored["counts"], stored[f"{measure}_minus_scaled"])


def cross(counts: Sequence[int], differences: Sequence[Sequence[float]]) -> int | None:
    """From differences [mean, low, high] by number of members: the first from which on all intervals include zero."""
    first = None
    for k, bounds in zip(reversed(counts), reversed(differences), strict=True):
        if Estimate(*bounds).sign:
            break
        first = k
    return first


def apart(measure: str = "error") -> str:
    """Whether average and scaled pass are told apart, in the words of every page that says so."""
    even = crossing(measure)
    if even is None:
        return "the two are told apart at the largest k tried"
    return f"from k = {even} on, the two cannot be told apart"


def like_an_ensemble(k: int = 1000) -> Finding:
    """C12: the one scaled pass does what the average of many subnetworks does.

    No margin of equivalence was set beforehand, so the claim cannot be confirmed: at best it is inconclusive.
    """
    one, many = (
        difference(e.value, e.low, e.high, "points of error", 2) for e in (against_scaled(1), against_scaled(k))
    )
    sentence = f"Against the one scaled pass, a single sampled subnetwork has {one}, the average of {k:,} has {many}; "
    sentence += apart()
    return Finding(judge(against_scaled(k), 0), sentence)
