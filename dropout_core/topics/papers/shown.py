"""The parts from which the figures of the Papers page are built: charts with their text alternatives, and findings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, DROPOUT, TRAINING_DASH
from dropout_core.numerics.verdicts import Finding
from dropout_core.topics.papers import charts
from dropout_core.topics.papers.charts import Style, Theirs

ARM_STYLES = {arm: Style(ARM_COLOURS[arm], tuple(ARM_DASHES[arm]), ARM_SHAPES[arm]) for arm in ARM_COLOURS}
VALIDATION = {"validation images": Style(DROPOUT)}
TRAINING = {"training images": Style(DROPOUT, tuple(TRAINING_DASH), "diamond")}  # grey marks published values
INTERVALS = "Points: means over the seeds; bands: 95 % intervals, from five seeds on."


class Axis(TypedDict, total=False):
    """Options of charts.spec."""

    x_format: str
    log_x: bool
    log_y: bool
    values: tuple[float, ...]
    level: float
    level_label: str


@dataclass(frozen=True)
class Drawn:
    """A chart with its specification, its text alternative, and its data, unless the specification contains them."""

    spec: dict
    alt: str
    rows: pd.DataFrame | None = None


@dataclass(frozen=True)
class Shown:
    """The content of one figure: charts shown side by side, and findings.

    note     how to read the charts, shown above them
    remarks  what else to know about the runs, shown below the charts
    """

    charts: tuple[Drawn, ...]
    findings: list[Finding]
    note: str = ""
    link: tuple[str, str] = ("", "")  # the page to link to, and the link's label
    remarks: str = ""


def curve(
    lines: pd.DataFrame,
    styles: Mapping[str, Style],
    x: str,
    title: str,
    theirs: tuple[Theirs, ...] = (),
    y: tuple[float, float] | None = None,
    **axis: Unpack[Axis],
) -> Drawn:
    y = y or charts.domain([lines], axis.get("log_y", False))
    values = "; ".join(
        f"{name}: " + ", ".join(f"{m:.2f} at {at:,g}" for at, m in zip(part["x"], part["mean"], strict=True))
        for name, part in lines.groupby("group", sort=False)
    )
    published_marks = "".join(f" Published: {t.label}, marked at {t.x:g}." for t in theirs)
    spec = charts.spec(styles, x, title, y, **axis)
    return Drawn(spec, f"{title}, by {x}. {values}.{published_marks}", charts.rows(lines, y, theirs))
