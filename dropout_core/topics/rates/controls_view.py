"""The settings of the rates page: the reader's guesses, whether results are shown, and the reader's own grid."""

from functools import lru_cache

import streamlit as st

from dropout_core.experiments.catalogue import RATES, WIDTHS
from dropout_core.experiments.recipe import DATA
from dropout_core.experiments.sweep import Sweep
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import TAKE_FIVE
from dropout_core.topics.rates.charts_guess import FIELD, parameter
from dropout_core.ui import data_source, server
from dropout_core.ui.page_state import GuessState, Setting, choice, current, number

GRIDS = {
    "small": ((0.0, 0.2, 0.4, 0.6, 0.8), (16, 64, 256)),
    "large": ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (16, 64, 256, 1024)),
}
SIZES = (500, 1_000, 2_000, 4_000)
GUESSES = {width: parameter(width) for width in WIDTHS}  # names of the settings
_OWN = {
    "grid": choice("small", tuple(GRIDS), control="rates_grid"),
    "images": number(1_000, SIZES[0], SIZES[-1], SIZES, control="rates_images"),
    "epochs": number(30, 1, 60, control="rates_epochs"),
    "seeds": number(FEWEST, 1, 10, control="rates_seeds"),
}
_sweep = lru_cache(maxsize=64)(Sweep)  # a sweep keeps the keys of its cells, which take 10 ms to compute
STATE = GuessState(
    "rates",
    number(0, 0, 1),  # whether the reader has submitted the guesses
    {
        **_OWN,
        "data": Setting("mnist", data_source.read),
        **{name: number(0.4, RATES[0], RATES[-1], RATES, chart=(name, FIELD)) for name in GUESSES.values()},
    },
)


def begin() -> None:
    """Read the link and the controls, and update the link."""
    STATE.begin()
    STATE.show_notes()
    STATE.read_controls()["data"] = server.data_source().data
    STATE.write_link()


def guesses() -> dict[int, float]:
    """Return the guessed rate for each width. It is empty if the reader has not guessed."""
    return {width: STATE.values[name] for width, name in GUESSES.items()} if STATE.values["guess"] else {}


def has_own_settings() -> bool:
    """Whether any setting of the reader's own grid differs from its default."""
    return any(STATE.values[name] != setting.default for name, setting in _OWN.items())


def own_sweep() -> Sweep:
    """Draw the controls of the reader's own grid, and return it."""
    grid, images, epochs, seeds = st.columns(4, gap="medium")
    grid.segmented_control("Grid", tuple(GRIDS), default=current("rates_grid"), key="rates_grid", required=True)
    images.select_slider(
        "Training images", SIZES, current("rates_images"), key="rates_images", format_func="{:,}".format
    )
    epochs.slider("Epochs", 1, 60, current("rates_epochs"), key="rates_epochs")
    seeds.slider(
        "Seeds", 1, 10, current("rates_seeds"), key="rates_seeds", help=f"Few seeds give only means. {TAKE_FIVE}"
    )
    source, values = server.data_source(), STATE.values
    rates, widths = GRIDS[values["grid"]]
    data_source.note(source, f" {len(rates) * len(widths)} cells.")
    return _sweep(
        rates=rates,
        widths=widths,
        data=source.data,
        images=min(values["images"], DATA[source.data]),
        epochs=values["epochs"],
        seeds=tuple(range(values["seeds"])),
    )
