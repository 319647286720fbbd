"""Load the stored study of rotated digits (see study.py), and state its results in sentences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dropout_core.common.text import around
from dropout_core.numerics.power import detectable_by
from dropout_core.numerics.statistics import Estimate
from dropout_core.reference import FILES
from dropout_core.topics.uncertainty.roc import Detection

FILE = FILES / "uncertainty.json"


@dataclass(frozen=True)
class Study:
    """Results of the study: means over the images at each angle, with 95 % intervals.

    total, between, off   entropies in bits, see study.Answers
    right, off_right      share of correct answers with dropout on, and with dropout off
    gain                  right minus off_right, paired by image
    warnings              for each angle, entropies with dropout on and off compared as detectors of errors made with
                          dropout off
    mixed                 the same comparison for the pooled images of all angles
    """

    images: int
    passes: int
    rate: float
    angles: tuple[int, ...]
    total: tuple[Estimate, ...]
    between: tuple[Estimate, ...]
    off: tuple[Estimate, ...]
    right: tuple[Estimate, ...]
    off_right: tuple[Estimate, ...]
    gain: tuple[Estimate, ...]
    warnings: tuple[Detection | None, ...]
    mixed: Detection | None


@cache
def load(file: Path = FILE) -> tuple[Study, dict[str, str]]:
    """Load the study included in the package, and its provenance."""
    stored = json.loads(file.read_text("utf-8"))
    fields = dict(stored["study"])
    for name in ("total", "between", "off", "right", "off_right", "gain"):
        fields[name] = tuple(Estimate(**e) for e in fields[name])
    fields["warnings"] = tuple(_detection(d) for d in fields["warnings"])
    fields |= {"angles": tuple(fields["angles"]), "mixed": _detection(fields["mixed"])}
    return Study(**fields), stored["provenance"]


def _detection(stored: dict[str, dict[str, float]] | None) -> Detection | None:
    return None if stored is None else Detection(**{name: Estimate(**e) for name, e in stored.items()})


@dataclass(frozen=True)
class Pairs:
    """Statistics of all pairs of a wrong and a right answer, with the images of all angles pooled.

    apart    share of pairs whose two images are at different angles
    within   share ordered correctly with dropout on minus share with dropout off, for pairs at the same angle
    across   the same difference for pairs at different angles
    """

    apart: float
    within: float
    across: float


def pairs(study: Study) -> Pairs | None:
    """Compute the fields of Pairs from the areas under the ROC curves. An area is the share of pairs ordered correctly.

    Returns None unless there are pairs at the same angle and pairs at different angles."""
    right = np.array([study.images * e.value for e in study.off_right])
    at_one_angle = right * (study.images - right)
    total = right.sum() * (study.images - right).sum()
    if study.mixed is None or not 0 < at_one_angle.sum() < total:
        return None
    detections = zip(at_one_angle, study.warnings, strict=True)
    within = sum(n * detection.difference.value for n, detection in detections if detection is not None)
    across = study.mixed.difference.value * total - within
    n = at_one_angle.sum()
    return Pairs(float(1 - n / total), float(within / n), float(across / (total - n)))


def figure(e: Estimate, digits: int = 3) -> str:
    """Format a signed difference with its interval."""
    return around(e.value, e.low, e.high, digits)


def parts(total: float, between: float) -> tuple[str, str, str]:
    """Format total, within and between with two decimals, rounded so that the printed values add up."""
    t, b = round(total, 2), round(max(between, 0.0), 2)
    return f"{t:.2f}", f"{t - b:.2f}", f"{b:.2f}"


def warning(detection: Detection | None) -> str:
    """State which of the two entropies detects wrong answers better, or that the result is inconclusive."""
    if detection is None:
        return "there is nothing to detect, because all answers are right or all are wrong."
    difference = detection.difference
    first, second = (round(each.value, 3) for each in (detection.first, detection.second))
    areas = f"area {first:.3f} with masks on, {second:.3f} with masks off; difference {figure(difference)}"
    differs = round(first - second, 3) != round(difference.value, 3)
    areas += ", computed before rounding: " if differs else ": "
    if not difference.sign:
        return f"{areas}**inconclusive.** {detected([difference], 3)}."
    better = difference.sign > 0
    return (
        f"{areas}the passes detect errors **{'better' if better else 'worse'}**. In 1,000 pairs of one wrong and one "
        f"right answer, the entropy of the passes ranks {abs(1000 * difference.value):.0f} "
        f"{'more' if better else 'fewer'} pairs correctly."
    )


def in_short(mixed: Detection | None, warnings: Sequence[Detection | None]) -> str:
    """Summarise in one sentence the results for all angles pooled and for individual angles."""
    signs = [w.difference.sign for w in warnings if w is not None]
    if mixed is None or not signs:
        return "**In short**: there are too few errors for a verdict."
    whole = {1: "better than", -1: "worse than", 0: "not detectably better than"}[mixed.difference.sign]
    return (
        f"**In short**: with all angles pooled, the passes detect errors {whole} one pass without masks. At "
        f"individual angles, the passes are better at {signs.count(1)} of {len(signs)} angles, and worse at "
        f"{signs.count(-1)}."
    )


def by_angle(angles: Sequence[int], warnings: Sequence[Detection | None]) -> str:
    """List the angles at which many passes detect errors better than one pass, and those at which they are worse."""
    found = {a: w.difference for a, w in zip(angles, warnings, strict=True) if w is not None}
    better, worse = ([a for a, e in found.items() if e.sign == side] for side in (1, -1))
    return (
        f"At individual angles, the passes detect errors better at {_list(better)} and worse at {_list(worse)}. "
        f"{_others([*found.values()], 3)}."
    )


def _others(differences: Sequence[Estimate], places: int, unit: str = "") -> str:
    """State at how many angles the difference is inconclusive, and which differences could be detected there."""
    unclear = [e for e in differences if not e.sign]
    start = f"At the other {len(unclear)} of {len(differences)} angles, the result is inconclusive"
    return f"{start}. {detected(unclear, places, unit)}" if unclear else start


def detected(differences: Sequence[Estimate], places: int, unit: str = "") -> str:
    """State the smallest differences that this many images detect."""
    sizes = sorted({f"{detectable_by(e):.{places}f}" for e in differences}, key=float)
    what = f"a difference of {sizes[0]}" if len(sizes) == 1 else f"differences of {sizes[0]} to {sizes[-1]}"
    return f"These images detect {what}{unit} with 80 % power"


def pooled(pairs: Pairs | None) -> str:
    """Explain why the result for all angles pooled may differ from the results for individual angles."""
    if pairs is None:
        return ""
    return (
        "The pooled area also compares answers at different rotation angles. Such pairs make up "
        f"{100 * pairs.apart:.0f} % of all pairs. With masks on, {_of_1000(pairs.across)} of these pairs are ranked "
        f"correctly than with masks off; among pairs at the same angle, {_of_1000(pairs.within)} are. The pooled "
        "area therefore mostly measures which angles are hard, whereas the area at a single angle measures which "
        "images are hard."
    )


def _of_1000(difference: float) -> str:
    return f"{abs(1000 * difference):.0f} {'more' if difference > 0 else 'fewer'} in 1,000"


def accuracy(angles: Sequence[int], gains: Sequence[Estimate]) -> str:
    """List the angles at which dropout raises accuracy and those at which it lowers it."""
    better, worse = ([a for a, g in zip(angles, gains, strict=True) if g.sign == side] for side in (1, -1))
    points = [Estimate(100 * g.value, 100 * g.low, 100 * g.high) for g in gains]
    if not better and not worse:
        return f"**No detectable difference** at any angle. {detected(points, 1, ' percentage points')}."
    at = max(range(len(points)), key=lambda i: abs(points[i].value))
    return (
        f"The mean of the passes is correct more often at {_list(better)}, and less often at {_list(worse)}. "
        f"{_others(points, 1, ' percentage points')}. The largest difference is {figure(points[at], 1)} percentage "
        f"points, at {angles[at]}°."
    )


def grows(angles: Sequence[int], values: Sequence[Estimate]) -> str:
    """State briefly whether a mean increases with the angle."""
    peak = _peak(values)
    if values[0].high >= values[peak].low:
        return "Inconclusive."
    return "At first, but not throughout." if _falls(values) else f"Yes, up to {angles[peak]}°."


def growth(angles: Sequence[int], values: Sequence[Estimate], name: str) -> str:
    """State a mean's values at the first angle, its peak and the last angle, and whether it falls after the peak."""
    peak = _peak(values)
    start = f"{name}: {values[0].value:.2f} bits upright, {values[peak].value:.2f} at {angles[peak]}°"
    if peak == len(values) - 1:
        return f"{start}, the largest angle."
    fall = "; it **falls again**." if _falls(values) else "; there is no clear fall after the peak."
    return f"{start}, {values[-1].value:.2f} at {angles[-1]}°{fall}"


def _peak(values: Sequence[Estimate]) -> int:
    return max(range(len(values)), key=lambda i: values[i].value)


def _falls(values: Sequence[Estimate]) -> bool:
    return values[-1].high < values[_peak(values)].low


def _list(angles: Sequence[int]) -> str:
    return ", ".join(f"{a}°" for a in angles) or "none"
