"""The figures on the Papers page, each with its charts, a note on how to read them, and findings.

Each function takes its figure's source: a record, the digits, or None if the figure's numbers are stored elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

import pandas as pd

from dropout_core.charts import trial_dots
from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, DROPOUT
from dropout_core.common.text import NATS
from dropout_core.data import published
from dropout_core.data.mnist import Digits
from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.record_tables import means
from dropout_core.reference.records import Record
from dropout_core.topics.ensemble import study
from dropout_core.topics.neurons import charts_activity as neuron_pictures
from dropout_core.topics.neurons import features
from dropout_core.topics.papers import charts, findings, linear_regression
from dropout_core.topics.papers import findings_tables as tables
from dropout_core.topics.papers.charts import Style, Theirs
from dropout_core.topics.training.claims import gain_by_images

ARM_STYLES = {arm: Style(ARM_COLOURS[arm], tuple(ARM_DASHES[arm]), ARM_SHAPES[arm]) for arm in ARM_COLOURS}
VALIDATION = {"validation images": Style(DROPOUT)}
TRAINING = {"training images": Style(DROPOUT, (2, 3), "diamond")}  # grey marks published values
INTERVALS = "Points: means over the seeds; bands, from five seeds on: 95 % intervals."


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
    """The content of one figure: charts shown side by side, findings, and a note on how to read the charts."""

    charts: tuple[Drawn, ...]
    findings: list[Finding]
    note: str = ""
    link: tuple[str, str] = ("", "")  # the page to link to, and the link's label


# --- one function per figure -----------------------------------------------------------------------------------------


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


def figure_4(record: Record) -> Shown:
    nets = findings.by_updates(record)
    late = [line[line["x"] > line["x"].max() / 10] for line in nets.values()]  # the steep start would flatten the rest
    y = charts.domain(late)
    drawn = [
        curve(line, ARM_STYLES, "updates", f"{label}: error, %", y=y) for label, line in zip(nets, late, strict=True)
    ]
    note = f"{INTERVALS} The first tenth of the updates, a steep fall, is left out. The paper gives no numbers for "
    return Shown(tuple(drawn), findings.figure_4(record), note + "its curves, so they are not drawn.")


def figure_8(_: None) -> Shown:
    shares, zeros, mean = features.mean_activity()
    spec = neuron_pictures.activity(shares, zeros, mean, published.FIGURE_8_MEANS, features.BIN)
    both = ", ".join(f"{arm} {m[0]:.2f}, published {published.FIGURE_8_MEANS[arm]:g}" for arm, m in mean.items())
    alt = f"Histograms of the activations of hidden neurons; above them the means: {both}."
    note = "Published, in grey and hollow: the means alone. Bars at the left: exact zeros."
    link = ("neurons", "What the neurons of these nets look for")
    return Shown((Drawn(spec, alt),), findings.figure_8(), note, link)


def by_keep(record: Record, theirs: Theirs) -> tuple[Drawn, Drawn]:
    table = findings.kept(record)
    error, loss = (findings.by_keep(table, column) for column in ("error", "train_loss"))
    axis: Axis = {"values": tuple(sorted(error["x"])), "x_format": ".2~f", "log_y": True}
    return (
        curve(error, VALIDATION, "p = P(keep)", "validation error, % (log scale)", (theirs,), **axis),
        curve(loss, TRAINING, "p = P(keep)", "training loss, nats (log scale)", **axis),
    )


KEEP_NOTE = (
    f"{INTERVALS} Where they drew the training error we have the training loss, masks off, of a sample of "
    "the training images. Grey: what they found for their test error. Bands that reach far down are cut off. "
    f"{NATS}"
)


def figure_9a(record: Record) -> Shown:
    flat = Theirs(*published.FIGURE_9A_FLAT, "theirs: error flat")
    return Shown(by_keep(record, flat), findings.figure_9a(record), KEEP_NOTE)


def figure_9b(record: Record) -> Shown:
    best = Theirs(published.FIGURE_9B_BEST, None, "theirs: least error")
    return Shown(by_keep(record, best), findings.figure_9b(record), KEEP_NOTE)


def figure_10(record: Record) -> Shown:
    lines, gains = findings.by_images(record), gain_by_images(record)
    sizes = tuple(gains)
    gain = pd.DataFrame([("gain", n, p.mean, p.low, p.high) for n, p in gains.items()], columns=charts.LINE)
    none = Theirs(*published.FIGURE_10_NO_GAIN, "theirs: none")
    most = Theirs(published.FIGURE_10_LARGEST_GAIN, None, "theirs: largest")
    axis: Axis = {"log_x": True, "values": sizes}
    zero: Axis = {**axis, "level": 0}
    drawn = (
        curve(lines, ARM_STYLES, "training images", "error, %", **axis),
        curve(gain, {"gain": Style(DROPOUT)}, "training images", "points saved by dropout", (none, most), **zero),
    )
    note = f"{INTERVALS} Gain: without minus with dropout, by seed. The fewer the images, the more epochs they get."
    return Shown(drawn, findings.figure_10(record), note)


def figure_11(_: None) -> Shown:
    line = findings.by_sampled()
    theirs = Theirs(published.FIGURE_11_EVEN, None, "theirs: even from here")
    styles = {"average of k": Style(DROPOUT)}
    axis: Axis = {"log_x": True, "values": (1, 10, 100, 1000), "level": 0, "level_label": "one scaled pass"}
    drawn = curve(line, styles, "k, sampled nets", "points of error more than one scaled pass", (theirs,), **axis)
    draws = study.DRAWS["subnetworks"]
    note = f"Points: means of {draws} draws; band: 95 % interval over the images, both evaluated on the same images."
    return Shown((drawn,), findings.figure_11(), note, ("ensemble", "More on one net as an ensemble"))


def ladder(runs: pd.DataFrame, means_: pd.DataFrame, whose: str, places: int = 2) -> Drawn:
    """Plot the means of each trial in one row. The individual runs are shown for our means only."""
    trials = tuple(means_["trial"].unique())
    rows = trial_dots.rows(runs, means_, "error")
    title = f"{whose}: error, %"
    theirs = () if whose == "ours" else tuple(trial for trial in trials if trial != tables.OURS)
    spec = trial_dots.spec(trials, title, published=theirs)
    return Drawn(spec | {"height": spec["height"] + 40}, trial_dots.text_alternative(means_, title, places), rows)


NO_RUNS = pd.DataFrame(columns=["trial", "arm", "seed", "error"])


def table_2(_: None) -> Shown:
    best = tables.best_of_ours()
    drawn = ladder(NO_RUNS, tables.table_2_rows(best), "theirs, and our best below")
    return Shown((drawn,), tables.table_2(best), shapes())


def table_9(record: Record) -> Shown:
    ours = tables.of_trials(record, tables.regularisers(record))
    drawn = (ladder(ours, means(ours, "error"), "ours"), ladder(NO_RUNS, tables.table_9_rows(), "theirs"))
    note = (
        f"{shapes()} Ticks: single runs. Of each kind, the strength with the least error is judged. It is selected on "
        "the same images, so it is slightly optimistic. Mind the two scales."
    )
    return Shown(drawn, tables.table_9(record), note)


def table_10(record: Record) -> Shown:
    ours = tables.of_trials(record, tables.NOISES)
    drawn = (ladder(ours, means(ours, "error"), "ours"), ladder(NO_RUNS, tables.table_10_rows(), "theirs"))
    note = "Bars: ours 95 % intervals, theirs (grey, hollow) ± as printed. Mind the two scales."
    return Shown(drawn, tables.table_10(record), note)


def section_9_1(digits: Digits) -> Shown:
    equality = linear_regression.equality(digits.train_images, digits.train_labels)
    rows, spec = charts.coincide(equality.keeps, equality.dropout.tolist(), equality.ridge.tolist())
    pixels = linear_regression.PIXELS
    alt = f"The {pixels} weights by keep probability: on every line of ridge lie the circles of dropout."
    note = (
        f"Is it a {linear_regression.DIGIT}? {pixels} pixels of {equality.images:,} images. Violet lines: "
        f"ridge regression. Blue circles: least squares over all {2**pixels:,} masks. The losses are "
        f"those of {linear_regression.LOSS_IMAGES} images at random weights, every mask run."
    )
    return Shown((Drawn(spec, alt, rows),), findings.section_9_1(equality), note)


def shapes() -> str:
    return "Squares: without dropout; circles: with it. Theirs are grey and hollow."


DRAWING: dict[str, Callable[..., Shown]] = {
    "figure-4": figure_4,
    "figure-8": figure_8,
    "figure-9a": figure_9a,
    "figure-9b": figure_9b,
    "figure-10": figure_10,
    "figure-11": figure_11,
    "table-2": table_2,
    "table-9": table_9,
    "table-10": table_10,
    "section-9.1": section_9_1,
}
