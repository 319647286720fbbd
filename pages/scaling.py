"""The scaling page shows why kept units are scaled, and how close one scaled pass comes to the average over masks."""

import streamlit as st

from dropout_core.numerics.masks import HIGHEST_RATE, RATES, SCHEMES
from dropout_core.numerics.sampling import MOST_PASSES
from dropout_core.topics.scaling import cached, findings, tables_view
from dropout_core.topics.scaling.vector_input import MOST_UNITS, PRESETS, format_vector, parse_vector
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import delay_until_first_chart, draw, draw_reporting, formula, text
from dropout_core.ui.page_state import PageState, Values, choice, free_text, number

MOST_SEED = 9999

# --- the reader's choices --------------------------------------------------------------------------------------------


def normal_form(vector: str) -> str:
    return format_vector(parse_vector(vector))


STATE = PageState(
    "scaling",
    {
        "rate": number(0.5, 0.0, HIGHEST_RATE, RATES, chart=("rate", "p")),
        "pass": number(cached.PASSES_SHOWN, 1, cached.PASSES_SHOWN),
        "vector": free_text(PRESETS["mixed"], normal_form),
        "seed": number(2, 0, MOST_SEED, control="scaling_seed"),
        "scheme": choice("inverted", SCHEMES, control="scaling_scheme"),
    },
)
RETIRED = ("unit", "passes", "stage")  # settings of older versions, which old links may contain


def use_preset(vector: str) -> None:
    st.session_state.scaling_text = vector


def controls() -> None:
    """Draw the input fields for the vector and the seed. An invalid vector is explained, and changes nothing."""
    left, right = st.columns([3, 1], gap="large")
    hint = f"Up to {MOST_UNITS} numbers from −100 to 100, with commas or spaces between them."
    left.text_input("Your own activations", key="scaling_text", max_chars=120, help=hint)
    right.number_input("Seed", 0, MOST_SEED, key="scaling_seed", help="Decides the masks and the network’s weights.")
    with left.container(horizontal=True, gap="small"):
        for name, vector in PRESETS.items():
            st.button(name, on_click=use_preset, args=(vector,))


def read_controls() -> Values:
    """Update the settings from the controls. If the text is no vector, the last valid one is kept."""
    chosen = STATE.read_controls()
    try:
        chosen["vector"] = normal_form(st.session_state.scaling_text)
    except ValueError as error:
        st.warning(f"{error} The page keeps showing {chosen['vector']}.", icon=":material/edit:")
    return chosen


# --- sections of the page --------------------------------------------------------------------------------------------


def pass_after_pass(vector: tuple[float, ...]) -> float:
    """Draw the sums of the passes, which move by themselves unless the link names a pass. Returns the first rate."""
    chosen = STATE.values
    rate, shown = STATE.first_values("rate", "pass", chart=(vector, chosen["seed"]))
    heading = st.container()  # filled once the chart has reported the rate
    st.markdown("Dropped units pass on 0; the next neuron receives the sum of the others. The dot is the latest pass.")
    with components.rate_slider(rate):
        components.play_button("scaling_sums", "pass_k", 0.15, "Play passes", autoplay=shown == cached.PASSES_SHOWN)
    alt = "Two histograms of the sums that the next neuron receives over the passes so far. The unscaled sums gather "
    alt += "around (1 − p) times the target; the scaled sums gather around the target, and spread more widely."
    spec = cached.sums_chart(vector, chosen["seed"], rate, shown)
    STATE.apply_chart_report(draw_reporting(spec, "scaling_sums", alt, ["rate"]))
    heading.header(findings.sums_found(parse_vector(chosen["vector"]), STATE.values["rate"]))
    return rate


def three_schemes(rate: float) -> None:
    st.header(findings.schemes_found(STATE.values["rate"]))
    st.markdown(
        "A unit whose activation is 1. Bars: the two values that it passes on in training, as high as they are "
        "probable. Triangle: their mean. Line: its value at inference, where nothing is dropped."
    )
    alt = "For each scheme, the two values of one unit in training with their probabilities, their mean, and the value "
    alt += "at inference. Mean and inference coincide for standard and for inverted dropout."
    draw(cached.schemes_chart(rate), "scaling_schemes", alt)
    text(
        "**Standard dropout** shrinks the weights at inference. **Inverted dropout** scales up the kept activations "
        "in training, so inference needs no change. Use one or the other: with both, the scaling is applied twice.",
        formula(r"W_\text{test} = (1-p)\,W \quad\text{or}\quad A'' = \tfrac{A \,\odot\, M}{1-p}"),
        r":small[A: the activations; M: the mask, with $M_i \sim \mathrm{Bernoulli}(1-p)$; $\odot$: entry by entry.]",
    )
    with st.expander("The three schemes in PyTorch"):
        tables_view.schemes()


def the_mean_and_the_noise(rate: float) -> None:
    with st.expander("How fast does the mean settle, and what does it cost?"):
        alt = f"Running mean of one unit of activation 1 over 1 to {MOST_PASSES:,} passes on a logarithmic axis. "
        alt += "Scaled, it settles on 1; unscaled, on 1 − p. The exact 95 % bands narrow."
        draw(cached.running_chart(STATE.values["seed"], rate), "scaling_running", alt)
        text(
            "The mean of k passes of one unit whose activation is 1. Each band holds 95 % of all such series; "
            "it is exact (binomial). Four times the passes, half the width.",
            formula(r"\mathbb{E}[A''_i] = (1-p)\,\frac{a_i}{1-p} = a_i"),
            "The factor repairs only the mean. It makes the noise larger, and the noise exists only in training:",
            formula(r"\mathrm{Var}[A''_i] = a_i^2\,\frac{p}{1-p} \qquad \mathrm{Var}[A'_i] = a_i^2\,p\,(1-p)"),
            "Batch normalisation after dropout learns the variance of training and meets a different one at inference.",
        )


def whole_network(vector: tuple[float, ...], rate: float) -> None:
    chosen = STATE.values
    gaps = cached.network_gaps(vector, chosen["seed"], chosen["scheme"])
    st.header(findings.gaps_found(gaps, chosen["rate"]))
    st.markdown(
        f"The activations enter a network with {' + '.join(map(str, cached.HIDDEN))} hidden units. We run all "
        f"{2 ** sum(cached.HIDDEN):,} subnetworks, weight each by its probability, and compare their average with "
        f"the one scaled pass. Grey ticks: {cached.OTHER_NETWORKS} other random networks."
    )
    st.segmented_control("Scheme", SCHEMES, key="scaling_scheme", required=True)
    alt = "Largest gap between the scaled pass and the exact average on a logarithmic axis, for a linear network "
    alt += "and for four stages of a ReLU network; grey ticks are other random networks."
    draw(cached.gaps_chart(vector, chosen["seed"], chosen["scheme"], rate), "scaling_gaps", alt)
    with st.expander("Why a ReLU opens a gap"):
        text(
            "A sum is linear, so its average over the masks is the sum of the averages. A ReLU cuts each subnetwork's "
            "sum at zero separately, and the average of the cut sums is at least the cut average:",
            formula(r"\mathbb{E}[\mathrm{ReLU}(Z)] \ge \mathrm{ReLU}(\mathbb{E}[Z])"),
            "Softmax, which turns outputs into probabilities, bends the sums once more. Without scaling, the sums "
            "themselves are off already.",
        )


@st.fragment
def essay() -> None:
    chosen = read_controls()
    STATE.write_link()  # before the pictures, as on the Masks page
    vector = tuple(parse_vector(chosen["vector"]).tolist())
    rate = pass_after_pass(vector)
    controls()
    delay_until_first_chart()
    three_schemes(rate)
    the_mean_and_the_noise(rate)
    whole_network(vector, rate)


if STATE.begin():
    st.session_state.scaling_text = STATE.values["vector"]
st.title("Inverted scaling")
STATE.show_notes(RETIRED)
essay()
navigation.next_page("scaling")
