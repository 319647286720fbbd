"""The masks page shows how one coin flip per neuron changes a network in each pass (the article's first section)."""

import random
from typing import Any

import streamlit as st

from dropout_core.charts.network_diagram import FIELDS, MODES, START, starting_at
from dropout_core.charts.network_tables import PASSES, subnetworks_shown, tables
from dropout_core.numerics.masks import RATES
from dropout_core.topics.masks.charts import masks_chart
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import extract_datasets, formula, text
from dropout_core.ui.page_state import PageState, choice, number

CHART = "masks_chart"
SIZES = {  # label, default, minimum and maximum, keyed by query parameter
    "inputs": ("Inputs", 4, 2, 6),
    "hidden1": ("Hidden layer 1", 6, 1, 10),
    "hidden2": ("Hidden layer 2", 6, 1, 10),
    "outputs": ("Outputs", 3, 1, 5),
}
SEED, HIGHEST_SEED = 7, 9999
STATE = PageState(
    "masks",
    {
        "rate": number(START["rate"], 0, RATES[-1], RATES, chart=("rate", FIELDS["rate"])),
        "pass": number(START["pass"], 1, PASSES, chart=("pass", FIELDS["pass"])),
        "mode": choice(START["mode"], MODES, chart=("mode", FIELDS["mode"])),
        **{name: number(start, low, high, control=f"masks_{name}") for name, (_, start, low, high) in SIZES.items()},
        "seed": number(SEED, 0, HIGHEST_SEED, control="masks_seed"),
    },
)
ALT = (
    "A small network of circles and lines. Hidden neurons that this forward pass drops are dashed rings with a cross, "
    "and their connections are faint and dashed. Beside it: how many hidden neurons are kept, how likely that number "
    "is, and how many different subnetworks the passes so far have shown."
)


def network() -> tuple[tuple[int, ...], int]:
    """Return the layer sizes and seed that the reader has chosen."""
    return tuple(STATE.values[name] for name in SIZES), STATE.values["seed"]


def draw_again() -> None:
    """Choose a random seed that differs from the current seed."""
    step = random.randint(1, HIGHEST_SEED)
    st.session_state.masks_seed = (st.session_state.masks_seed + step) % (HIGHEST_SEED + 1)


@st.cache_resource(max_entries=64, show_spinner=False)
def specification(sizes: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Build the chart of one network, once for all readers; starting_at sets each reader's initial values."""
    return extract_datasets(masks_chart(tables(sizes, seed)))


@st.fragment
def picture(sizes: tuple[int, ...], seed: int) -> None:
    """Draw the chart. It responds entirely in the browser, and reports its controls' values when the reader pauses."""
    start = dict(zip(FIELDS, STATE.first_values(*FIELDS, chart=(sizes, seed)), strict=True))
    spec = starting_at(specification(sizes, seed), start)
    report = st.vega_lite_chart(spec, key=CHART, on_select="rerun", selection_mode=list(FIELDS), alt=ALT)
    STATE.apply_chart_report(report.selection)


def toolbar() -> None:
    """Draw the play button, the button for new draws, and the controls for the layer sizes."""
    with st.container(horizontal=True, vertical_alignment="center"):
        components.play_button(CHART, "pass_k", seconds=0.8, label="Play passes")
        st.button("New draws", icon=":material/casino:", on_click=draw_again, width="content")
        with st.popover("Network", icon=":material/hub:", width="content"):
            # Set the values again in every run. Otherwise, the sliders show their minima when the popover first opens.
            st.session_state.update(
                {key: st.session_state[key] for key in ("masks_seed", *map("masks_{}".format, SIZES))}
            )
            for name, (label, _, low, high) in SIZES.items():
                st.slider(label, low, high, key=f"masks_{name}")
            st.number_input("Seed of the draws", 0, HIGHEST_SEED, key="masks_seed")


STATE.begin()
st.title("Masks")
STATE.show_notes()
text(
    "In every forward pass of training, each hidden neuron $i$ draws a number $u_i$ between 0 and 1. If it is below "
    "the rate $p$, the neuron is **dropped**, with all its connections. Here, inputs and outputs are never dropped.",
    formula(r"u_i \sim \mathrm{U}[0,1) \qquad m_i = \begin{cases} 1 & u_i \ge p \\ 0 & u_i < p \end{cases}"),
)

toolbar()
STATE.read_controls()
STATE.write_link()  # before the picture, so that nobody copies the link to an earlier one
picture(*network())

st.header("Try")
different, possible = subnetworks_shown(*network(), rate=0.5)
text(
    f"- **Play the passes.** At p = 0.5, the {PASSES} passes show {different} different subnetworks of "
    f"{possible:,} possible ones. All of them share the same weights.\n"
    "- **Raise the rate.** Each neuron keeps its random number; raising p lifts the threshold past more of them. "
    "Near 0.95 hardly a path is left, and passes repeat each other.\n"
    "- **Switch to inference.** All neurons are back, and every pass is the same: nothing is random.",
    "How many of $n$ hidden neurons a pass keeps is binomial, so it varies from pass to pass. Two passes agree on "
    "every neuron with a probability that shrinks fast as $n$ grows:",
    formula(r"P(k \text{ kept}) = \binom{n}{k} (1-p)^k\, p^{\,n-k}"),
    formula(r"P(\text{two passes agree}) = \bigl(p^2 + (1-p)^2\bigr)^n"),
    "If a layer loses neurons in training but not at inference, its sums no longer match. What corrects that?",
)
navigation.next_page("masks")
