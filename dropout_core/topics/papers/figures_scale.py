"""Table 2 and Fig. 4 at the paper's own scale, from the runs that are finished so far."""

from dataclasses import replace

import pandas as pd

from dropout_core.charts import trial_dots
from dropout_core.experiments.paper_scale import BOUNDED, DROPPED, PLAIN, SMALL
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.reference.records import Record
from dropout_core.topics.papers import charts
from dropout_core.topics.papers import findings_scale as found
from dropout_core.topics.papers.findings_scale import PUBLISHED, REPEATED, ROWS
from dropout_core.topics.papers.shown import ARM_STYLES, Drawn, Shown, curve

# Nets of the same arm differ by the shape of their points.
STYLES = {
    ROWS[SMALL]: replace(ARM_STYLES[NO_DROPOUT], shape="diamond"),
    ROWS[PLAIN]: ARM_STYLES[NO_DROPOUT],
    ROWS[DROPPED]: ARM_STYLES[DROPOUT],
    ROWS[BOUNDED]: replace(ARM_STYLES[DROPOUT], shape="triangle-up"),
}
_OMITTED = 0.1  # the fraction of the updates that the chart of Fig. 4 leaves out


def table_2(record: Record) -> Shown:
    names = {label: ROWS[label] for label in (SMALL, PLAIN, DROPPED, BOUNDED)}
    others = [(_short(name), error) for name, error in PUBLISHED.items() if name not in REPEATED.values()]
    theirs = [(names[label], PUBLISHED[name]) for label, name in REPEATED.items()] + others
    nets = (*names.values(), *(name for name, _ in others))
    arms = {net: NO_DROPOUT if net in (ROWS[SMALL], ROWS[PLAIN]) else DROPOUT for net in nets}
    published, runs, means = (
        table.assign(arm=table["trial"].map(arms))
        for table in (
            pd.DataFrame(theirs, columns=["trial", "mean"]).assign(low=None, high=None),
            found.final_errors(record).replace({"trial": ROWS}),
            found.summary(record).replace({"trial": ROWS}),
        )
    )
    spec = trial_dots.spec(nets, "error on the 10,000 test images, %")
    rows = trial_dots.rows(runs, means, "error", published)
    note = "Squares: without dropout. Hollow and grey: published. Ticks: single runs."
    drawn = Drawn(spec, alternative(published, runs, means), rows)
    return Shown((drawn,), found.table_2(record), note, remarks=_about_runs(record))


def alternative(published: pd.DataFrame, runs: pd.DataFrame, means: pd.DataFrame) -> str:
    """Describe the chart of Table 2 in words."""
    theirs = "; ".join(f"{net} {error:.2f}" for net, error in zip(published["trial"], published["mean"], strict=True))
    parts = []
    for net, mean, n in zip(means["trial"], means["mean"], means["n"], strict=True):
        single = ", ".join(f"{error:.2f}" for error in runs.loc[runs["trial"] == net, "error"])
        parts.append(f"{net} {single}" if n == 1 else f"{net} {mean:.2f}, mean of {n:.0f} ({single})")
    ours = f"Ours: {'; '.join(parts)}." if parts else "No run of ours is finished."
    return f"Test error in %. Published: {theirs}. {ours}"


def _short(name: str) -> str:
    """Shorten the name of a row of Table 2 to fit beside the chart."""
    return name.replace("max-norm, maxout", "maxout")


def figure_4(record: Record) -> Shown:
    lines = found.curves(record)
    late = lines[lines["x"] > lines["x"].max() * _OMITTED]  # the steep start would flatten the rest
    y = charts.domain([late])
    shown = {name: style for name, style in STYLES.items() if name in set(late["group"])}
    drawn = curve(late, shown, "updates", "error on the test images, %", y=y)
    note = "Bands: 95 % intervals, from five seeds on."
    remarks = f"The steep first {_OMITTED:.0%} of the updates are omitted. {_about_runs(record)}"
    return Shown((drawn,), found.figure_4(record), note, remarks=remarks)


def _about_runs(record: Record) -> str:
    return f"No setting was chosen on the test images. {found.missing(record)}".rstrip()
