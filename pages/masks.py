"""The masks page shows how one coin flip per neuron changes a network in each pass (the article's first section)."""

from typing import Any

import streamlit as st

from dropout_core.charts.network_diagram import FIELDS, MODES, START, starting_at
from dropout_core.charts.network_tables import PASSES, subnetworks_shown, tables
from dropout_core.charts.theme import DROPOUT, DROPPED, KEPT, NEGATIVE
from dropout_core.experiments.recipe import FACTS
from dropout_core.numerics.masks import RATES
from dropout_core.topics.masks import digit_net
from dropout_core.topics.masks.charts import masks_chart
from dropout_core.topics.masks.digit_net import check_drawing, check_overrides
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import extract_datasets, formula, text
from dropout_core.ui.page_state import PageState, choice, free_text, number

SIZES = {  # label, default, minimum and maximum, keyed by query parameter
    "inputs": ("Inputs", 4, 2, 6),
    "hidden1": ("Hidden layer 1", 6, 1, 10),
    "hidden2": ("Hidden layer 2", 6, 1, 10),
    "outputs": ("Outputs", 3, 1, 5),
}
SEED, HIGHEST_SEED, DIGIT = 7, 9999, 3
LIVE, LED = "live", "led_masks_sizes"
STATE = PageState(
    "masks",
    {
        "rate": number(START["rate"], 0, RATES[-1], RATES, chart=(LIVE, "rate")),
        "pass": number(START["pass"], 1, PASSES, chart=(LIVE, "pass")),
        "mode": choice(START["mode"], MODES, chart=(LIVE, "mode")),
        "digit": number(DIGIT, 0, 9, chart=(LIVE, "digit")),
        "drawn": free_text("", check_drawing, chart=(LIVE, "drawn")),
        "hand": free_text("", check_overrides, chart=(LIVE, "hand")),
        "seed": number(SEED, 0, HIGHEST_SEED, chart=(LIVE, "seed")),
        **{name: number(start, low, high, control=f"masks_{name}") for name, (_, start, low, high) in SIZES.items()},
    },
)
ALT = (
    "A small network of circles and lines. Hidden neurons that this forward pass drops are dashed rings with a cross, "
    "and their connections are faint and dashed. Beside it: how many hidden neurons are kept, how likely that number "
    "is, and how many different subnetworks the passes so far have shown."
)


@st.cache_resource(max_entries=64, show_spinner=False)
def specification(sizes: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Build the chart of one network, once for all readers; starting_at sets each reader's initial values."""
    return extract_datasets(masks_chart(tables(sizes, seed)))


@st.fragment
def pictures() -> None:
    """Draw the live network and the network of free sizes, which follows its rate, pass and mode in the browser."""
    STATE.read_controls()
    STATE.write_link()  # before the pictures, so that nobody copies the link to earlier ones
    live_network()
    suggestions()
    subnetworks(tuple(STATE.values[name] for name in SIZES), STATE.values["seed"])


def live_network() -> None:
    """Draw the trained net. The browser reports the reader's settings after a pause."""
    net = digit_net.load()
    names = ("rate", "pass", "mode", "digit", "drawn", "hand", "seed")
    data = {
        "layers": net.layers,
        "samples": net.samples.tolist(),
        "white": digit_net.LEVELS,
        "settings": dict(zip(names, STATE.first_values(*names), strict=True)),
        "visit": navigation.visit(),
        "colours": {"kept": KEPT, "dropped": DROPPED, "against": NEGATIVE, "answer": DROPOUT},
        "follower": LED,
    }
    if report := components.live_network("masks_live", data):
        STATE.apply_chart_report({LIVE: [report]})


def suggestions() -> None:
    net = digit_net.load()
    st.header(f"With half its neurons dropped, this net still reads {net.masked_accuracy:.0f} % of digits")
    text(
        f"That is the accuracy under random masks at p = {digit_net.MASKED:g}; with all neurons, it is "
        f"{net.accuracy:.0f} %. The net was trained with dropout, so no neuron could rely on a particular partner.",
        "- **Click neurons away.** How many can you drop before the answer changes? Does every neuron matter equally?\n"
        "- **Raise the rate.** Each neuron keeps its random number; raising p lifts the threshold past more of them, "
        "and the remaining ones are scaled up.\n"
        "- **Switch to inference**, or **draw a digit** (✎). At inference nothing is random: every pass is the same.",
    )


def subnetworks(sizes: tuple[int, ...], seed: int) -> None:
    """Draw a network of any size, which counts kept neurons and subnetworks."""
    different, possible = subnetworks_shown(sizes, seed, rate=0.5)
    st.header("Each mask selects a subnetwork")
    st.markdown(
        f"A network without a task, of any size, under the same controls. At p = 0.5, the {PASSES} passes show "
        f"{different} different subnetworks of {possible:,} possible ones. All of them share the same weights."
    )
    size_controls()
    start = dict(zip(FIELDS, STATE.first_values(*FIELDS, chart=(sizes, seed)), strict=True))
    with st.container(key=LED):
        st.vega_lite_chart(starting_at(specification(sizes, seed), start), key="masks_chart", alt=ALT)


def size_controls() -> None:
    with st.popover("Network size", icon=":material/hub:", width="content"):
        # Set the values again in every run. Otherwise, the sliders show their minima when the popover first opens.
        st.session_state.update({key: st.session_state[key] for key in map("masks_{}".format, SIZES)})
        for name, (label, _, low, high) in SIZES.items():
            st.slider(label, low, high, key=f"masks_{name}")


def details() -> None:
    """Show the formulas and the net's provenance, folded."""
    with st.expander("Formulas"):
        text(
            "A neuron is dropped if its number $u_i$ is below the rate. Inputs and outputs are never dropped here.",
            formula(r"u_i \sim \mathrm{U}[0,1) \qquad m_i = \begin{cases} 1 & u_i \ge p \\ 0 & u_i < p \end{cases}"),
            "How many of $n$ hidden neurons a pass keeps is binomial. Two passes agree on every neuron with a "
            "probability that shrinks fast as $n$ grows:",
            formula(r"P(k \text{ kept}) = \binom{n}{k} (1-p)^k\, p^{\,n-k}"),
            formula(r"P(\text{two passes agree}) = \bigl(p^2 + (1-p)^2\bigr)^n"),
        )
    with st.expander("About this net"):
        net = digit_net.load()
        r, made = net.recipe, net.provenance
        optimiser = FACTS["optimiser"].words_for(r.optimiser)
        text(
            f"{digit_net.SIDE**2} pixels, hidden layers of {r.hidden[0]} and {r.hidden[1]} ReLUs, ten outputs. Trained "
            f"on {made['data']}: dropout at p = {r.rate:g}, {r.epochs} epochs, {optimiser}, seed "
            f"{r.seeds[0]}. Accuracies are on {made['validation_images']:,} validation images; a sample is the "
            "first that the net reads with more than the median probability of its digit. From the pixels, only the "
            "four strongest connections to each neuron are drawn.",
            f":small[{made['ended'][:10]}, torch {made['torch']}, {made['hardware']}, commit `{made['commit'][:10]}`. "
            "To repeat: `python -m dropout_core reference masks`.]",
        )


STATE.begin()
st.title("Masks")
STATE.show_notes()
st.markdown(
    "In every forward pass of training, each hidden neuron is **dropped** with probability *p*; the kept ones are "
    "scaled up. Watch the answer sway."
)
pictures()
details()
st.markdown("If a layer loses neurons in training but not at inference, its sums no longer match. What corrects that?")
navigation.next_page("masks")
