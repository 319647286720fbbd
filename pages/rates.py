"""Which rate for which net: a grid of rates and widths, trained for real, and what may be read from it."""

import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.experiments.recipe import DATA
from dropout_core.experiments.sweep import Sweep
from dropout_core.storage.store import StoreError
from dropout_core.topics.rates import cached as once
from dropout_core.topics.rates import charts_heat_map as pictures
from dropout_core.topics.rates import findings
from dropout_core.topics.rates.findings import Best
from dropout_core.ui import data_source, grid_controls, navigation, server
from dropout_core.ui.layout import delay_until_first_chart, small
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
        "seeds": number(3, 1, 10, control="rates_seeds"),
        "data": Setting("mnist", data_source.read),
    },
)


def main() -> None:
    st.title("Which rate?")
    st.markdown(
        "More neurons can spare more of them: so it is said that **a wider net wants a higher rate**. Here nets of "
        "several widths are trained at several rates, each from the same weights and on the same batches, and the best "
        "rate of each width is looked for in what they read right of images they have never seen. If it is so, the "
        "stars and frames below move to the right from row to row."
    )
    try:
        sweep = controls()
        done = grid_controls.trained(sweep)
        if grid_controls.buttons(sweep, done == len(sweep.cells()), "Start"):
            grid_controls.watch(sweep, "cells", show)
        else:
            settled(sweep, done)
    except (SettingError, StoreError) as error:
        st.error(f"This is not possible here: {error}.", icon=":material/error:")
    once.by_width()
    delay_until_first_chart()
    once.slower()
    once.by_images()
    once.convolutional()
    navigation.next_page("rates")


def controls() -> Sweep:
    """The grid that the reader has set; its first values come from the link, which follows it."""
    STATE.begin()
    STATE.show_notes()
    grid, images, epochs, seeds = st.columns(4, gap="medium")
    grid.segmented_control("Grid", tuple(GRIDS), key="rates_grid", required=True)
    images.select_slider("Training images", SIZES, key="rates_images", format_func="{:,}".format)
    epochs.slider("Epochs", 1, 60, key="rates_epochs")
    seeds.slider("Seeds", 1, 10, key="rates_seeds", help="One seed gives no interval, and so no verdict.")
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


def settled(sweep: Sweep, done: int) -> None:
    """What is known of a sweep that is not running."""
    grid_controls.broke_off(sweep, "Start", done == len(sweep.cells()))
    if said := grid_controls.how_far(sweep, done, "cells"):
        then = "What is shown is partial; Start goes on with what is missing" if done else "Start begins anew"
        st.info(f"{said}. {then}.", icon=":material/stop:")
    if not show(sweep):
        st.markdown("Press **Start**: the cells appear as they are finished, and are kept.")


def show(sweep: Sweep) -> bool:
    """Heat map, verdict and curves of the cells that are done; False if there are none."""
    runs = findings.measured(sweep, server.engine().store, server.sweeps().known)
    if runs.empty:
        return False
    best = findings.best(runs)
    shown = pictures.cells(findings.summary(runs), best)
    alt = pictures.in_words(best)
    st.vega_lite_chart(shown, pictures.heat_map(sweep.rates, sweep.widths), key="rates-map", alt=alt)
    small(f"Validation accuracy in %, mean over the seeds. {once.MAP}")
    if len(shown) == len(sweep.cells()):
        verdicts(best, findings.best(runs, "loss"))
    curves(sweep, shown, runs)
    return True


def verdicts(by_accuracy: list[Best], by_loss: list[Best]) -> None:
    """Both measures' answers, always: which of them is clearer must not decide which one is shown."""
    st.header("Does the best rate grow with the net?")
    st.markdown(f"- By accuracy: {findings.verdict(by_accuracy)}\n- By loss: {findings.verdict(by_loss)}")
    gains = "\n".join(f"- {findings.gain_in_words(one)}" for one in by_accuracy)
    st.markdown(f"Accuracy of the best rate against no dropout:\n{gains}")
    small(
        "Accuracy counts the images read right; loss also asks how sure the net was, so that it moves where "
        "accuracy stands still. The best rate is picked on the images it is judged by: its gain is a little flattered."
    )


def curves(sweep: Sweep, shown, runs) -> None:
    """One small chart a width, two in a row; on a phone one below the other."""
    small(
        "Accuracy by rate. Line: mean over the seeds; band: its 95 % interval; faint lines: single seeds; "
        "★ the best. What lies far below is cut off."
    )
    widths = [width for width in sweep.widths if (shown["width"] == width).any()]
    for pair in (widths[i : i + 2] for i in range(0, len(widths), 2)):
        for column, width in zip(st.columns(2, gap="medium"), pair, strict=False):
            rows = pictures.curve_rows(shown, runs, width)
            means = rows[rows["kind"] == "mean"]
            said = ", ".join(f"{a:.1f} % at {r:g}" for r, a in zip(means["rate"], means["accuracy"], strict=True))
            spec = pictures.curve(width, sweep.rates, pictures.lowest_shown(shown, width))
            column.vega_lite_chart(rows, spec, key=f"rates-{width}", alt=f"Accuracy at width {width}: {said}.")


main()
