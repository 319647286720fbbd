"""Compare how well three prediction methods are calibrated, over ten nets of each kind, and state the result."""

from dropout_core.common.text import around
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, Paired, mean_estimate, paired
from dropout_core.numerics.verdicts import Verdict, judge
from dropout_core.topics.uncertainty.nets_record import AVERAGE, BINS, SCALED, TrainingSet

_CHANGE = {Verdict.HOLDS: "worse", Verdict.DOES_NOT_HOLD: "better"}  # the claim is that averaging calibrates worse


def measured(nets: TrainingSet, way: str, measure: str) -> Estimate:
    """Return the mean over the nets of one measure of a prediction method; see nets_record.Calibration."""
    bounds = {"error": "share", "accuracy": "share", "loss": "loss"}
    return mean_estimate([getattr(net.calibration[way], measure) for net in nets.nets], bounds.get(measure, ""))


def averaging(nets: TrainingSet) -> Paired:
    """Return the calibration error of the mean of the passes minus that of the scaled pass, paired by net."""
    return paired(*([net.calibration[way].error for net in nets.nets] for way in (AVERAGE, SCALED)))


def verdict(nets: TrainingSet) -> Verdict:
    """Judge the claim that the mean of the passes is worse calibrated than the scaled pass."""
    return judge(averaging(nets), expected=1)


def reliability(nets: TrainingSet, way: str) -> list[tuple[float, Estimate]]:
    """Return the mean confidence and accuracy over the nets, for each bin that contains images of every net."""
    points = []
    for number in range(BINS):
        bins = [b for net in nets.nets for b in net.calibration[way].bins if b.number == number]
        if len(bins) == len(nets.nets):
            confidence = sum(b.confidence for b in bins) / len(bins)
            points.append((confidence, mean_estimate([b.right / b.images for b in bins], "share")))
    return points


def headline(nets: TrainingSet) -> str:
    """State how averaging the passes changes the calibration, with both errors and the difference."""
    errors = " instead of ".join(f"{measured(nets, way, 'error').value:.3f}" for way in (AVERAGE, SCALED))
    difference = averaging(nets)
    e = difference.estimate
    figures = f"a calibration error of {errors}; difference {around(e.value, e.low, e.high, 3)}"
    if (found := verdict(nets)) in _CHANGE:
        return f"Averaging the passes makes dropout nets {_CHANGE[found]} calibrated: {figures}"
    seen = Evidence("", "calibration error", "", difference).power_text
    return f"Averaging the passes makes no detectable difference to the calibration: {figures}. {seen}"


def tendency(nets: TrainingSet, way: str) -> str:
    """State whether the answers are too confident on average, as in "overconfident by 4.1 points (4.0 to 4.3)"."""
    gap = measured(nets, way, "gap")
    if not gap.sign:
        return "neither detectably over- nor underconfident on average"
    points = sorted(100 * abs(each) for each in (gap.low, gap.high))
    size = f"{100 * abs(gap.value):.1f} points ({points[0]:.1f} to {points[1]:.1f})"
    return f"{'over' if gap.value > 0 else 'under'}confident by {size} on average"
