"""What the ensemble page's stored numbers say: estimates over seeds, draws and images, and detectable differences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from dropout_core.common.text import difference
from dropout_core.numerics.statistics import Estimate, mean_estimate
from dropout_core.numerics.verdicts import Finding, judge
from dropout_core.topics.ensemble.study import FILE

WAYS = {  # of answering, with the networks for three digits
    "alone": "one random subnetwork",
    "arithmetic": "arithmetic mean of all",
    "geometric": "geometric mean of all",
    "scaled": "one scaled pass",
}
MEMBERS = {"subnetworks": "two subnetworks", "trees": "two trees"}
SIMILARITY = {"disagreement": "answers differ", "correlation": "errors correlate"}
SHARE = 0.9  # of the draws that a band contains


@dataclass(frozen=True)
class Curve:
    """A measure by number of members: the mean over the draws, and a band that contains 90 % of them."""

    counts: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, k: int) -> tuple[float, float, float]:
        """Mean, low and high for the average of k members. Raises ValueError for a k that was not measured."""
        place = self.counts.index(k)
        return self.mean[place], self.low[place], self.high[place]

    def share_of_gain(self, k: int) -> float:
        """How much of the gain of all members over one member the average of k members has, from 0 to 1."""
        return (self.mean[0] - self.at(k)[0]) / (self.mean[0] - self.mean[-1])


@cache
def stored() -> dict:
    """The stored numbers; see study.measure."""
    return json.loads(FILE.read_text("utf-8"))


def tiny_nets(depth: int, rate: float, measure: str) -> Estimate:
    """Mean over the seeds of one measure of the tiny networks: accuracy (%) by a key of WAYS, or a mean gap."""
    return mean_estimate([row[measure] for row in _rows(depth, rate)])


def tiny_net_gain(depth: int, rate: float, way: str = "arithmetic") -> Estimate:
    """Accuracy of one way to answer minus the scaled pass's, in points, paired by seed."""
    return mean_estimate([row[way] - row["scaled"] for row in _rows(depth, rate)])


def _rows(depth: int, rate: float) -> list[dict]:
    return [row for row in stored()["small"] if row["depth"] == depth and row["rate"] == rate]


@cache
def curve(kind: str, measure: str = "error") -> Curve:
    """Error (%) or loss (nats) of averages of "subnetworks" or "trees"."""
    members = stored()["members"][kind]
    draws = np.array(members[measure])
    low, high = np.quantile(draws, ((1 - SHARE) / 2, (1 + SHARE) / 2), axis=0)
    return Curve(tuple(members["counts"]), *(tuple(values.tolist()) for values in (draws.mean(axis=0), low, high)))


def scaled(measure: str = "error") -> Estimate:
    """The trained network's one scaled pass, with its interval over the images."""
    return Estimate(*stored()["scaled"][measure])


def similarity(kind: str, measure: str) -> Estimate:
    """The "disagreement" or "correlation" of two members, with its interval over the images."""
    return Estimate(*stored()["members"][kind][measure])


def minus_scaled(k: int, measure: str = "error") -> Estimate:
    """The average of k subnetworks minus the scaled pass, paired by image: points of error, or nats."""
    members = stored()["members"]["subnetworks"]
    return Estimate(*members[f"{measure}_minus_scaled"][members["counts"].index(k)])


def no_difference_from(measure: str = "error") -> int | None:
    """The number of sampled subnetworks from which on there is no detectable difference from the scaled pass.

    None if there is a detectable difference even with the largest number.
    """
    members = stored()["members"]["subnetworks"]
    return first_inconclusive(members["counts"], members[f"{measure}_minus_scaled"])


def first_inconclusive(counts: Sequence[int], differences: Sequence[Sequence[float]]) -> int | None:
    """The smallest count from which on all intervals include zero; differences: (mean, low, high) by count."""
    first = None
    for k, bounds in zip(reversed(counts), reversed(differences), strict=True):
        if Estimate(*bounds).sign:
            break
        first = k
    return first


def difference_text(measure: str = "error") -> str:
    """Whether average and scaled pass differ, in the words of every page that mentions it."""
    k = no_difference_from(measure)
    if k is None:
        return "there is a detectable difference even at the largest k"
    return f"from k = {k} on, there is no detectable difference"


def like_an_ensemble(k: int = 1000) -> Finding:
    """C12: the one scaled pass does what the average of many subnetworks does.

    No margin of equivalence was set in advance, so the claim cannot be confirmed: at best it is inconclusive.
    """
    one, many = (difference(e.value, e.low, e.high, "points of error", 2) for e in (minus_scaled(1), minus_scaled(k)))
    sentence = f"Against the one scaled pass, a single sampled subnetwork has {one}, the average of {k:,} has {many}; "
    sentence += difference_text()
    return Finding(judge(minus_scaled(k), 0), sentence)
