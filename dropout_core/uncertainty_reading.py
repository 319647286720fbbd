"""What the study of turned digits says, in words that follow from its numbers."""

from collections.abc import Sequence

from .detection import Detection, Estimate


def figure(e: Estimate, digits: int = 3) -> str:
    """A signed difference with its interval."""
    return f"{e.value:+.{digits}f} ({e.low:+.{digits}f} to {e.high:+.{digits}f})".replace("-", "−")


def warning(found: Detection | None) -> str:
    """Which of the two entropies warns better of wrong answers, or that these images cannot tell."""
    if found is None:
        return "there is nothing to tell apart: all answers are right, or all are wrong."
    said = f"area {found.first.value:.3f} with masks on, {found.second.value:.3f} with masks off; "
    said += f"difference {figure(found.difference)}: "
    return (
        said
        + {1: "the passes warn better.", -1: "the passes warn worse.", 0: "**cannot tell.**"}[found.difference.sign]
    )


def by_angle(angles: Sequence[int], warnings: Sequence[Detection | None]) -> str:
    """At which angles the difference of the areas leaves zero out, and to whose favour."""
    told = [(a, w.difference.sign) for a, w in zip(angles, warnings, strict=True) if w is not None]
    better, worse = ([a for a, sign in told if sign == s] for s in (1, -1))
    said = f"Angle by angle, the passes warn better at {_list(better)} and worse at {_list(worse)}; at the other "
    return said + f"{len(told) - len(better) - len(worse)} of {len(told)}, cannot tell."


def _list(angles: Sequence[int]) -> str:
    return ", ".join(f"{a}°" for a in angles) or "none"


def accuracy(gains: Sequence[Estimate]) -> str:
    """At how many angles the answer with masks on is more, or less, often right."""
    better, worse = (sum(g.sign == sign for g in gains) for sign in (1, -1))
    largest = max(gains, key=lambda g: abs(g.value))
    said = f"More often right at {better} of {len(gains)} angles, less often at {worse}; at the rest the interval "
    said += "includes zero. The largest difference is "
    return said + f"{100 * largest.value:+.1f} points.".replace("-", "−")


def growth(angles: Sequence[int], values: Sequence[Estimate], name: str) -> str:
    """Where a mean over the angles starts, peaks and ends, and whether it grows all the way."""
    peak = max(range(len(values)), key=lambda i: values[i].value)
    start, top, end = values[0].value, values[peak].value, values[-1].value
    said = f"{name}: {start:.2f} bits upright, {top:.2f} at {angles[peak]}°"
    if peak == len(values) - 1:
        return f"{said}, the largest angle."
    fallen = values[-1].high < values[peak].low
    return f"{said}, {end:.2f} at {angles[-1]}°" + ("; it **falls again.**" if fallen else "; no clear fall after it.")
