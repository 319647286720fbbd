"""The figures on the Papers page, each with its charts, a note on how to read them, and findings.

Each function takes its figure's source: a record, the digits, or None if the figure's numbers are stored elsewhere.
"""

from collections.abc import Callable

import pandas as pd

from dropout_core.charts import trial_dots
from dropout_core.charts.theme import AVERAGED, DROPOUT
from dropout_core.common.text import NATS
from dropout_core.data import published
from dropout_core.data.mnist import Digits
from dropout_core.reference.record_tables import means
from dropout_core.reference.records import Record
from dropout_core.topics.ensemble.findings import net_count
from dropout_core.topics.neurons import charts_activity as neuron_pictures
from dropout_core.topics.neurons import features
from dropout_core.topics.papers import (
    charts,
    figures_scale,
    findings,
    findings_averages,
    findings_keep,
    linear_regression,
)
from dropout_core.topics.papers import findings_tables as tables
from dropout_core.topics.papers.charts import Style, Theirs
from dropout_core.topics.papers.shown import ARM_STYLES, INTERVALS, TRAINING, VALIDATION, Axis, Drawn, Shown, curve
from dropout_core.topics.training.claims import gain_by_images

# --- one function per figure -----------------------------------------------------------------------------------------


def figure_4_small(record: Record) -> Shown:
    nets = findings.by_updates(record)
    late = [line[line["x"] > line["x"].max() / 10] for line in nets.values()]  # the steep start would flatten the rest
    y = charts.domain(late)
    drawn = [
        curve(line, ARM_STYLES, "updates", f"{label}: error, %", y=y) for label, line in zip(nets, late, strict=True)
    ]
    remarks = (
        "The steep first tenth is omitted. The paper gives no numbers for its curves. Final error: the mean over the "
        "last quarter of each run."
    )
    return Shown(tuple(drawn), findings.figure_4(record), INTERVALS, remarks=remarks)


def figure_8(_: None) -> Shown:
    shares, zeros, mean = features.mean_activity()
    spec = neuron_pictures.activity(shares, zeros, mean, published.FIGURE_8_MEANS, features.BIN)
    both = ", ".join(f"{arm} {m[0]:.2f}, published {published.FIGURE_8_MEANS[arm]:g}" for arm, m in mean.items())
    alt = f"Histograms of the activations of hidden neurons, with the means marked above: {both}."
    note = "Hollow grey marks show the published means. The bars on the left count exact zeros."
    link = ("neurons", "What the neurons of these nets look for")
    return Shown((Drawn(spec, alt),), findings.figure_8(), note, link)


def by_keep(record: Record, theirs: Theirs) -> tuple[Drawn, Drawn]:
    table = findings_keep.kept(record)
    error, loss = (findings_keep.by_keep(table, column) for column in ("error", "train_loss"))
    axis: Axis = {"values": tuple(sorted(error["x"])), "x_format": ".2~f", "log_y": True}
    return (
        curve(error, VALIDATION, "p = P(keep)", "validation error, % (log scale)", (theirs,), **axis),
        curve(loss, TRAINING, "p = P(keep)", "training loss, nats (log scale)", **axis),
    )


KEEP_NOTE = f"{INTERVALS} Grey marks: the paper’s result for its test error."
KEEP_REMARKS = (
    "Instead of the paper’s training error, we show the training loss on a sample of the training images, with masks "
    f"off. Bands that extend far down are cut off. {NATS}"
)


def figure_9a(record: Record) -> Shown:
    flat = Theirs(*published.FIGURE_9A_FLAT, "paper: flat")
    return Shown(by_keep(record, flat), findings_keep.figure_9a(record), KEEP_NOTE, remarks=KEEP_REMARKS)


def figure_9b(record: Record) -> Shown:
    best = Theirs(published.FIGURE_9B_BEST, None, "paper: lowest error")
    return Shown(by_keep(record, best), findings_keep.figure_9b(record), KEEP_NOTE, remarks=KEEP_REMARKS)


def figure_10(record: Record) -> Shown:
    lines, gains = findings.by_images(record), gain_by_images(record)
    sizes = tuple(gains)
    gain = pd.DataFrame([("gain", n, p.mean, p.low, p.high) for n, p in gains.items()], columns=charts.LINE)
    none = Theirs(*published.FIGURE_10_NO_GAIN, "paper: none")
    most = Theirs(published.FIGURE_10_LARGEST_GAIN, None, "paper: largest")
    axis: Axis = {"log_x": True, "values": sizes}
    zero: Axis = {**axis, "level": 0}
    drawn = (
        curve(lines, ARM_STYLES, "training images", "error, %", **axis),
        curve(gain, {"gain": Style(DROPOUT)}, "training images", "gain: error saved, points", (none, most), **zero),
    )
    note = f"{INTERVALS} Gain: error without dropout minus error with dropout, in points, paired by seed."
    return Shown(drawn, findings.figure_10(record), note, remarks="Runs with fewer images train for more epochs.")


def figure_11(_: None) -> Shown:
    line = findings_averages.by_sampled()
    theirs = Theirs(published.FIGURE_11_EVEN, None, "paper: equal from here")
    styles = {"average of k": Style(AVERAGED)}
    low, high = charts.domain([line])
    y = (low - 0.1 * (high - low), high)  # room for the label below zero
    axis: Axis = {"log_x": True, "values": (1, 10, 100), "level": 0, "level_label": "one scaled pass"}
    drawn = curve(line, styles, "k, sampled nets", "error above that of one scaled pass, points", (theirs,), y, **axis)
    note = f"Points: means over {net_count()} independently trained nets; band: 95 % interval over the nets."
    return Shown((drawn,), findings_averages.figure_11(), note, ("ensemble", "More on nets as ensembles"))


def ladder(whose: str, averages: pd.DataFrame, rows: pd.DataFrame) -> Drawn:
    """Plot the results of each trial in one row, from trial_dots.rows."""
    title, trials = f"{whose}: error, %", tuple(averages["trial"].unique())
    spec = trial_dots.spec(trials, title)
    return Drawn(spec | {"height": spec["height"] + 40}, trial_dots.text_alternative(averages, title), rows)


def ours_and_theirs(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[Drawn, Drawn]:
    """Plot the means of our runs, and the paper's results."""
    averages = means(ours, "error")
    return (
        ladder("ours", averages, trial_dots.rows(ours, averages, "error")),
        ladder("paper", theirs, trial_dots.rows(ours[:0], averages[:0], "error", theirs)),
    )


def table_9(record: Record) -> Shown:
    ours = tables.of_trials(record, tables.regularisers(record))
    drawn = ours_and_theirs(ours, tables.table_9_rows())
    note = f"{shapes()} Ticks: single runs. The two charts have different scales."
    remarks = (
        "For each regulariser, we use the strength with the lowest error. This strength is selected on the images used "
        "for evaluation, so the error is slightly optimistic."
    )
    return Shown(drawn, tables.table_9(record), note, remarks=remarks)


def table_10(record: Record) -> Shown:
    ours = tables.of_trials(record, tables.NOISES)
    drawn = ours_and_theirs(ours, tables.table_10_rows())
    note = (
        "Bars show 95 % intervals for our runs, and the published ± for the paper (hollow, grey). Note that the two "
        "charts have different scales."
    )
    return Shown(drawn, tables.table_10(record), note)


def section_9_1(digits: Digits) -> Shown:
    equality = linear_regression.equality(digits.train_images, digits.train_labels)
    rows, spec = charts.coincide(equality.keeps, equality.dropout.tolist(), equality.ridge.tolist())
    pixels = linear_regression.PIXELS
    alt = f"The {pixels} weights by keep probability: the dropout circles lie on the ridge-regression lines."
    note = (
        f"The task is to decide whether the digit is a {linear_regression.DIGIT}. The inputs are {pixels} pixels of "
        f"{equality.images:,} images. Violet lines: ridge regression. Blue circles: least squares over all "
        f"{2**pixels:,} masks."
    )
    remarks = (
        f"The losses are computed for {linear_regression.LOSS_IMAGES} images with random weights, under every mask."
    )
    return Shown((Drawn(spec, alt, rows),), linear_regression.judge(equality), note, remarks=remarks)


def shapes() -> str:
    return "Squares: without dropout; circles: with dropout. The paper’s values are grey and hollow."


DRAWING: dict[str, Callable[..., Shown]] = {
    "table-2": figures_scale.table_2,
    "figure-4": figures_scale.figure_4,
    "figure-4-small": figure_4_small,
    "figure-8": figure_8,
    "figure-9a": figure_9a,
    "figure-9b": figure_9b,
    "figure-10": figure_10,
    "figure-11": figure_11,
    "table-9": table_9,
    "table-10": table_10,
    "section-9.1": section_9_1,
}
