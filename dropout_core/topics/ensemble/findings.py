"""Results for the ensemble page: estimates from the stored measurements, and tests of differences between methods."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dropout_core.common.text import listed, signed
from dropout_core.data.mnist import VALIDATION
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import FEWEST, Estimate, Paired, mean_estimate, paired
from dropout_core.numerics.verdicts import Finding, Verdict, same
from dropout_core.reference import FILES
from dropout_core.topics.ensemble.deep_study import FILE as DEEP_FILE
from dropout_core.topics.ensemble.study import FILE, RATES
from dropout_core.topics.ensemble.tiny_net import COARSE

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
LEARNED = 50  # minimum accuracy (%) of a network that has learned; guessing is right a third of the time
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


@cache
def tiny_nets(depth: int, rate: float, measure: str) -> Estimate:
    """Average one measure over the tiny networks that learned: a prediction method's accuracy (%) or a mean gap."""
    quantity = "share" if measure.startswith("gap") else "accuracy"
    return mean_estimate([row[measure] for row in _learned_rows(depth, rate)], quantity)


def tiny_net_gain(depth: int, rate: float, way: str = "arithmetic") -> Estimate:
    """Return one method's accuracy minus that of the scaled pass, in points, paired by seed."""
    return tiny_net_differences(depth, rate, way).estimate


@cache
def tiny_net_differences(depth: int, rate: float, way: str = "arithmetic") -> Paired:
    """Return one method's accuracy minus that of the scaled pass, in points, paired by seed."""
    return _minus_scaled(_learned_rows(depth, rate), way)


def learned_count(depth: int, rate: float) -> int:
    """Return the number of tiny networks that learned, over which tiny_nets() averages."""
    return len(_learned_rows(depth, rate))


def coarse_differences() -> Paired:
    """Return the arithmetic mean's accuracy minus that of the scaled pass, for deep pilot nets on coarse images."""
    return _minus_scaled(stored()["coarse"], "arithmetic")


def deep_differences() -> Paired:
    """Return the same differences for the fresh seeds of deep_study.py, which decide whether C12 has an exception."""
    return _minus_scaled(nets_in(DEEP_FILE)["nets"], "arithmetic")


def _minus_scaled(rows: Sequence[dict], way: str) -> Paired:
    return paired(*([row[name] for row in rows] for name in (way, "scaled")))


def tiny_run(depth: int, rate: float, seed: int) -> dict:
    """Return the stored measures of one tiny network; see tiny_nets()."""
    return _rows(depth, rate)[seed]


def offered_rates(depth: int, seed: int) -> tuple[float, ...]:
    """Return the averaged rates up to the first at which this network has not learned.

    A network that is dead from some rate on gives every image the same answer, which says nothing about averages.
    """
    rates = averaged_rates(depth)
    learned = [has_learned(tiny_run(depth, rate, seed)) for rate in rates]
    return rates[: learned.index(False)] if False in learned else rates


def averaged_rates(depth: int) -> tuple[float, ...]:
    """Return the rates up to the first at which too few networks of this depth have learned for an average."""
    enough = [learned_count(depth, rate) >= FEWEST for rate in RATES]
    return RATES[: enough.index(False)] if False in enough else RATES


def has_learned(run: dict) -> bool:
    """Whether a network has learned: at least one of the two means and the scaled pass is right often enough.

    Asking the scaled pass alone would remove the networks in which it does worse than the means.
    """
    return max(run[way] for way in ("arithmetic", "geometric", "scaled")) >= LEARNED


def _learned_rows(depth: int, rate: float) -> list[dict]:
    return [row for row in _rows(depth, rate) if has_learned(row)]


@cache
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


@cache
def nets_in(file: Path) -> dict:
    """Load a file with one entry per net, from nets_study.py or deep_study.py."""
    return json.loads(file.read_text("utf-8"))


def net_count() -> int:
    """Return the number of nets whose averages of sampled subnetworks were measured."""
    return len(nets_in(NETS_FILE)["nets"])


def averages_minus_scaled(measure: str = "accuracy") -> dict[int, Paired]:
    """Return the average of k subnetworks minus the scaled pass, paired by net, for each measured k.

    measure   "accuracy" or "error" in points, or "loss" in nats
    """
    return differences_in(NETS_FILE, measure)


@cache
def differences_in(file: Path, measure: str) -> dict[int, Paired]:
    """Compute averages_minus_scaled() from a file with one entry per net."""
    stored, field = nets_in(file), "accuracy" if measure == "error" else measure
    sign = -1 if measure == "error" else 1
    scaled = [sign * net["scaled"][field] for net in stored["nets"]]
    columns = zip(*([sign * each[field] for each in net["averages"]] for net in stored["nets"]), strict=True)
    return {k: paired(column, scaled) for k, column in zip(stored["counts"], columns, strict=True)}


def counts() -> tuple[int, ...]:
    """Return the measured numbers of sampled subnetworks per average, in ascending order."""
    return tuple(nets_in(NETS_FILE)["counts"])


def minus_scaled(k: int, measure: str = "error") -> Paired:
    """Return the average of k subnetworks minus the scaled pass, paired by net, for one of the measured k."""
    return averages_minus_scaled(measure)[k]


def no_difference_from(measure: str = "error") -> int | None:
    """Return the smallest measured k from which averages do not detectably differ from the scaled pass.

    Returns None if there is a detectable difference even at the largest k.
    """
    differences = averages_minus_scaled(measure)
    return first_inconclusive([*differences], [p.sign for p in differences.values()])


def first_inconclusive(counts: Sequence[int], signs: Sequence[int]) -> int | None:
    """Return the smallest count from which all signs are 0 (see Paired.sign), or None if the last one is not."""
    first = None
    for k, sign in zip(reversed(counts), reversed(signs), strict=True):
        if sign:
            break
        first = k
    return first


def difference_text(measure: str = "error") -> str:
    """State the k from which the average of k subnetworks no longer differs detectably from the scaled pass."""
    k = no_difference_from(measure)
    if k is None:
        return "there is a detectable difference even at the largest k"
    return f"for k = {k} and above, there is no detectable difference over {net_count()} nets"


def like_an_ensemble() -> Finding:
    """Judge claim C12: the single scaled pass is as accurate as the average of many subnetworks, within the margin.

    It might fail where the nets are small and deep; deep_study.py fixed beforehand when that is an exception.
    """
    margin, by_count = SUBNETWORKS.margin["accuracy"], averages_minus_scaled()
    averages = {
        k: Evidence(f"average of {k:,} against the scaled pass", "accuracy", "points", p, margin, same=True)
        for k, p in by_count.items()
    }
    within = [f"{k:,}" for k, p in by_count.items() if same(p, margin) is Verdict.EQUIVALENT]
    most, last = max(averages), averages[max(averages)]
    what = f"tiny nets, three layers of four units, p = 0.5, {COARSE} × {COARSE} pixels"
    deep = Evidence(what, "accuracy", "points", deep_differences(), margin, same=True)
    sentence = (
        f"For {net_count()} independently trained nets and {VALIDATION[SUBNETWORKS.trials[0].recipe.data]:,} images, "
        f"the average of {most:,} sampled subnetworks differs in accuracy from the scaled pass by {last.text}. The "
        f"difference is within the margin for averages of {listed(within) if within else 'no number of'} subnetworks. "
        f"{deep_text(deep)}"
    )
    evidence = (last, deep, *(each for k, each in averages.items() if k != most))
    verdict = same(last.paired, margin)
    if verdict is Verdict.EQUIVALENT and same(deep.paired, margin) is Verdict.DOES_NOT_HOLD:
        return Finding(Verdict.HOLDS_WHEN, sentence, WIDE, "in some small, deep nets", evidence)
    return Finding(verdict, sentence, evidence=evidence)


def deep_text(deep: Evidence) -> str:
    """Describe the difference in small, deep nets, and what ten pilot nets had suggested."""
    pilot = coarse_differences()
    outcome = {
        Verdict.DOES_NOT_HOLD: "which is outside the margin",
        Verdict.EQUIVALENT: "which is within the margin",
        Verdict.INCONCLUSIVE: "which is neither clearly within nor clearly outside the margin",
    }[same(deep.paired, deep.margin or 0.0)]
    return (
        f"In small nets with three layers of four units at p = 0.5, on images of {COARSE} × {COARSE} pixels, the "
        f"average of all subnetworks differs in accuracy from the scaled pass by {deep.text}, {outcome}. A pilot with "
        f"{pilot.n} nets had suggested {signed(pilot.mean, 1)} points; these runs use different seeds"
    )
