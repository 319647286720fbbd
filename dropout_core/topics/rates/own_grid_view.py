"""The reader's own grid of rates and widths: its estimated time, start button, and the results of finished cells."""

import pandas as pd
import streamlit as st

from dropout_core.common.text import duration
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import TAKE_FIVE
from dropout_core.topics.rates import charts_heat_map, findings, map_power, stored_grids
from dropout_core.topics.rates.charts_heat_map import MAP
from dropout_core.topics.rates.controls_view import has_own_settings, own_sweep
from dropout_core.topics.rates.findings import Best
from dropout_core.ui import grid_controls, server
from dropout_core.ui.layout import small

_OPEN = "rates_own_open"  # key in the session state: once open, the expander stays open


def own_grid() -> None:
    """Show an expander with a grid that the reader can train. It is open if the reader has changed or started one."""
    st.session_state[_OPEN] = st.session_state.get(_OPEN, False) or has_own_settings()
    fold = st.container(key="rates_own")
    with fold.expander("Train your own grid", icon=":material/grid_on:", expanded=st.session_state[_OPEN]):
        sweep = own_sweep()
        done = grid_controls.stored_cells(sweep)
        small(time_needed(sweep))
        if grid_controls.buttons(sweep, done == len(sweep.cells()), "Start"):
            st.session_state[_OPEN] = True
            grid_controls.watch(sweep, "cells", lambda _: show(sweep))
        else:
            not_running(sweep, done)


def time_needed(sweep: Sweep) -> str:
    """Estimate how long the missing cells take on this machine's processor, from the recorded runs' times."""
    engine = server.engine()
    if engine.settings.scheduler or engine.describe().get("device", "cpu") != "cpu":
        return ""  # other machines differ in speed, and a GPU trains all runs in parallel
    done = set(engine.store.keys())
    missing = [cell for cell in sweep.cells() if cell.recipe.key not in done]
    seconds = stored_grids.seconds(missing) / engine.settings.workers.total
    return f"Training will take about {duration(seconds)}, judging by the recorded runs." if missing else ""


def not_running(sweep: Sweep, done: int) -> None:
    """Show the finished cells of a sweep that is not running, and explain why it stopped."""
    grid_controls.show_failures(sweep, "Start", done == len(sweep.cells()))
    if progress := grid_controls.partial_text(sweep, done, "cells"):
        then = "These results are incomplete; press Start to train the rest" if done else "Start begins from scratch"
        st.info(f"{progress}. {then}.", icon=":material/stop:")
    if not show(sweep):
        st.markdown("Press **Start**. Each cell appears and is saved as soon as it is finished.")


def show(sweep: Sweep) -> bool:
    """Show the heat map, verdicts and curves of the finished cells. Returns False if no cell is finished."""
    runs = findings.measured(sweep, server.engine().store, server.sweeps().known)
    if runs.empty:
        return False
    best = findings.best(runs)
    cells = charts_heat_map.cells(findings.summary(runs), best)
    spec, alt = charts_heat_map.heat_map(sweep.rates, sweep.widths), charts_heat_map.in_words(best)
    judged = len(sweep.seeds) >= FEWEST
    rule = f"{MAP} {map_power.of_rows(runs)}".rstrip() if judged else f"**{TAKE_FIVE}**"
    small(f"Validation accuracy in %, averaged over the seeds. {rule}")
    st.vega_lite_chart(cells, spec, key="rates-map", alt=alt)
    if judged and len(cells) == len(sweep.cells()):
        verdicts(best, runs)
    curves(sweep, cells, runs)
    return True


def verdicts(by_accuracy: list[Best], runs: pd.DataFrame) -> None:
    """Show the verdicts by accuracy and by loss. Showing only the clearer of the two would bias the answer."""
    st.subheader("Does the best rate grow with the width of the net?")
    st.markdown("\n".join(f"- **By {column}:** {findings.verdict(runs, column)}" for column in ("accuracy", "loss")))
    gains = "\n".join(f"- {findings.gain_in_words(best)}" for best in by_accuracy)
    st.markdown(f"Gain in accuracy from the best rate over no dropout:\n{gains}")
    small(
        "Accuracy counts only correctly classified images. Loss also depends on the net’s confidence, so it can "
        "change while accuracy stays the same. Each gain is a mean over the seeds. For each seed, the rate is chosen "
        "on the other seeds, so the gains are not optimistic. They share these choices, so they have no valid "
        "interval."
    )


def curves(sweep: Sweep, cells: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Draw a small chart for each width, two per row. On a phone, the charts are stacked."""
    small(
        "Accuracy by rate. Line: mean over the seeds; faint lines: single "
        f"seeds{'; band: 95 % interval of the mean; ★ best rate' if len(sweep.seeds) >= FEWEST else ''}. Values far "
        "below the best are not shown."
    )
    widths = [width for width in sweep.widths if (cells["width"] == width).any()]
    for pair in (widths[i : i + 2] for i in range(0, len(widths), 2)):
        for column, width in zip(st.columns(2, gap="medium"), pair, strict=False):
            rows = charts_heat_map.curve_rows(cells, runs, width)
            means = rows[rows["kind"] == "mean"]
            values = ", ".join(f"{a:.1f} % at {r:g}" for r, a in zip(means["rate"], means["accuracy"], strict=True))
            spec = charts_heat_map.curve(width, sweep.rates, charts_heat_map.lowest_shown(cells, width))
            column.vega_lite_chart(rows, spec, key=f"rates-{width}", alt=f"Accuracy at width {width}: {values}.")
