"""Which rate for which net: a grid of rates and widths, trained for real, and what may be read from it."""

import streamlit as st

from dropout_core import rate_records, reference_ui, service, sweep_reading, ui
from dropout_core.charts import lines
from dropout_core.charts import sweep as pictures
from dropout_core.charts.theme import DROPOUT
from dropout_core.claims import finding
from dropout_core.experiments import CONV_RATES, DENSE_RATES, WIDTHS
from dropout_core.experiments import RATES as RATES_TRIED
from dropout_core.experiments import SIZES as SIZES_TRIED
from dropout_core.jobs import EngineError, Refused
from dropout_core.layout_ui import drawn_once
from dropout_core.recipe import DATA
from dropout_core.recipe_ui import KEPT
from dropout_core.settings import SettingError
from dropout_core.store import StoreError
from dropout_core.sweep import Sweep
from dropout_core.sweep_reading import Best
from dropout_core.sweep_run import Running
from dropout_core.words import NATS, sentence

GRIDS = {
    "small": ((0.0, 0.2, 0.4, 0.6, 0.8), (16, 64, 256)),
    "large": ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (16, 64, 256, 1024)),
}
SIZES = (500, 1_000, 2_000, 4_000)
DEFAULTS = {"grid": "small", "images": 1_000, "epochs": 30, "seeds": 3}
MAP = (
    "★ the best rate of its width; framed: cannot be told from it by paired 95 % intervals. Blue: better than rate 0 "
    f"of the same width, orange: worse (full colour at {pictures.SPAN:g} points)."
)
REFRESH = 1.0  # seconds between two looks at a running sweep


def main() -> None:
    ui.open_page()
    st.title("Which rate?")
    st.markdown(
        "More neurons can spare more of them: so it is said that **a wider net wants a higher rate**. Here nets of "
        "several widths are trained at several rates, each from the same weights and on the same batches, and the best "
        "rate of each width is looked for in what they read right of images they have never seen. If it is so, the "
        "stars and frames below move to the right from row to row."
    )
    try:
        sweep = controls()
        running = service.sweeps().find(sweep.key)
        busy = running is not None and not running.finished
        buttons(sweep, busy)
        if busy:
            watch(sweep)
        else:
            settled(sweep, running)
    except (SettingError, StoreError, EngineError) as error:
        st.error(f"This is not possible here: {error}.", icon=":material/error:")
    by_width()
    slower()
    by_images()
    convolutional()
    ui.next_page("rates")


def controls() -> Sweep:
    """The grid that the reader has set; its first values come from the link, which follows it."""
    if "rates_grid" not in st.session_state:
        values = {
            "grid": ui.choice_param("grid", DEFAULTS["grid"], tuple(GRIDS)),
            "images": ui.number_param("images", DEFAULTS["images"], SIZES[0], SIZES[-1], SIZES),
            "epochs": ui.number_param("epochs", DEFAULTS["epochs"], 1, 60),
            "seeds": ui.number_param("seeds", DEFAULTS["seeds"], 1, 10),
        }
        st.session_state.update({f"rates_{name}": value for name, value in values.items()})
        ui.show_param_notes(tuple(DEFAULTS))
    grid, images, epochs, seeds = st.columns(4, gap="medium")
    grid.segmented_control("Grid", tuple(GRIDS), key="rates_grid", required=True, **KEPT)
    images.select_slider("Training images", SIZES, key="rates_images", format_func="{:,}".format, **KEPT)
    epochs.slider("Epochs", 1, 60, key="rates_epochs", **KEPT)
    seeds.slider("Seeds", 1, 10, key="rates_seeds", help="One seed gives no interval, and so no verdict.", **KEPT)
    values = {name: st.session_state[f"rates_{name}"] for name in DEFAULTS}
    ui.write_params(values, DEFAULTS)
    source, _ = service.data_source()
    rates, widths = GRIDS[values["grid"]]
    st.markdown(f":small[:material/dataset: Data: {source.described}. {len(rates) * len(widths)} cells.]")
    return Sweep(
        rates=rates,
        widths=widths,
        data=source.data,
        images=min(values["images"], DATA[source.data]),
        epochs=values["epochs"],
        seeds=tuple(range(values["seeds"])),
    )


def buttons(sweep: Sweep, busy: bool) -> None:
    done = set(service.engine().store.keys())
    complete = all(cell.recipe.key in done for cell in sweep.cells())
    with st.container(horizontal=True):
        pressed = ui.start_button("Start", busy, complete)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy):
            service.sweeps().cancel(sweep.key)
            st.rerun()
    if pressed:
        start(sweep)


def start(sweep: Sweep) -> None:
    try:
        service.sweeps().start(sweep, ui.visitor())
    except Refused as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    st.rerun()


@st.fragment(run_every=REFRESH)
def watch(sweep: Sweep) -> None:
    """The running sweep: its cells appear as they are finished; the page is run anew when it ends."""
    running = service.sweeps().find(sweep.key)
    if running is None or running.finished:
        st.rerun()
    p = running.progress
    left = ": starting" if p.seconds_left is None else f", about {p.seconds_left:.0f} s left"
    st.progress(min(p.share, 1.0), text=f"{p.done} of {p.total} cells{left}")
    show(sweep)


def settled(sweep: Sweep, running: Running | None) -> None:
    """What is known of a sweep that is not running."""
    if running is not None and running.message:
        st.error(f"It broke off: {running.message}. Start goes on with what is missing.", icon=":material/error:")
    for cell, message in running.progress.failed if running is not None else ():
        st.warning(f"{cell}: {message}", icon=":material/warning:")
    kept, total = set(service.engine().store.keys()), len(sweep.cells())
    done = sum(cell.recipe.key in kept for cell in sweep.cells())
    cancelled = running is not None and running.stop.is_set()
    if cancelled or 0 < done < total:
        said = f"{'Cancelled at' if cancelled else 'Partial:'} {done} of {total} cells"
        then = "What is shown is partial; Start goes on with what is missing" if done else "Start begins anew"
        st.info(f"{said}. {then}.", icon=":material/stop:")
    if not show(sweep):
        st.markdown("Press **Start**: the cells appear as they are finished, and are kept.")


def show(sweep: Sweep) -> bool:
    """Heat map, verdict and curves of the cells that are done; False if there are none."""
    runs = sweep_reading.measured(sweep, service.engine().store, service.sweeps().known)
    if runs.empty:
        return False
    best = sweep_reading.best(runs)
    shown = pictures.cells(sweep_reading.summary(runs), best)
    alt = pictures.in_words(best)
    st.vega_lite_chart(shown, pictures.heat_map(sweep.rates, sweep.widths), key="rates-map", alt=alt)
    st.markdown(f":small[Validation accuracy in %, mean over the seeds. {MAP}]")
    if len(shown) == len(sweep.cells()):
        verdicts(best, sweep_reading.best(runs, "loss"))
    curves(sweep, shown, runs)
    return True


def verdicts(by_accuracy: list[Best], by_loss: list[Best]) -> None:
    """Both measures' answers, always: which of them is clearer must not decide which one is shown."""
    st.header("Does the best rate grow with the net?")
    st.markdown(f"- By accuracy: {sweep_reading.verdict(by_accuracy)}\n- By loss: {sweep_reading.verdict(by_loss)}")
    gains = "\n".join(f"- {sweep_reading.gain(one)}" for one in by_accuracy)
    st.markdown(f"Accuracy of the best rate against no dropout:\n{gains}")
    st.markdown(
        ":small[Accuracy counts the images read right; loss also asks how sure the net was, so that it moves where "
        "accuracy stands still. The best rate is picked on the images it is judged by: its gain is a little flattered.]"
    )


def curves(sweep: Sweep, shown, runs) -> None:
    """One small chart a width, two in a row; on a phone one below the other."""
    st.markdown(
        ":small[Accuracy by rate. Line: mean over the seeds; band: its 95 % interval; faint lines: single seeds; "
        "★ the best. What lies far below is cut off.]"
    )
    widths = [width for width in sweep.widths if (shown["width"] == width).any()]
    for pair in (widths[i : i + 2] for i in range(0, len(widths), 2)):
        for column, width in zip(st.columns(2, gap="medium"), pair, strict=False):
            rows = pictures.curve_rows(shown, runs, width)
            means = rows[rows["kind"] == "mean"]
            said = ", ".join(f"{a:.1f} % at {r:g}" for r, a in zip(means["rate"], means["accuracy"], strict=True))
            spec = pictures.curve(width, sweep.rates, pictures.lowest_shown(shown, width))
            column.vega_lite_chart(rows, spec, key=f"rates-{width}", alt=f"Accuracy at width {width}: {said}.")


def by_width() -> None:
    """Rate × width, from the reference runs."""
    st.header("The same, made beforehand")
    record = reference_ui.load("widths")
    if record is None:
        return
    widths_tried()
    reference_ui.provenance(record)


@drawn_once
def widths_tried() -> None:
    runs = rate_records.width_runs()
    best = sweep_reading.best(runs)
    left, right = st.columns(2, gap="medium")
    left.markdown("**Validation accuracy, %**")
    spec = pictures.heat_map(RATES_TRIED, WIDTHS)
    cells = pictures.cells(sweep_reading.summary(runs), best)
    left.vega_lite_chart(cells, spec, key="rates-widths", alt=pictures.in_words(best))
    loss = rate_records.by_width("loss")
    said = lines.text_alternative(loss, "Validation loss by rate")
    looks = tuple((name, DROPOUT) for name in loss["group"].unique())
    spec = lines.spec(looks, "rate p", "validation loss, nats", values=RATES_TRIED)
    right.vega_lite_chart(lines.rows(loss), spec, key="rates-widths-loss", alt=said)
    found = finding("C8")
    st.markdown(f"**{found.verdict.capitalize()}**. {sentence(found.said)}")
    st.markdown(f":small[{MAP} Bands: 95 % intervals over the seeds. {NATS}]")


def slower() -> None:
    """How far training is after a few epochs, by rate, from the reference runs."""
    st.header("Does a higher rate learn more slowly?")
    record = reference_ui.load("rates")
    if record is None:
        return
    early_and_late()
    reference_ui.provenance(record)


@drawn_once
def early_and_late() -> None:
    means = rate_records.learning()
    looks = tuple((name, DROPOUT) for name in means["group"].unique())
    picture, words = st.columns([3, 2], gap="large")
    said = lines.text_alternative(means, "Validation loss by rate")
    spec = lines.spec(looks, "rate p", "validation loss, nats")
    picture.vega_lite_chart(lines.rows(means), spec, key="rates-slower", alt=said)
    found = finding("C4")
    words.markdown(f"**{found.verdict.capitalize()}**. {sentence(found.said)}")
    words.markdown(":small[Lines: means over the seeds; bands: their 95 % intervals.]")


def by_images() -> None:
    """Rate × number of training images, from the reference runs."""
    st.header("And with the number of images?")
    record = reference_ui.load("sizes")
    if record is None:
        return
    images_tried()
    reference_ui.provenance(record)


@drawn_once
def images_tried() -> None:
    best = rate_records.best_by_images()
    shown = pictures.cells(sweep_reading.summary(rate_records.size_runs()), best)
    spec = pictures.heat_map(DENSE_RATES, tuple(SIZES_TRIED), "training images")
    said = "; ".join(f"{one.width:,} images: best rate {one.rate:g} with {one.value:.1f} %" for one in best)
    st.vega_lite_chart(shown, spec, key="rates-images", alt=f"Validation accuracy by rate and training images. {said}.")
    st.markdown(f"{sweep_reading.verdict(best, 'number of images', rate_records.images)}")
    st.markdown("\n".join(f"- {sweep_reading.gain(one, rate_records.images)}" for one in best))


def convolutional() -> None:
    """Two rates in a small convolutional net, from the reference runs."""
    st.header("Convolutions: a lower rate?")
    record = reference_ui.load("conv")
    if record is None:
        return
    pairs_tried()
    reference_ui.provenance(record)
    reference_ui.repetition(record.experiment)


@drawn_once
def pairs_tried() -> None:
    st.markdown(
        "It is said that convolutional layers want 0.2 to 0.3 and fully connected ones 0.5. Two convolutional layers "
        "and one fully connected one, each kind with a rate of its own:"
    )
    cells = rate_records.conv_cells()
    spec = pictures.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.loc[cells["accuracy"].idxmax()]
    said = f"best at {top['width']:g} and {top['rate']:g} with {top['accuracy']:.1f} %"
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=f"Validation accuracy by both rates: {said}.")
    st.markdown(
        ":small[★ the best pair of all; framed: cannot be told from it. Blue: better than no dropout at all, orange: "
        "worse.]"
    )
    found = finding("C9")
    st.markdown(f"**{found.verdict.capitalize()}**. {found.said}.")


main()
