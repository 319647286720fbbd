"""The scaling page shows why kept units are scaled, and how close one scaled pass comes to the average over masks."""

import numpy as np
import streamlit as st

from dropout_core.numerics.masks import HIGHEST_RATE, RATES, SCHEMES, inference_scale, moments
from dropout_core.numerics.sampling import MOST_PASSES
from dropout_core.topics.scaling import cached, findings, tables_view
from dropout_core.topics.scaling.vector_input import MOST_UNITS, PRESETS, format_vector, parse_vector
from dropout_core.ui import components, navigation
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import draw, draw_reporting, expander, formula, text
from dropout_core.ui.page_state import PageState, Values, choice, current, free_text, number

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
    hint = f"Up to {MOST_UNITS} numbers from −100 to 100, separated by commas or spaces."
    left.text_input("Your own activations", current("scaling_text"), key="scaling_text", max_chars=120, help=hint)
    right.number_input(
        "Seed",
        0,
        MOST_SEED,
        current("scaling_seed"),
        key="scaling_seed",
        help="Determines the masks and the network’s weights.",
    )
    with left.container(horizontal=True, gap="small"):
        for name, vector in PRESETS.items():
            st.button(name, on_click=use_preset, args=(vector,))


def read_controls() -> Values:
    """Update the settings from the controls. If the text is not a valid vector, the last valid one is kept."""
    chosen = STATE.read_controls()
    try:
        chosen["vector"] = normal_form(st.session_state.get("scaling_text", chosen["vector"]))
    except ValueError as error:
        st.warning(f"{error} The page still shows {chosen['vector']}.", icon=":material/edit:")
    return chosen


# --- sections of the page --------------------------------------------------------------------------------------------


def pass_after_pass(vector: tuple[float, ...]) -> float:
    """Draw the sums of the passes, animated unless the link names a pass. Returns the chart's initial rate."""
    chosen = STATE.values
    rate, shown = STATE.first_values("rate", "pass", chart=(vector, chosen["seed"]))
    heading = st.container()  # filled once the chart has reported the rate
    st.markdown(
        "Dropped units output 0. The next neuron adds up the other activations, all with weight 1. The **target** "
        "is the sum with all units active, as at inference. The dot marks the latest pass, and the triangles mark "
        "the means over the passes so far."
    )
    with components.rate_slider(rate):
        components.play_button("scaling_sums", "pass_k", 0.15, "Play passes", autoplay=shown == cached.PASSES_SHOWN)
    alt = "Two histograms of the sums that the next neuron receives over the passes so far. The unscaled sums cluster "
    alt += "around (1 − p) times the target; the scaled sums are centred on the target but spread more widely."
    spec = cached.sums_chart(vector, chosen["seed"], rate, shown)
    STATE.apply_chart_report(draw_reporting(spec, "scaling_sums", alt, ["rate"]))
    a, p = parse_vector(chosen["vector"]), STATE.values["rate"]
    heading.header(findings.sums_found(a, p))
    st.markdown(findings.spread_found(a, p))
    return rate


def three_schemes(rate: float) -> None:
    st.header(findings.schemes_found(STATE.values["rate"]))
    st.markdown(
        "The chart shows one unit with activation 1. Bars: the unit’s two possible outputs in training; the height of "
        "a bar is its probability. Triangle: the mean output in training. Line: the output at inference, when nothing "
        "is dropped."
    )
    alt = "For each scheme, the two values of one unit in training, their probabilities and mean, and the value at "
    alt += "inference. The mean in training equals the value at inference for standard and for inverted dropout."
    draw(cached.schemes_chart(rate), "scaling_schemes", alt)
    p = STATE.values["rate"]
    text(
        "**Standard dropout** scales down the weights at inference. **Inverted dropout** scales up the kept "
        "activations in training, so inference needs no change. Use only one of them: with both, this unit’s "
        f"output averages {moments(np.ones(1), p, 'inverted')[0][0]:.2f} in training but is "
        f"{inference_scale(p, 'standard'):.2f} at inference.",
        formula(r"W_\text{test} = (1-p)\,W \quad\text{or}\quad A'' = \tfrac{A \,\odot\, M}{1-p}"),
        r":small[A: the activations; M: the mask, with $M_i \sim \mathrm{Bernoulli}(1-p)$; $\odot$: elementwise.]",
    )
    expander("The three schemes in PyTorch", tables_view.schemes)


def the_mean_and_the_noise(rate: float) -> None:
    alt = (
        f"Running mean of the output of one unit with activation 1, over 1 to {MOST_PASSES:,} passes, on a "
        "logarithmic axis. "
    )
    alt += "With scaling, the mean converges to 1; without scaling, to 1 − p. The exact 95 % bands narrow."
    st.markdown(
        "The chart shows the mean output over k passes, for a single unit with activation 1. At each k, the band "
        "contains 95 % of all such means; it is computed exactly from the binomial distribution. Quadrupling the "
        "number of passes halves the width of the band."
    )
    draw(cached.running_chart(STATE.values["seed"], rate), "scaling_running", alt)
    text(
        formula(r"\mathbb{E}[A''_i] = (1-p)\,\frac{a_i}{1-p} = a_i"),
        "The factor 1 / (1 − p) corrects only the mean. It increases the noise, which is present only in training:",
        formula(r"\mathrm{Var}[A''_i] = a_i^2\,\frac{p}{1-p} \qquad \mathrm{Var}[A'_i] = a_i^2\,p\,(1-p)"),
        r"Here $A' = A \odot M$ is the masked activation without scaling.",
        "Batch normalisation after dropout learns the variance seen in training, but the variance differs at "
        "inference.",
    )


def whole_network(vector: tuple[float, ...], rate: float) -> None:
    chosen = STATE.values
    gaps = cached.network_gaps(vector, chosen["seed"], chosen["scheme"])
    st.header(findings.gaps_found(gaps, chosen["rate"], chosen["scheme"]))
    st.markdown(
        f"The activations above are the inputs of a network with {' + '.join(map(str, cached.HIDDEN))} hidden "
        f"units. We run all {2 ** sum(cached.HIDDEN):,} subnetworks, weight each by its probability, and compare "
        "their average with the single pass at inference. ReLU and softmax are nonlinear, so the average of their "
        "outputs is not their output for the average input. Diamond: equal up to rounding. Grey ticks show "
        f"{cached.OTHER_NETWORKS} other random networks.",
        help=explain("ReLU", "softmax"),
    )
    st.segmented_control("Scheme", SCHEMES, default=current("scaling_scheme"), key="scaling_scheme", required=True)
    alt = "Largest gap between the scaled pass and the exact average on a logarithmic axis, for a linear network "
    alt += "and for four stages of a ReLU network; grey ticks are other random networks."
    draw(cached.gaps_chart(vector, chosen["seed"], chosen["scheme"], rate), "scaling_gaps", alt)
    expander("Why a ReLU makes the scaled pass inexact", why_a_gap)


def why_a_gap() -> None:
    text(
        "A sum is linear, so its average over the masks is the sum of the averages. A ReLU clips the sum of each "
        "subnetwork at zero separately, so the average of the clipped sums can exceed the clipped average, but "
        "cannot fall below it:",
        formula(r"\mathbb{E}[\mathrm{ReLU}(Z)] \ge \mathrm{ReLU}(\mathbb{E}[Z])"),
        "Softmax, which turns outputs into probabilities, is a further nonlinearity. Without scaling, even the sums "
        "have the wrong mean.",
    )


@st.fragment
def essay() -> None:
    chosen = read_controls()
    STATE.write_link()  # before drawing the pictures, as on the Masks page
    vector = tuple(parse_vector(chosen["vector"]).tolist())
    rate = pass_after_pass(vector)
    controls()
    wait_for_first_chart()
    three_schemes(rate)
    expander("How fast does the mean converge, and how noisy is each pass?", the_mean_and_the_noise, rate)
    whole_network(vector, rate)


if STATE.begin():
    st.session_state.scaling_text = STATE.values["vector"]
st.title("Inverted scaling")
STATE.show_notes(RETIRED)
essay()
navigation.next_page("scaling")
