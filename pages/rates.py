"""Which rate suits which net: a grid of rates and widths, trained live, and four precomputed studies of the rate."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dropout_core.charts.theme import DROPOUT
from dropout_core.common.settings import SettingError
from dropout_core.common.text import NATS, sentence
from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, RATES, WIDTHS
from dropout_core.experiments.catalogue import SIZES as STORED_SIZES
from dropout_core.experiments.recipe import DATA
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import TAKE_FIVE, Finding
from dropout_core.reference.records import Record, load
from dropout_core.storage.store import StoreError
from dropout_core.topics.rates import charts_heat_map, charts_lines, claims, findings, stored_grids
from dropout_core.topics.rates.findings import Best
from dropout_core.ui import data_source, grid_controls, navigation, reference_panel, server
from dropout_core.ui.layout import cached_output, delay_until_first_chart, small
from dropout_core.ui.page_state import PageState, Setting, choice, number

GRIDS = {
    "small": ((0.0, 0.2, 0.4, 0.6, 0.8), (16, 64, 256)),
    "large": ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (16, 64, 256, 1024)),
}
SIZES = (500, 1_000, 2_000, 4_000)
STATE = PageState(
    "rates",
    {
        "grid": choice("small", tuple(GRIDS), control="rates_grid"),
        "images": number(1_000, SIZES[0], SIZES[-1], SIZES, control="rates_images"),
        "epochs": number(30, 1, 60, control="rates_epochs"),
        "seeds": number(FEWEST, 1, 10, control="rates_seeds"),
        "data": Setting("mnist", data_source.read),
    },
)

ACCURACY = "**Validation accuracy, %**"
MAP = (
    "★ the best rate of its row; framed: rates that may be the best, at 95 % per row. Blue: better than rate 0 of its "
    "row, orange: worse, uncoloured: inconclusive. By chance alone, at most one such map in 20 has any colour (Holm’s "
    f"correction). Full colour at {charts_heat_map.SPANS['accuracy']:g} points."
)


def main() -> None:
    st.title("Which rate?")
    st.markdown(
        "A net with more neurons can spare more of them, and so **a wider net is said to want a higher rate**. Here "
        "nets of several widths are trained at several rates, each from the same weights and on the same batches, and "
        "the best rate of each width is chosen by accuracy on unseen images. If the claim is true, the stars and "
        "frames move right as you go down."
    )
    try:
        sweep = controls()
        done = grid_controls.stored_cells(sweep)
        if grid_controls.buttons(sweep, done == len(sweep.cells()), "Start"):
            grid_controls.watch(sweep, "cells", lambda _: show(sweep))
        else:
            not_running(sweep, done)
    except (SettingError, StoreError) as error:
        st.error(f"This is not possible here: {error}.", icon=":material/error:")
    precomputed("A larger one, made beforehand", "widths", by_width)
    delay_until_first_chart()
    precomputed("Does a higher rate learn more slowly?", "rates", time_to_level)
    precomputed("And with the number of images?", "sizes", by_images)
    if record := precomputed("Convolutions: a lower rate?", "conv", convolutional):
        reference_panel.repetition(record.experiment)
    navigation.next_page("rates")


def controls() -> Sweep:
    """Draw the controls and return the sweep that they set. The controls start from the link and update it."""
    STATE.begin()
    STATE.show_notes()
    grid, images, epochs, seeds = st.columns(4, gap="medium")
    grid.segmented_control("Grid", tuple(GRIDS), key="rates_grid", required=True)
    images.select_slider("Training images", SIZES, key="rates_images", format_func="{:,}".format)
    epochs.slider("Epochs", 1, 60, key="rates_epochs")
    seeds.slider("Seeds", 1, 10, key="rates_seeds", help=f"With fewer, only means. {TAKE_FIVE}")
    source, values = server.data_source(), STATE.read_controls()
    values["data"] = source.data
    STATE.write_link()
    rates, widths = GRIDS[values["grid"]]
    data_source.note(source, f" {len(rates) * len(widths)} cells.")
    return Sweep(
        rates=rates,
        widths=widths,
        data=source.data,
        images=min(values["images"], DATA[source.data]),
        epochs=values["epochs"],
        seeds=tuple(range(values["seeds"])),
    )


def not_running(sweep: Sweep, done: int) -> None:
    """Show the finished cells of a sweep that is not running, and explain why it stopped."""
    grid_controls.show_failures(sweep, "Start", done == len(sweep.cells()))
    if progress := grid_controls.partial_text(sweep, done, "cells"):
        then = "What is shown is partial; Start goes on with what is missing" if done else "Start begins anew"
        st.info(f"{progress}. {then}.", icon=":material/stop:")
    if not show(sweep):
        st.markdown("Press **Start**: the cells appear as they are finished, and are kept.")


def show(sweep: Sweep) -> bool:
    """Show the heat map, verdicts and curves of the finished cells. Returns False if no cell is finished."""
    runs = findings.measured(sweep, server.engine().store, server.sweeps().known)
    if runs.empty:
        return False
    best = findings.best(runs)
    cells = charts_heat_map.cells(findings.summary(runs), best)
    spec, alt = charts_heat_map.heat_map(sweep.rates, sweep.widths), charts_heat_map.in_words(best)
    st.vega_lite_chart(cells, spec, key="rates-map", alt=alt)
    judged = len(sweep.seeds) >= FEWEST
    small(f"Validation accuracy in %, mean over the seeds. {MAP if judged else f'**{TAKE_FIVE}**'}")
    if judged and len(cells) == len(sweep.cells()):
        verdicts(best, runs)
    curves(sweep, cells, runs)
    return True


def verdicts(by_accuracy: list[Best], runs: pd.DataFrame) -> None:
    """Show the verdicts by accuracy and by loss. Showing only the clearer of the two would bias the answer."""
    st.header("Does the best rate grow with the net?")
    st.markdown("\n".join(f"- **By {column}:** {findings.verdict(runs, column)}" for column in ("accuracy", "loss")))
    gains = "\n".join(f"- {findings.gain_in_words(best)}" for best in by_accuracy)
    st.markdown(f"Accuracy of the best rate against no dropout:\n{gains}")
    small(
        "Accuracy counts the images read right; loss also depends on how confident the net was, so that it moves where "
        "accuracy stands still. The gain of a best rate is measured on seeds that did not choose it."
    )


def curves(sweep: Sweep, cells: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Draw a small chart for each width, two per row. On a phone, the charts are stacked."""
    small(
        "Accuracy by rate. Line: mean over the seeds; faint lines: single seeds"
        f"{'; band: 95 % interval of the mean; ★ the best' if len(sweep.seeds) >= FEWEST else ''}. "
        "What lies far below is cut off."
    )
    widths = [width for width in sweep.widths if (cells["width"] == width).any()]
    for pair in (widths[i : i + 2] for i in range(0, len(widths), 2)):
        for column, width in zip(st.columns(2, gap="medium"), pair, strict=False):
            rows = charts_heat_map.curve_rows(cells, runs, width)
            means = rows[rows["kind"] == "mean"]
            values = ", ".join(f"{a:.1f} % at {r:g}" for r, a in zip(means["rate"], means["accuracy"], strict=True))
            spec = charts_heat_map.curve(width, sweep.rates, charts_heat_map.lowest_shown(cells, width))
            column.vega_lite_chart(rows, spec, key=f"rates-{width}", alt=f"Accuracy at width {width}: {values}.")


def precomputed(heading: str, name: str, draw: Callable[[], None]) -> Record | None:
    """Show a section about the reference runs with this name and their provenance, and return their record.

    Returns None if the record cannot be read.
    """
    st.header(heading)
    record = reference_panel.load(name)
    if record is not None:
        draw()
        small(stored_grids.made_of(record))
        reference_panel.provenance(record)
    return record


@cached_output
def by_width() -> None:
    runs = stored_grids.width_runs()
    summary = findings.summary(runs)
    titles = {"accuracy": ACCURACY, "loss": "**Validation loss, nats**"}
    for column, (measure, title) in zip(st.columns(2, gap="medium"), titles.items(), strict=True):
        best = findings.best(runs, measure)
        cells = charts_heat_map.cells(summary, best, measure)
        spec, alt = charts_heat_map.heat_map(RATES, WIDTHS, by=measure), charts_heat_map.in_words(best, measure)
        column.markdown(title)
        column.vega_lite_chart(cells, spec, key=f"rates-widths-{measure}", alt=alt)
    st.markdown(in_words(claims.wider_wants_more()))
    with st.expander("How to read the maps", icon=":material/info:"):
        small(f"{MAP} By loss, full colour is at {charts_heat_map.SPANS['loss']:g} nats. {NATS}")


def in_words(finding: Finding) -> str:
    return f"**{finding.text.capitalize()}**. {sentence(finding.sentence)}"


@cached_output
def time_to_level() -> None:
    picture, text = st.columns([3, 2], gap="large")
    title = f"epochs to {claims.LEVEL:g} % of the validation images"
    means = stored_grids.means_by_rate(claims.epochs_to_level(load("rates")), title)
    alt = charts_lines.text_alternative(means, "By rate")
    spec = charts_lines.spec(((title, DROPOUT),), "rate p", title, values=RATES)
    picture.vega_lite_chart(charts_lines.rows(means), spec, key="rates-slower", alt=alt)
    text.markdown(in_words(claims.slower()))
    text.markdown(":small[Line: mean over the seeds; band: its 95 % interval. Rates that never get there are missing.]")


@cached_output
def by_images() -> None:
    runs, label, high = stored_grids.size_runs(), stored_grids.images_label, max(DENSE_RATES)
    best = findings.best(runs)
    cells = charts_heat_map.cells(findings.summary(runs), best)
    spec = charts_heat_map.heat_map(DENSE_RATES, tuple(STORED_SIZES), "training images")
    values = "; ".join(f"{label(each.width)}: best rate {each.rate:g} with {each.value:.1f} %" for each in best)
    st.markdown(ACCURACY)
    alt = f"Validation accuracy by rate and training images. {values}."
    st.vega_lite_chart(cells, spec, key="rates-images", alt=alt)
    st.markdown(findings.verdict(runs, "accuracy", "number of images", label))
    st.markdown("\n".join(f"- {findings.gain_in_words(each, label)}" for each in best))
    with st.expander("About this map", icon=":material/info:"):
        small(
            "Marks and colours as above. The gain of a best rate is measured on seeds that did not choose it. "
            "The rows train for different numbers of epochs, perhaps too few for a high rate: do not compare them "
            f"with other pages. Loss on the training images at the end, masks off: {stored_grids.last_losses(0.0)} "
            f"nats for nets trained at rate 0, {stored_grids.last_losses(high)} for those at rate {high:g}."
        )


@cached_output
def convolutional() -> None:
    st.markdown(
        "Convolutional layers are said to want a rate of 0.2 to 0.3, and fully connected ones 0.5. Here are two "
        "convolutional layers and one fully connected one, each kind with its own rate:"
    )
    cells = stored_grids.conv_cells()
    spec = charts_heat_map.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.iloc[cells["value"].argmax()]
    alt = f"Validation accuracy by both rates: best at {top['width']:g} and {top['rate']:g} with {top['value']:.1f} %."
    st.markdown(ACCURACY)
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=alt)
    small(
        f"Means over {cells['seeds'].max()} seeds, too few for colours and marks: with twenty cells, some would stand "
        "out by chance alone."
    )
    st.markdown(in_words(claims.conv_rates()))


main()
