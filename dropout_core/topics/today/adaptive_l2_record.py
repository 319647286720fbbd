"""The stored comparison of dropout's penalty with its quadratic approximation. adaptive_l2_study.py makes the file."""

from functools import partial

import numpy as np

from dropout_core.common.text import listed
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, Paired, mean_estimate, paired
from dropout_core.numerics.verdicts import Finding, Verdict, same
from dropout_core.reference import studies

STUDY = "today_adaptive_l2"
FILE = studies.path(STUDY)
stored = partial(studies.load, STUDY)
DIGITS = (3, 8)
RATES = (0.1, 0.3, 0.5, 0.8)
SETS, IMAGES = 10, 300  # disjoint sets of training images
MARGIN = 0.1  # the larger penalty may exceed the smaller one by this share


def values(column: str, rate: float) -> list[float]:
    """Return one value per set of images."""
    return [row[column] for row in stored()["rows"] if row["rate"] == rate]


def log_ratio(rate: float) -> Paired:
    """Return the logarithm of quadratic over exact penalty, paired by set of images."""
    return paired(np.log(values("quadratic", rate)), np.log(values("exact", rate)))


def ratio(rate: float) -> Estimate:
    """Return the ratio of the quadratic to the exact penalty, with its interval over the sets of images."""
    e = log_ratio(rate).estimate
    return Estimate(*(float(np.exp(each)) for each in (e.value, e.low, e.high)))


def evidence(rate: float) -> Evidence:
    """Compare the two penalties at one rate."""
    what, margin = f"quadratic against exact penalty, p = {rate:g}", float(np.log1p(MARGIN))
    return Evidence(what, "penalty", "log ratio", log_ratio(rate), margin, same=True)


def approximates() -> Finding:
    """Judge the claim that the quadratic penalty approximates the exact one, at each rate and in general."""
    found = {rate: evidence(rate) for rate in RATES}
    verdicts = {rate: same(each.paired, each.margin or 0.0) for rate, each in found.items()}
    good, bad, open_ = (
        [f"{rate:g}" for rate, each in verdicts.items() if each is verdict]
        for verdict in (Verdict.EQUIVALENT, Verdict.DOES_NOT_HOLD, Verdict.INCONCLUSIVE)
    )
    crossing = f"; at p = {listed(open_)}, the interval of the ratio crosses an end of the margin" if open_ else ""
    sentence, rows = f"{fits()}{crossing}", tuple(found.values())
    if len(good) == len(RATES):
        return Finding(Verdict.EQUIVALENT, sentence, evidence=rows)
    if not good:
        return Finding(Verdict.DOES_NOT_HOLD if bad else Verdict.INCONCLUSIVE, sentence, evidence=rows)
    condition, undecided = f"p = {listed(good, 'or')}", f"; undecided at p = {listed(open_)}" if open_ else ""
    if not bad:
        return Finding(Verdict.HOLDS_WHEN, sentence, condition + undecided, "", rows)
    return Finding(Verdict.HOLDS_WHEN, sentence, condition, f"at p = {listed(bad)}{undecided}", rows)


def headline() -> str:
    """State the ratio of the penalties at the lowest and at the highest rate."""
    low, high = (ratio(rate).value for rate in (RATES[0], RATES[-1]))
    return (
        f"The quadratic approximation is {100 * low:.0f} % of dropout’s penalty at p = {RATES[0]:g}, and "
        f"{100 * high:.0f} % at p = {RATES[-1]:g}"
    )


def crossing() -> str:
    """State between which rates the ratio passes 100 %, if it increases with the rate throughout; otherwise ""."""
    shares = [ratio(rate).value for rate in RATES]
    if shares != sorted(shares) or not shares[0] < 1 < shares[-1]:
        return ""
    after = next(i for i, share in enumerate(shares) if share >= 1)
    return (
        f"The ratio increases with the rate and passes 100 % between p = {RATES[after - 1]:g} and {RATES[after]:g}: "
        "the approximation is too small at low rates, and too large at high rates."
    )


def fits(rate: float = RATES[-1]) -> str:
    """State the mean accuracy of the weights fitted with each penalty, at the highest rate."""
    exact, quadratic = (accuracy(column, rate).value for column in ("exact", "quadratic"))
    return (
        f"At p = {rate:g}, weights fitted with the exact penalty reach {exact:.1f} % on unseen images, and weights "
        f"fitted with the approximation {quadratic:.1f} %"
    )


def spread(rate: float = RATES[2]) -> float:
    """Return how many times as large as the smallest weight the largest is, as a mean over the sets of images."""
    return float(np.mean(values("spread", rate)))


def accuracy(column: str, rate: float) -> Estimate:
    """Return the mean accuracy in % of the weights fitted with the "exact" or the "quadratic" penalty."""
    return mean_estimate(values(f"accuracy_{column}", rate), "accuracy")
