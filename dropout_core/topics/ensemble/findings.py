"""Results for the ensemble page: estimates from the stored measurements, and tests of differences between methods."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from dropout_core.common.text import listed
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, Paired, mean_estimate, paired
from dropout_core.numerics.verdicts import Finding, Verdict, same
from dropout_core.reference import FILES
from dropout_core.topics.ensemble.study import FILE

NETS_FILE = FILES / "ensemble_nets.json"

WAYS = {  # names of the tiny networks' prediction methods
    "alone": "one random subnetwork",
    "arithmetic": "arithmetic mean of all",
    "geometric": "geometric mean of all",
    "scaled": "one scaled pass",
}
MEMBERS = {"subnetworks": "two subnetworks", "trees": "two trees"}
SIMILARITY = {"disagreement": "answers differ", "correlation": "errors correlate"}
WIDE = "layers are wide (equivalent within the margin)"
SHARE = 0.9  # fraction of the draws inside a band


@dataclass(frozen=True)
class Curve:
    """The mean of a measure over the draws, and a band that contains 90 % of the draws, for each number of members."""

    counts: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, k: int) -> tuple[float, float, float]:
        """Return the mean, low and high for averages of k members. Raises ValueError if this k was not measured."""
        place = self.counts.index(k)
        return self.mean[place], self.low[place], self.high[place]

    def share_of_gain(self, k: int) -> float:
        """Return the improvement of k members over one member, as a fraction of the improvement of all members."""
        return (self.mean[0] - self.at(k)[0]) / (self.mean[0] - self.mean[-1])


@cache
def stored() -> dict:
    """Load the stored measurements that study.measure produced."""
    return json.loads(FILE.read_text("utf-8"))


def tiny_nets(depth: int, rate: float, measure: str) -> Estimate:
    """Average one measure of the tiny networks over the seeds: a prediction method's accuracy (%) or a mean gap."""
    quantity = "share" if measure.startswith("gap") else "accuracy"
    return mean_estimate([row[measure] for row in _rows(depth, rate)], quantity)


def tiny_net_gain(depth: int, rate: float, way: str = "arithmetic") -> Estimate:
    """Return one method's accuracy minus that of the scaled pass, in points, paired by seed."""
    return tiny_net_differences(depth, rate, way).estimate


def tiny_net_differences(depth: int, rate: float, way: str = "arithmetic") -> Paired:
    """Return one method's accuracy minus that of the scaled pass, in points, paired by seed."""
    return paired(*([row[name] for row in _rows(depth, rate)] for name in (way, "scaled")))


def tiny_run(depth: int, rate: float, seed: int) -> dict:
    """Return the stored measures of one tiny network; see tiny_nets()."""
    return _rows(depth, rate)[seed]


def _rows(depth: int, rate: float) -> list[dict]:
    return [row for row in stored()["small"] if row["depth"] == depth and row["rate"] == rate]


@cache
def curve(kind: str, measure: str = "error") -> Curve:
    """Return the error (%) or loss (nats) of averages of "subnetworks" or "trees", for each number of members."""
    members = stored()["members"][kind]
    draws = np.array(members[measure])
    low, high = np.quantile(draws, ((1 - SHARE) / 2, (1 + SHARE) / 2), axis=0)
    return Curve(tuple(members["counts"]), *(tuple(values.tolist()) for values in (draws.mean(axis=0), low, high)))


def scaled(measure: str = "error") -> Estimate:
    """Return the error or loss of the trained network's single scaled pass, with an interval over the images."""
    return Estimate(*stored()["scaled"][measure])


def similarity(kind: str, measure: str) -> Estimate:
    """Return the "disagreement" or "correlation" of two members, with an interval over the images."""
    return Estimate(*stored()["members"][kind][measure])


def minus_scaled(k: int, measure: str = "error") -> Estimate:
    """Return the difference between the average of k subnetworks and the scaled pass, paired by image.

    The unit is points for the error, and nats for the loss.
    """
    members = stored()["members"]["subnetworks"]
    return Estimate(*members[f"{measure}_minus_scaled"][members["counts"].index(k)])


def no_difference_from(measure: str = "error") -> int | None:
    """Return the smallest k such that averages of k or more subnetworks do not detectably differ from the scaled pass.

    Returns None if there is a detectable difference even at the largest k.
    """
    members = stored()["members"]["subnetworks"]
    return first_inconclusive(members["counts"], members[f"{measure}_minus_scaled"])


def first_inconclusive(counts: Sequence[int], differences: Sequence[Sequence[float]]) -> int | None:
    """Return the smallest count from which all intervals include zero, or None if the last interval excludes zero.

    differences holds (mean, low, high) for each count.
    """
    first = None
    for k, bounds in zip(reversed(counts), reversed(differences), strict=True):
        if Estimate(*bounds).sign:
            break
        first = k
    return first


def difference_text(measure: str = "error") -> str:
    """Say from which k the average of k subnetworks no longer differs detectably from the scaled pass, in this net."""
    k = no_difference_from(measure)
    if k is None:
        return "there is a detectable difference even at the largest k"
    return f"from k = {k} on, these 1,000 images show no detectable difference"


def averages_minus_scaled() -> tuple[dict[int, Paired], str, int]:
    """Return the accuracy of the average of k subnetworks minus that of the scaled pass, in points, for each k.

    Also returns what was measured, and the number of nets. nets_study.py measures ten independently trained nets. As
    long as its file is missing, there is one net, with intervals over the images.
    """
    if not NETS_FILE.exists():
        errors = {k: minus_scaled(k) for k in (1, 50, 1_000)}
        return {k: Paired((), -e.value, -e.high, -e.low) for k, e in errors.items()}, "one net, 1,000 images", 1
    stored = json.loads(NETS_FILE.read_text("utf-8"))
    nets = stored["nets"]
    scaled = [net["scaled"]["accuracy"] for net in nets]
    columns = zip(*([each["accuracy"] for each in net["averages"]] for net in nets), strict=True)
    found = {k: paired(column, scaled) for k, column in zip(stored["counts"], columns, strict=True)}
    return found, f"{len(nets)} independently trained nets, 10,000 images each", len(nets)


def like_an_ensemble() -> Finding:
    """Judge claim C12: the single scaled pass is as accurate as the average of many subnetworks, within the margin.

    It fails where the nets are small and deep: there, all subnetworks of tiny nets are averaged exactly.
    """
    margin, (by_count, what, nets) = SUBNETWORKS.margin["accuracy"], averages_minus_scaled()
    averages = {
        k: Evidence(f"average of {k:,} against the scaled pass", "accuracy", "points", p, margin, nets)
        for k, p in by_count.items()
    }
    within = [f"{k:,}" for k, p in by_count.items() if same(p, margin) is Verdict.EQUIVALENT]
    most, last = max(averages), averages[max(averages)]
    tiny = Evidence("tiny net, three layers of four units, p = 0.5", "accuracy", "points", tiny_net_differences(3, 0.5))
    sentence = (
        f"{what}: the average of {most:,} sampled subnetworks minus the scaled pass is {last.text}; it is within the "
        f"margin for averages of {listed(within) if within else 'no number of'} subnetworks. With three layers of four "
        f"units at p = 0.5, the average of all subnetworks minus the scaled pass is {tiny.text}"
    )
    evidence = (last, tiny, *(each for k, each in averages.items() if k != most))
    verdict = same(last.paired, margin)
    if verdict is Verdict.EQUIVALENT and tiny.paired.sign:
        return Finding(Verdict.HOLDS_WHEN, sentence, WIDE, "in small, deep nets", evidence)
    return Finding(verdict, sentence, evidence=evidence)
