"""Load the stored calibration of the packaged nets (see calibration_study.py), and state the result in a sentence."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dropout_core.numerics.statistics import Estimate, proportion
from dropout_core.reference import FILES

FILE = FILES / "uncertainty_calibration.json"
BINS = 10
PLAIN, SCALED, AVERAGE = "no dropout", "dropout, masks off", "dropout, mean of 100 passes"


@dataclass(frozen=True)
class Bin:
    """The images whose confidence falls into one bin: their mean confidence, and how many there are and are right."""

    confidence: float
    right: int
    images: int

    @property
    def accuracy(self) -> Estimate:
        return proportion(self.right, self.images)


@dataclass(frozen=True)
class Calibration:
    """How well one way of answering is calibrated.

    error       expected calibration error: mean distance between confidence and accuracy, over the bins
    accuracy    share of right answers; confidence: mean probability of the answers
    loss        mean cross-entropy in nats
    bins        bins that contain images
    """

    error: float
    accuracy: float
    confidence: float
    loss: float
    bins: tuple[Bin, ...]

    @property
    def gap(self) -> float:
        """Mean confidence minus accuracy: positive if overconfident, negative if underconfident."""
        return self.confidence - self.accuracy


@cache
def load(file: Path = FILE) -> tuple[dict[str, Calibration], dict[str, str]]:
    """Load the calibration of each way of answering, and the provenance."""
    stored = json.loads(file.read_text("utf-8"))
    ways = {
        name: Calibration(**{**fields, "bins": tuple(Bin(**b) for b in fields["bins"])})
        for name, fields in stored["calibration"].items()
    }
    return ways, stored["provenance"]


def headline(ways: dict[str, Calibration]) -> str:
    """Say which way of answering is calibrated best, and what averaging the passes changes."""
    best = min(ways, key=lambda name: ways[name].error)
    change = "better" if ways[AVERAGE].error < ways[SCALED].error else "worse"
    return (
        f"Best calibrated: {best} ({ways[best].error:.3f}). Averaging makes the dropout net {change} calibrated: "
        f"{ways[AVERAGE].error:.3f} instead of {ways[SCALED].error:.3f}"
    )


def tendency(calibration: Calibration) -> str:
    """Say whether the answers are on average too confident, such as "overconfident by 4.1 points"."""
    points = 100 * calibration.gap
    return f"{'over' if points > 0 else 'under'}confident by {abs(points):.1f} points on average"
