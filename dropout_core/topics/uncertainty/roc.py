"""The area under the ROC curve as a measure of how well a score detects errors, with bootstrap intervals.

The area is the probability that a misclassified image has a higher score than a correctly classified one: 1/2 is
chance and 1 is perfect (Hanley & McNeil 1982).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.statistics import CONFIDENCE, Estimate

RESAMPLES = 1000
_CHUNK = 100  # resamples per matrix product


@dataclass(frozen=True)
class Detection:
    """Areas under the ROC curves of two scores for the same errors, and their paired difference."""

    first: Estimate
    second: Estimate
    difference: Estimate


def auroc(
    score: Float[np.ndarray, "n"], wrong: Bool[np.ndarray, "n"], counts: Float[np.ndarray, "resamples n"] | None = None
) -> Float[np.ndarray, "resamples"]:
    """Compute the area under the ROC curve for each row of counts. A tied pair counts as half a pair.

    counts   number of times that each image is drawn; by default one row of ones
    Rows without errors or without correct answers give NaN. The area is Mann and Whitney's U (1947) divided by the
    number of pairs.
    """
    counts = np.ones((1, len(score))) if counts is None else counts
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf) > 0)  # first index of each group of equal scores
    drawn, bad = counts[:, order], wrong[order]
    wrongs, rights = (np.add.reduceat(drawn * part, starts, axis=1) for part in (bad, ~bad))
    below = np.cumsum(rights, axis=1) - rights / 2
    pairs = wrongs.sum(1) * rights.sum(1)
    return np.divide((wrongs * below).sum(1), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def compare(
    first: Float[np.ndarray, "images *cases"],
    second: Float[np.ndarray, "images *cases"],
    wrong: Bool[np.ndarray, "images *cases"],
    seed: int = 0,
) -> Detection | None:
    """Compare two scores as detectors of the same errors. Returns None if all answers are right or all are wrong.

    Intervals are percentiles over 1,000 seeded resamples of the images, which both scores share. Each image is drawn
    together with all its cases.
    """
    if wrong.all() or not wrong.any():
        return None
    n, cases = len(wrong), wrong[0].size
    rng, drawn = np.random.default_rng(seed), []
    for _ in range(RESAMPLES // _CHUNK):
        counts = rng.multinomial(n, np.full(n, 1 / n), _CHUNK).astype(float).repeat(cases, axis=1)
        drawn.append([auroc(s.ravel(), wrong.ravel(), counts) for s in (first, second)])
    a, b = np.concatenate(drawn, axis=1)
    at_a, at_b = (float(auroc(s.ravel(), wrong.ravel())[0]) for s in (first, second))
    return Detection(_estimate(at_a, a), _estimate(at_b, b), _estimate(at_a - at_b, a - b))


def _estimate(value: float, resampled: np.ndarray) -> Estimate:
    tails = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    low, high = np.nanquantile(resampled, tails)  # resamples without errors give NaN
    return Estimate(value, float(low), float(high))
