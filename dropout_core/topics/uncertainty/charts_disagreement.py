"""The chart of disagreement against the number of training images."""

from collections.abc import Mapping

from dropout_core.charts.theme import ARM_DASHES, DROPOUT, NO_DROPOUT
from dropout_core.charts.vega import layered, quantitative
from dropout_core.topics.uncertainty.charts_calibration import Points, Style, lines
from dropout_core.topics.uncertainty.disagreement import ENSEMBLE, PASSES

HEIGHT = 300
STYLES: dict[str, Style] = {
    PASSES: (DROPOUT, ARM_DASHES["dropout"], "circle"),
    ENSEMBLE: (NO_DROPOUT, ARM_DASHES["no dropout"], "square"),
}
_ROOM = 1.35  # leaves room for the legend above the lines


def by_size(sources: Mapping[str, Points]) -> dict:
    """Plot the disagreement in bits, with its interval, against the number of training images on a log axis.

    sources  pairs of a number of images and the disagreement, for each source
    """
    sizes = [images for images, _ in next(iter(sources.values()))]
    top = _ROOM * max(e.high for points in sources.values() for _, e in points)
    x = quantitative("c", [0.8 * sizes[0], 1.25 * sizes[-1]], "training images", values=sizes, format=",")
    x["scale"] |= {"type": "log"}
    y = quantitative("v", [0, top], "mutual information in bits")
    return layered(lines(sources, STYLES, x, y), HEIGHT, [], [], [])
