"""The masks page shows how one coin flip per neuron changes a network in each pass (the article's first section)."""

import numpy as np
import streamlit as st

from dropout_core.charts.network_diagram import FIELDS, MODES, START, starting_at
from dropout_core.charts.network_tables import PASSES, subnetworks_shown
from dropout_core.charts.theme import DROPOUT, DROPPED, KEPT, NEGATIVE
from dropout_core.experiments.recipe import DROPOUT as DROPOUT_ARM
from dropout_core.experiments.recipe import FACTS
from dropout_core.numerics.masks import RATES
from dropout_core.topics.masks import cached, digit_net
from dropout_core.topics.masks.digit_net import check_drawing, check_overrides
from dropout_core.topics.overview import findings as overview
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import expander, formula, text
from dropout_core.ui.page_state import PageState, choice, current, free_text, number

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
    "A small network of circles and lines. Hidden neurons dropped in this forward pass are dashed rings with a "
    "cross, and their connections are faint and dashed. Beside the network: the number of hidden neurons kept, the "
    "probability of this number, and the number of different subnetworks in the passes so far."
)


@st.fragment
def pictures() -> None:
    """Draw the live network, and a network of the selected size that shows the same rate, pass and mode."""
    STATE.read_controls()
    STATE.write_link()  # before drawing the pictures, so that nobody copies an outdated link
    live_network()
    suggestions()
    subnetworks(tuple(STATE.values[name] for name in SIZES), STATE.values["seed"])


def live_network() -> None:
    """Draw the trained net. The browser reports the reader's settings after a pause."""
    names = ("rate", "pass", "mode", "digit", "drawn", "hand", "seed")
    data = {
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
    st.header(
        f"With half its neurons dropped, this small net classifies {net.masked_accuracy:.0f} % of digits correctly; "
        f"with all of them, {net.accuracy:.0f} %"
    )
    removed, accuracy = larger_net()
    changed, falls = digit_net.single_drops()
    neuron, digit = divmod(int(falls.argmax()), len(net.samples))
    text(
        f"These masks are random, with p = {digit_net.MASKED:g}. The net has only {sum(net.recipe.hidden)} hidden "
        f"neurons, and was trained at p = {net.recipe.rate:g}. The larger net of the overview, also trained with "
        f"dropout, still classifies {accuracy:.0f} % of digits correctly without {removed} of its neurons.",
        "- **Click neurons to drop them.** Does every neuron matter equally? At inference, dropping one neuron "
        f"changes the answer in {changed} of {len(falls)} cases ({len(net.samples)} digits, each neuron in turn). In "
        f"{100 * np.mean(falls < 1):.0f} % of cases, the probability of the original answer falls by less than one "
        f"point; in the worst case (digit {digit} without {digit_net.neuron_name(neuron)}), it falls by "
        f"{falls.max():.0f} points.\n- **Raise the rate.** In each pass, a neuron is dropped if its random number is "
        "below p. The random numbers stay the same, so raising p only drops more neurons.\n- **Switch to inference**, "
        "or **draw a digit** (✎). At inference, nothing is random.",
    )


def larger_net() -> tuple[int, float]:
    """Return how many neurons the overview removes, and the accuracy of its dropout net without them."""
    removed, accuracy = overview.removed(digit_net.MASKED)
    return removed, accuracy[DROPOUT_ARM]


def subnetworks(sizes: tuple[int, ...], seed: int) -> None:
    """Draw a network of the selected size, and count its kept neurons and subnetworks."""
    different, possible = subnetworks_shown(sizes, seed, rate=0.5)
    st.header("Each mask selects a subnetwork")
    st.markdown(
        "This network was not trained. Choose its size; the controls above apply here too. At p = 0.5, its "
        f"{PASSES} passes use {different} of {possible:,} possible subnetworks, which all share the same weights. "
        "Two passes are likely to share a subnetwork only with few neurons, or with p close to 0 or 1."
    )
    size_controls()
    start = dict(zip(FIELDS, STATE.first_values(*FIELDS, chart=(sizes, seed)), strict=True))
    with st.container(key=LED):
        st.vega_lite_chart(starting_at(cached.chart(sizes, seed), start), key="masks_chart", alt=ALT)


def size_controls() -> None:
    with st.popover("Network size", icon=":material/hub:", width="content"):
        # Set the values again in every run. Otherwise, the sliders show their minima when the popover first opens.
        st.session_state.update({key: st.session_state[key] for key in map("masks_{}".format, SIZES)})
        for name, (label, _, low, high) in SIZES.items():
            st.slider(label, low, high, current(f"masks_{name}"), key=f"masks_{name}")


def details() -> None:
    """Show the formulas and the net's provenance in expanders."""
    expander("Formulas", formulas)
    expander(reference_panel.ABOUT, provenance, icon="info")


def provenance() -> None:
    net = digit_net.load()
    r, made = net.recipe, net.provenance
    optimiser = FACTS["optimiser"].words_for(r.optimiser)
    text(
        f"The net has {digit_net.SIDE**2} input pixels, hidden layers of {r.hidden[0]} and {r.hidden[1]} ReLUs, and "
        f"ten outputs. It was trained on {made['data']}, with dropout at p = {r.rate:g}, for {r.epochs} epochs, with "
        f"{optimiser} and seed {r.seeds[0]}. Accuracies are measured on {made['validation_images']:,} validation "
        "images. For each digit, the sample is the first image whose correct class is predicted with above-median "
        "probability. The picture shows only the four strongest connections between each neuron and the pixels.",
        f":small[{made['ended'][:10]}, torch {made['torch']}, {made['hardware']}, commit `{made['commit'][:10]}`. "
        "To repeat: `python -m dropout_core reference masks`.]",
    )


def formulas() -> None:
    text(
        "A neuron is dropped if its random number $u_i$ is below $p$. On this page, inputs and outputs are never "
        "dropped.",
        formula(r"u_i \sim \mathrm{U}[0,1) \qquad m_i = \begin{cases} 1 & u_i \ge p \\ 0 & u_i < p \end{cases}"),
        "The number of hidden neurons kept, out of $n$, follows a binomial distribution. The probability that two "
        "passes agree on every neuron falls quickly as $n$ grows:",
        formula(r"P(k \text{ kept}) = \binom{n}{k} (1-p)^k\, p^{\,n-k}"),
        formula(r"P(\text{two passes agree}) = \bigl(p^2 + (1-p)^2\bigr)^n"),
    )


STATE.begin()
st.title("Masks")
STATE.show_notes()
st.markdown(
    "Each training pass **drops** each hidden neuron with probability *p* (its output is 0, so its connections carry "
    "nothing) and scales the others by 1 / (1 − *p*).",
    help=explain("mask"),
)
pictures()
details()
st.markdown(
    "If neurons are dropped in training but not at inference, the sums in the next layer no longer match. What "
    "corrects that?"
)
navigation.next_page("masks")
