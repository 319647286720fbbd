"""What the study of turned digits says, in words that follow from its numbers."""

from collections.abc import Sequence

from dropout_core.common.text import around
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.roc import Detection
from dropout_core.topics.uncertainty.study import Pairs


def figure(e: Estimate, digits: int = 3) -> str:
    """A signed difference with its interval."""
    return around(e.value, e.low, e.high, digits)


def parts(total: float, between: float) -> tuple[str, str, str]:
    """Total, within and between, to two decimals that add up as printed."""
    t, b = round(total, 2), round(max(between, 0.0), 2)
    return f"{t:.2f}", f"{t - b:.2f}", f"{b:.2f}"


def warning(found: Detection | None) -> str:
    """Which of the two entropies warns better of wrong answers, or that these images cannot tell."""
    if found is None:
        return "there is nothing to tell apart: all answers are right, or all are wrong."
    said = f"area {found.first.value:.3f} with masks on, {found.second.value:.3f} with masks off; "
    said += f"difference {figure(found.difference)}: "
    if not found.difference.sign:
        return said + "**cannot tell.**"
    better = found.difference.sign > 0
    said += f"the passes warn **{'better' if better else 'worse'}**. Of 1,000 pairs of a wrong and a right answer they "
    return said + f"put {abs(1000 * found.difference.value):.0f} {'more' if better else 'fewer'} in the right order."


def in_short(mixed: Detection | None, warnings: Sequence[Detection | None]) -> str:
    """Both answers in one sentence: of images at any angle, and of images at one and the same."""
    signs = [w.difference.sign for w in warnings if w is not None]
    if mixed is None or not signs:
        return "**In short**: there is too little to tell apart here."
    whole = {1: "better than", -1: "worse than", 0: "as far as can be told no better than"}[mixed.difference.sign]
    return (
        f"**In short**: with all angles together the passes warn {whole} one pass without masks; among images of one "
        f"angle they do so better at {signs.count(1)} of {len(signs)} angles, and worse at {signs.count(-1)}."
    )


def by_angle(angles: Sequence[int], warnings: Sequence[Detection | None]) -> str:
    """At which angles the difference of the areas leaves zero out, and to whose favour."""
    told = [(a, w.difference.sign) for a, w in zip(angles, warnings, strict=True) if w is not None]
    better, worse = ([a for a, sign in told if sign == s] for s in (1, -1))
    said = f"Angle by angle, the passes warn better at {_list(better)} and worse at {_list(worse)}; at the other "
    return said + f"{len(told) - len(better) - len(worse)} of {len(told)}, cannot tell."


def heap(found: Pairs | None) -> str:
    """Why all angles in one heap may say something else than the single angles."""
    if found is None:
        return ""
    within, across = (_of_1000(difference) for difference in (found.within, found.across))
    return (
        f"In the heap, answers at different angles are set against each other too: {found.apart:.0%} of its pairs are "
        f"such, and of these masks on put {across} in the right order; of the pairs at one angle, {within}. So the "
        "heap asks mostly which angles are hard, and each angle which of its images are."
    )


def _of_1000(difference: float) -> str:
    return f"{abs(1000 * difference):.0f} of 1,000 {'more' if difference > 0 else 'fewer'}"


def accuracy(angles: Sequence[int], gains: Sequence[Estimate]) -> str:
    """At which angles the answer with masks on is more, or less, often right than the one with masks off."""
    better, worse = ([a for a, g in zip(angles, gains, strict=True) if g.sign == s] for s in (1, -1))
    if not better and not worse:
        return "**Cannot tell**, at any angle."
    points = [Estimate(100 * g.value, 100 * g.low, 100 * g.high) for g in gains]
    at = max(range(len(points)), key=lambda i: abs(points[i].value))
    said = f"More often right at {_list(better)}, less often at {_list(worse)}; at the other "
    said += f"{len(gains) - len(better) - len(worse)} of {len(gains)} angles, cannot tell. "
    return said + f"The largest difference is {figure(points[at], 1)} percentage points, at {angles[at]}°."


def grows(angles: Sequence[int], values: Sequence[Estimate]) -> str:
    """Whether a mean grows with the angle, in a few words: from upright to its peak, and from there on."""
    peak = _peak(values)
    if values[0].high >= values[peak].low:
        return "These images cannot tell."
    return "At first, not all the way." if _falls(values) else f"Yes, up to {angles[peak]}°."


def growth(angles: Sequence[int], values: Sequence[Estimate], name: str) -> str:
    """Where a mean over the angles starts, peaks and ends, and whether it falls again."""
    peak = _peak(values)
    said = f"{name}: {values[0].value:.2f} bits upright, {values[peak].value:.2f} at {angles[peak]}°"
    if peak == len(values) - 1:
        return f"{said}, the largest angle."
    fall = "; it **falls again**." if _falls(values) else "; no clear fall after its peak."
    return f"{said}, {values[-1].value:.2f} at {angles[-1]}°{fall}"


def _peak(values: Sequence[Estimate]) -> int:
    return max(range(len(values)), key=lambda i: values[i].value)


def _falls(values: Sequence[Estimate]) -> bool:
    return values[-1].high < values[_peak(values)].low


def _list(angles: Sequence[int]) -> str:
    return ", ".join(f"{a}°" for a in angles) or "none"
