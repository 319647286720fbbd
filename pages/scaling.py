"""The scaling page shows the effect of scaling, and how well one scaled pass approximates the average over masks."""

import numpy as np
import streamlit as st

from dropout_core.numerics.enumeration import STAGES, compare
from dropout_core.numerics.masks import HIGHEST_RATE, RATES, SCHEMES
from dropout_core.numerics.sampling import MOST_PASSES, mean_error, pass_counts
from dropout_core.topics.scaling import cached, tables_view
from dropout_core.topics.scaling.vector_input import MOST_UNITS, PRESETS, format_vector, parse_vector
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import delay_until_first_chart, draw, draw_reporting, formula, small, text, two_columns
from dropout_core.ui.page_state import PageState, Setting, Values, choice, free_text, number
from dropout_core.ui.query_params import number_param

MOST_SEED = 9999
COUNTS = tuple(pass_counts().tolist())
_EQUAL = "◆ Sums of masked units: the scaled pass **is** the average, up to rounding."
SUMS = {
    "no scaling": (
        "Nothing makes up for the dropped units, so the sums are off already:",
        formula(r"\mathbb{E}[(A \odot M)\,W + b] = (1-p)\,AW + b"),
    ),
    "standard": (_EQUAL, formula(r"\mathbb{E}[(A \odot M)\,W + b] = A\,(1-p)\,W + b")),
    "inverted": (_EQUAL, formula(r"\mathbb{E}[A''W + b] = AW + b")),
}
_GOOD = f"One pass in place of {2 ** sum(cached.HIDDEN):,} is an approximation, and a cheap one."
VERDICTS = {"no scaling": "Unscaled, the one pass cannot stand in for them.", "standard": _GOOD, "inverted": _GOOD}

# --- the reader's choices --------------------------------------------------------------------------------------------


def normal_form(vector: str) -> str:
    return format_vector(parse_vector(vector))


def read_unit(name: str, fallback: int, values: Values) -> int:
    units = len(parse_vector(values["vector"]))
    return int(number_param(name, min(fallback, units), 1, units))


STATE = PageState(
    "scaling",
    {
        "rate": number(0.5, 0.0, HIGHEST_RATE, RATES, chart=("rate", "p")),
        "pass": number(1, 1, cached.PASSES_SHOWN, chart=("pass", "k")),
        "vector": free_text(PRESETS["mixed"], normal_form),
        "seed": number(2, 0, MOST_SEED, control="scaling_seed"),
        "scheme": choice("inverted", SCHEMES, control="scaling_scheme"),
        "unit": Setting(1, read_unit, chart=("unit", "i"), convert=int),
        "passes": number(MOST_PASSES, 1, MOST_PASSES, COUNTS, chart=("log", "k"), log=True),
        "stage": choice("hidden", tuple(STAGES), chart=("stage", "s")),
    },
)


def use_preset(vector: str) -> None:
    st.session_state.scaling_text = vector


def controls() -> Values:
    """Draw the input fields for the vector and the seed. If the new vector is invalid, keep the last valid one."""
    left, right = st.columns([3, 1], gap="large")
    hint = f"Up to {MOST_UNITS} numbers from −100 to 100, with commas or spaces between them."
    left.text_input("Activations A", key="scaling_text", max_chars=120, help=hint)
    right.number_input("Seed", 0, MOST_SEED, key="scaling_seed", help="Decides the coins and the network’s weights.")
    with left.container(horizontal=True, gap="small"):
        for name, vector in PRESETS.items():
            st.button(name, on_click=use_preset, args=(vector,))
    chosen = STATE.read_controls()
    try:
        chosen["vector"] = normal_form(st.session_state.scaling_text)
    except ValueError as error:
        st.warning(f"{error} The page keeps showing {chosen['vector']}.", icon=":material/edit:")
    return chosen


def first_values(units: int) -> tuple[float, int, int, int, str]:
    """Return the initial values of the charts' sliders."""
    chosen = STATE.values
    chosen["unit"] = min(chosen["unit"], units)
    data = chosen["vector"], chosen["seed"], chosen["scheme"]
    return STATE.first_values("rate", "pass", "unit", "passes", "stage", chart=data)


# --- sections of the page --------------------------------------------------------------------------------------------


def one_pass(spec: dict) -> None:
    picture, words = two_columns("One pass")
    with picture:
        alt = "Strips of cells, one cell per unit: the activations, the mask of one pass with dropped units as empty "
        alt += "dashed cells, and what each scheme passes on in training and at inference, each with its sum."
        STATE.apply_chart_report(draw_reporting(spec, "scaling_strips", alt, ["rate", "pass"]))
    p = STATE.values["rate"]
    with words:
        text(
            "In every pass, each unit is kept or dropped at random. A dropped unit passes on 0, so the sum Σ that the "
            "next layer receives is off: by a random amount in this pass, and on average it is only (1 − p) times "
            "what it should be.",
            formula(r"M_i \sim \mathrm{Bernoulli}(1-p) \qquad A' = A \odot M"),
            r":small[A: the activations; M: the mask of ones and zeros; $\odot$: multiplied entry by entry.]",
            "**Inverted dropout** makes up for this during training, by scaling up the units that were kept:",
            formula(r"A'' = \frac{A \odot M}{1-p}"),
            f"At p = {p:.2f}, kept units are multiplied by {1 / (1 - p):.2f}.",
            ":small[The rate p is P(drop), as in PyTorch and Keras. In the original paper, p is the probability of "
            "*keeping* a unit. The rate sliders on this page move together.]",
        )


def three_schemes(spec: dict) -> None:
    picture, words = two_columns("Training and inference must agree")
    with picture:
        alt = "A unit of activation 1 under each scheme: the training average as a circle with a bar of one standard "
        alt += "deviation, the value at inference as a tick. They coincide for standard and for inverted dropout."
        draw(spec, "scaling_schemes", alt)
    with words:
        text(
            "At inference nothing is dropped. Circle: what the next layer gets in training, on average, ± one "
            "standard deviation of a pass. Tick: what it gets at inference.",
            "Without scaling, circle and tick differ. **Standard dropout** moves the tick, with smaller weights at "
            "inference; **inverted dropout** moves the circle, in training.",
            formula(r"W_\text{test} = (1-p)\,W \quad\text{or}\quad A'' = \tfrac{A \,\odot\, M}{1-p}"),
            "Use one or the other: with both, the scaling is applied twice and the tick lies too low.",
        )
    tables_view.schemes()


def many_passes(spec: dict, a: np.ndarray, p: float) -> None:
    picture, words = two_columns("The mean comes out right, slowly")
    with picture:
        alt = "Running mean of one unit over 1 to 10,000 passes on a logarithmic axis. Inverted dropout settles on the "
        alt += "activation, unscaled dropout on (1 − p) times it; exact bands of one and two standard errors narrow."
        STATE.apply_chart_report(draw_reporting(spec, "scaling_running", alt, ["unit", "log"]))
    # Until the chart is redrawn with fewer units, it may report a unit that no longer exists.
    i = STATE.values["unit"] = min(STATE.values["unit"], len(a))
    with words:
        text(
            "One pass says little. The mean over k passes settles on the activation itself:",
            formula(r"\mathbb{E}[A''_i] = (1-p)\,\frac{a_i}{1-p} = a_i"),
            "The shaded bands are exact: one and two standard errors. Four times the passes, half the width.",
            formula(r"\mathrm{SE}_k = |a_i| \sqrt{\frac{p}{(1-p)\,k}}"),
            converged(i, a[i - 1], p),
        )


def converged(i: int, a: float, p: float) -> str:
    """Say how far the mean over all passes is expected to be from the activation a of unit i."""
    if not a * p:
        why = "its activation is 0" if p else "at p = 0 nothing is dropped"
        return f"Unit {i} has no noise, for {why}: every pass gives its mean exactly."
    error = mean_error(np.array([a]), MOST_PASSES, p)[0]
    return (
        f"“Converged” in numbers: at p = {p:.2f}, the mean of unit {i} (a = {a:g}) over {MOST_PASSES:,} passes has a "
        f"standard error of {error:.2g}. A mean more than two standard errors away would be a surprise; so would one "
        "exactly on the line."
    )


def the_variance(spec: dict, a: np.ndarray, p: float) -> None:
    picture, words = two_columns("The noise grows")
    with picture:
        alt = "A table, one row per unit under inverted dropout: measured mean, its standard error and z-score, "
        alt += "measured variance, exact variance and its standard error."
        draw(spec, "scaling_moments", alt)
        small("z: standard errors between the measured mean and the exact one. From −2 to 2 is unremarkable.")
    with words:
        text(
            "The factor repairs only the mean. It increases the noise, which exists only in training:",
            formula(r"\mathrm{Var}[A''_i] = a_i^2\,\frac{p}{1-p}"),
            f"At p = {p:.2f} that is {p / (1 - p):.2f} · a², against {p * (1 - p):.2f} · a² for the unscaled "
            r"$A \odot M$; towards p = 1 it grows without limit. At inference it is 0. "
            "Batch normalisation after dropout learns the variance of training and meets a different one at inference.",
        )
    with st.expander(f"Every unit under every scheme, over {MOST_PASSES:,} passes at p = {p:.2f}"):
        kept = cached.draws(STATE.values["seed"])[1][RATES.index(p), -1, : len(a)]
        tables_view.moments_by_unit(tuple(a.tolist()), tuple(kept.tolist()), p)


def whole_network(vector: tuple[float, ...], start: float, stage: str, p: float) -> None:
    chosen = STATE.values
    st.header("Through a whole network, exactly")
    st.markdown(
        f"Let A enter a network with {' + '.join(map(str, cached.HIDDEN))} hidden units, each of which may be dropped. "
        f"That makes {2 ** sum(cached.HIDDEN):,} subnetworks: few enough to run them all and to weight each by its "
        "probability. Nothing is sampled, so every gap below is real. Does one scaled pass give the average over all "
        "of them?"
    )
    st.segmented_control("Scheme", SCHEMES, key="scaling_scheme", required=True)
    charts = cached.network_charts(vector, chosen["seed"], chosen["scheme"], start, stage)
    largest_gap(charts["gaps"], chosen["scheme"])
    unit_by_unit(charts["units"], vector, p)


def largest_gap(spec: dict, scheme: str) -> None:
    picture, words = two_columns()
    with picture:
        alt = "Largest gap between the scaled pass and the exact average on a logarithmic axis, for a linear network "
        alt += "and for four stages of a ReLU network; grey ticks are other random networks."
        draw(spec, "scaling_gaps", alt)
    with words:
        text(
            *SUMS[scheme],
            "● A ReLU after such a sum cuts each subnetwork at zero separately, and softmax, which makes "
            "probabilities of the outputs, bends again:",
            formula(r"\mathbb{E}[\mathrm{ReLU}(Z)] \ge \mathrm{ReLU}(\mathbb{E}[Z])"),
            f"Grey ticks: {cached.OTHER_NETWORKS} other random networks: how much does the gap depend on the weights?",
        )


def unit_by_unit(spec: dict, vector: tuple[float, ...], p: float) -> None:
    chosen = STATE.values
    net = cached.example_network(len(vector), chosen["seed"])
    logits = compare(net, np.array(vector), p, chosen["scheme"])["logits"]
    picture, words = two_columns()
    with picture:
        alt = "One row per unit of the chosen stage: the exact average over all subnetworks as a tick with a bar of "
        alt += "one standard deviation, the scaled pass as a circle, and the gap in numbers."
        STATE.apply_chart_report(draw_reporting(spec, "scaling_units", alt, ["stage"]))
    with words:
        text(
            "Tick: exact average over all subnetworks; the bar reaches one standard deviation of the subnetworks to "
            "each side. Circle: the one scaled pass. ◂ ▸: a bar that is longer than the axis.",
            f"At p = {p:.2f} the logits (the outputs before softmax) are off by {logits.gap:.2g} at most, while "
            f"the subnetworks vary with a standard deviation of up to {logits.spread.max():.2g}. "
            f"{VERDICTS[chosen['scheme']]}",
        )


@st.fragment
def essay() -> None:
    chosen = controls()
    a = parse_vector(chosen["vector"])
    vector = tuple(a.tolist())
    rate, shown, unit, passes, stage = first_values(len(a))
    STATE.write_link()  # before the pictures, as on the Masks page
    charts = cached.mask_charts(vector, chosen["seed"], rate, shown, unit, passes)
    one_pass(charts["strips"])
    delay_until_first_chart()
    three_schemes(charts["schemes"])
    many_passes(charts["running"], a, chosen["rate"])
    the_variance(charts["moments"], a, chosen["rate"])
    whole_network(vector, rate, stage, chosen["rate"])
    components.link_sliders()


if STATE.begin():
    st.session_state.scaling_text = STATE.values["vector"]
st.title("Inverted scaling")
STATE.show_notes()
st.markdown(
    "Dropping units shrinks the sums that the next layer receives. One factor fixes the average, but not the noise."
)
essay()
navigation.next_page("scaling")
