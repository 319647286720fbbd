"""Papers: the figures of Srivastava et al. 2014, drawn again from our own runs, one at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from dropout_core import (
    ensemble_reading,
    ensemble_run,
    linear_dropout,
    neurons,
    papers,
    published,
    records,
    reference_ui,
    service,
    stats,
    ui,
)
from dropout_core import papers_reading as reading
from dropout_core.charts import dots
from dropout_core.charts import neurons as neuron_pictures
from dropout_core.charts import papers as pictures
from dropout_core.charts.papers import Style, Theirs
from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, DROPOUT, NEUTRAL
from dropout_core.datasets import DataError
from dropout_core.papers import AGREES, DIFFERS, FIGURES, OPEN, Claim, Figure
from dropout_core.record_reading import means
from dropout_core.records import Record

SLUGS = tuple(papers.BY_SLUG)
ICONS = {AGREES: ":material/check:", DIFFERS: ":material/close:", OPEN: ":material/question_mark:"}
ARM_STYLES = {arm: Style(ARM_COLOURS[arm], tuple(ARM_DASHES[arm]), ARM_SHAPES[arm]) for arm in ARM_COLOURS}
TEST = {"test images": Style(DROPOUT)}
TRAINING = {"training images": Style(NEUTRAL, (6, 4), "diamond")}
INTERVALS = "Points: means over the seeds; bands: 95 % intervals."


@dataclass(frozen=True)
class Drawn:
    """A chart ready to be sent: specification, data (None: they are in it), and what it shows in words."""

    spec: dict
    alt: str
    rows: pd.DataFrame | None = None


@dataclass(frozen=True)
class Shown:
    """What is on the screen of one figure: charts side by side, a word on how to read them, claims."""

    charts: tuple[Drawn, ...]
    claims: list[Claim]
    note: str = ""
    link: tuple[str, str] = field(default=("", ""))  # page and label


# --- one function a figure, computed once for all readers ------------------------------------------------------------


def curve(
    lines: pd.DataFrame, styles: dict, x: str, title: str, theirs: tuple[Theirs, ...] = (), y=None, **more
) -> Drawn:
    y = y or pictures.domain([lines])
    said = "; ".join(
        f"{name}: " + ", ".join(f"{m:.2f} at {at:,g}" for at, m in zip(part["x"], part["mean"], strict=True))
        for name, part in lines.groupby("group", sort=False)
    )
    drawn = "".join(f" Published: {t.said}, marked at {t.x:g}." for t in theirs)
    spec = pictures.spec(styles, x, title, y, **more)
    return Drawn(spec, f"{title}, by {x}. {said}.{drawn}", pictures.rows(lines, y, theirs))


def figure_4(record: Record) -> Shown:
    nets = reading.by_updates(record)
    late = [line[line["x"] > line["x"].max() / 10] for line in nets.values()]  # the first fall would flatten the rest
    y = pictures.domain(late)
    charts = [
        curve(line, ARM_STYLES, "updates", f"{label}: error, %", y=y) for label, line in zip(nets, late, strict=True)
    ]
    note = (
        f"{INTERVALS} The first tenth of the updates, a steep fall, is left out. Their curves are not drawn: we have "
    )
    return Shown(tuple(charts), reading.figure_4(record), note + "no numbers of them.")


def figure_8(_: None) -> Shown:
    shares = {arm: np.mean(found, 0).tolist() for arm, found in neurons.by_seed("histogram").items()}
    zeros = {arm: float(np.mean(found)) for arm, found in neurons.by_seed("zeros").items()}
    mean = {arm: (float(np.mean(v)), *stats.interval(v)) for arm, v in neurons.by_seed("mean").items()}
    spec = neuron_pictures.activity(shares, zeros, mean, published.FIGURE_8_MEANS, neurons.BIN)
    said = ", ".join(f"{arm} {m[0]:.2f}, published {published.FIGURE_8_MEANS[arm]:g}" for arm, m in mean.items())
    alt = f"Histograms of the activations of hidden neurons; above them the means: {said}."
    return Shown((Drawn(spec, alt),), reading.figure_8(), link=("neurons", "What the neurons of these nets look for"))


def by_keep(record: Record, theirs: Theirs) -> tuple[Drawn, Drawn]:
    error, loss = (reading.by_keep(record, column) for column in ("error", "train_loss"))
    axis = {"values": tuple(sorted(error["x"])), "x_format": ".2~f"}
    return (
        curve(error, TEST, "p = P(keep)", "error, %", (theirs,), **axis),
        curve(loss, TRAINING, "p = P(keep)", "loss, nats", (theirs,), **axis),
    )


KEEP_NOTE = (
    f"{INTERVALS} Where they drew the training error we have the training loss, masks off, of a sample of "
    "the training images. Grey: what they found for the test error."
)


def figure_9a(record: Record) -> Shown:
    flat = Theirs(*published.FIGURE_9A_FLAT, "theirs: flat")
    return Shown(by_keep(record, flat), reading.figure_9a(record), KEEP_NOTE)


def figure_9b(record: Record) -> Shown:
    best = Theirs(published.FIGURE_9B_BEST, None, "theirs: best")
    return Shown(by_keep(record, best), reading.figure_9b(record), KEEP_NOTE)


def figure_10(record: Record) -> Shown:
    lines, gains = reading.by_images(record), reading.gains(record)
    sizes = tuple(gains)
    gain = pd.DataFrame([("gain", n, p.mean, p.low, p.high) for n, p in gains.items()], columns=pictures.LINE)
    none = Theirs(*published.FIGURE_10_NO_GAIN, "theirs: none")
    most = Theirs(published.FIGURE_10_LARGEST_GAIN, None, "theirs: largest")
    axis = {"log_x": True, "values": sizes}
    charts = (
        curve(lines, ARM_STYLES, "training images", "error, %", **axis),
        curve(
            gain, {"gain": Style(DROPOUT)}, "training images", "points saved by dropout", (none, most), level=0, **axis
        ),
    )
    note = f"{INTERVALS} Gain: without minus with dropout, by seed. The fewer the images, the more epochs they get."
    return Shown(charts, reading.figure_10(record), note)


def figure_11(_: None) -> Shown:
    line = reading.by_sampled()
    theirs = Theirs(published.FIGURE_11_EVEN, None, "theirs: even from here")
    styles = {"average of k": Style(DROPOUT)}
    more = {"log_x": True, "values": (1, 10, 100, 1000), "level": 0, "level_said": "one scaled pass"}
    drawn = curve(line, styles, "k, sampled nets", "points of error more than one scaled pass", (theirs,), **more)
    draws = ensemble_run.DRAWS["subnetworks"]
    note = f"Points: means of {draws} draws; band: 95 % interval over the images, both judged on the same ones."
    return Shown((drawn,), reading.figure_11(), note, ("ensemble", "More on one net as an ensemble"))


def ladder(runs: pd.DataFrame, means_: pd.DataFrame, whose: str, places: int = 2) -> Drawn:
    """Rows of means, ours with single runs behind, theirs without."""
    trials = tuple(means_["trial"].unique())
    rows = dots.rows(runs, means_, "error")
    title = f"{whose}: error, %"
    return Drawn(dots.spec(trials, title), dots.text_alternative(means_, title, places), rows)


NO_RUNS = pd.DataFrame(columns=["trial", "arm", "seed", "error"])


def table_2(_: None) -> Shown:
    return Shown((ladder(NO_RUNS, reading.table_2_rows(), "test images"),), reading.table_2(), colours())


def table_9(record: Record) -> Shown:
    ours = reading.of_trials(record, reading.regularisers(record))
    charts = (ladder(ours, means(ours, "error"), "ours"), ladder(NO_RUNS, reading.table_9_rows(), "theirs"))
    note = f"{colours()} Ticks: single runs. Of each kind, the strength with the least error is judged, picked on the "
    return Shown(charts, reading.table_9(record), note + "same images: a little flattered. Mind the two scales.")


def table_10(record: Record) -> Shown:
    ours = reading.of_trials(record, {"dropout": "Bernoulli", "Gaussian": "Gaussian"})
    charts = (ladder(ours, means(ours, "error"), "ours"), ladder(NO_RUNS, reading.table_10_rows(), "theirs"))
    return Shown(
        charts, reading.table_10(record), "Bars: ours 95 % intervals, theirs ± as printed. Mind the two scales."
    )


def section_9_1(_: None) -> Shown:
    digits = service.digits("mnist-5k")
    found = linear_dropout.equality(digits.train_images, digits.train_labels)
    rows, spec = pictures.coincide(found.keeps, found.dropout.tolist(), found.ridge.tolist())
    alt = f"The {linear_dropout.PIXELS} weights by keep probability: on every line of ridge lie the circles of dropout."
    note = (
        f"Is it a {linear_dropout.DIGIT}? {linear_dropout.PIXELS} pixels of {found.images:,} images. Violet lines: "
        f"ridge regression. Blue circles: least squares over all {2**linear_dropout.PIXELS:,} masks. The losses are "
        f"those of {linear_dropout.LOSS_IMAGES} images at random weights, every mask run."
    )
    return Shown((Drawn(spec, alt, rows),), reading.section_9_1(found), note)


def colours() -> str:
    return "Orange squares: without dropout. Blue circles: with it."


DRAWING: dict[str, Callable] = {slug: globals()[slug.replace("-", "_").replace(".", "_")] for slug in SLUGS}


@st.cache_resource(max_entries=32, show_spinner="Drawing…")
def shown(slug: str, stamp: tuple[str, ...]) -> Shown:
    """stamp: the records that are there, so that new ones are seen."""
    figure = papers.BY_SLUG[slug]
    return DRAWING[slug](records.load(figure.record) if figure.record else None)


# --- the page --------------------------------------------------------------------------------------------------------


def begin() -> None:
    if "papers_figure" not in st.session_state:
        st.session_state.papers_figure = ui.choice_param("figure", SLUGS[0], SLUGS)
        st.session_state.papers_moves = 0


def go(slug: str) -> None:
    st.session_state.papers_figure = slug
    st.session_state.papers_moves += 1


def choose() -> Figure:
    names = {f.slug: f"{f.name}: {f.title}" for f in FIGURES}
    slug = st.selectbox("Figure", SLUGS, format_func=names.get, key="papers_figure", persist_state="session")
    ui.write_params({"figure": slug}, {"figure": SLUGS[0]})
    return papers.BY_SLUG[slug]


def draw(slug: str, found: Shown) -> None:
    columns = st.columns(len(found.charts), gap="medium") if len(found.charts) > 1 else [st.container(width=720)]
    for i, (column, chart) in enumerate(zip(columns, found.charts, strict=True)):
        column.vega_lite_chart(chart.rows, chart.spec, key=f"papers-{slug}-{i}", alt=chart.alt)
    if found.note:
        st.markdown(f":small[{found.note}]")


def claims(found: list[Claim]) -> None:
    st.subheader("Does ours say the same?")
    st.markdown("\n".join(f"- {ICONS[c.verdict]} **{c.verdict}.** {c.said}" for c in found))


def the_scale(figure: Figure, record: Record) -> None:
    st.subheader("At what scale")
    rows = papers.scale(figure, tuple(each.recipe for each in record.trials.values()))
    lines = [f"| {what} | {known} | {ours} |" for what, known, ours in rows]
    st.markdown("\n".join(["| | theirs | ours |", "|---|---|---|", *lines]))
    st.markdown(
        ":small[–: the paper’s number is not among our notes. Ours are smaller so that two cores can make them.]"
    )


def small_scale(slug: str) -> None:
    """The scale of what is no record."""
    if slug == "figure-8":
        recipe, made = neurons.numbers()["recipe"], neurons.numbers()["provenance"]
        st.markdown(
            f":small[Theirs: {published.FIGURE_8_UNITS} hidden units. Ours: {recipe['hidden']}, {made['images']:,} "
            f"images, {recipe['epochs']} epochs, {len(recipe['seeds'])} seeds.]"
        )
    if slug == "figure-11":
        even, images = ensemble_reading.crossing().even, len(service.digits("mnist-5k").validation_labels)
        st.markdown(
            f":small[Ours: the net that comes with this app, judged on {images:,} images; even from k = {even}.]"
        )


def onwards(figure: Figure) -> None:
    here = SLUGS.index(figure.slug)
    with st.container(horizontal=True):
        for way, step, icon in (("Previous", -1, "back"), ("Next", 1, "forward")):
            other = FIGURES[(here + step) % len(FIGURES)]
            label, key = f"{way}: {other.name}", f"papers_{way}"
            st.button(label, icon=f":material/arrow_{icon}:", on_click=go, args=(other.slug,), key=key)


def one(figure: Figure) -> None:
    st.header(f"{figure.name}: {figure.title}")
    st.markdown(f"**They found:** {figure.found}")
    record = reference_ui.load(figure.record) if figure.record else None
    if figure.record and record is None:
        return onwards(figure)
    if figure.slug == "section-9.1":
        st.latex(r"\mathbb{E}_R\,\|y - (R \odot X)w\|^2 = \|y - p\,Xw\|^2 + p(1-p)\,\|\Gamma w\|^2")
        st.markdown(r":small[R: the masks; $\Gamma = \mathrm{diag}(X^\top X)^{1/2}$: the size of each input.]")
    found = shown(figure.slug, tuple(records.recorded()))
    draw(figure.slug, found)
    claims(found.claims)
    if record:
        the_scale(figure, record)
    small_scale(figure.slug)
    page, label = found.link
    if page:
        st.page_link(f"pages/{page}.py", label=label)
    onwards(figure)
    if record:
        reference_ui.provenance(record)
        reference_ui.repetition(record.experiment)
    return None


def main() -> None:
    ui.open_page()
    begin()
    st.title("The paper, drawn again")
    ui.show_param_notes(("figure",))
    st.markdown(
        "Dropout’s paper of 2014 argues with figures. Here they are again from **our own runs**: smaller nets, fewer "
        "images, several seeds. In grey, what was published. The numbers cannot match; does the shape?"
    )
    st.markdown(f":small[{published.SRIVASTAVA}.]")
    figure = choose()
    try:
        one(figure)
    except DataError as error:
        st.error(f"This figure needs images: {error}.", icon=":material/error:")
    st.divider()
    st.page_link("pages/claims.py", label="Next: the claims, judged", icon=":material/arrow_forward:")
    ui.keyboard("", f"{figure.name}: {figure.title}", st.session_state.papers_moves)


main()
