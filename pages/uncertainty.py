"""Uncertainty: masks left on at inference, 100 passes, and what their disagreement is worth as a warning."""

import numpy as np
import streamlit as st

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import cached as once
from dropout_core.topics.uncertainty import charts_passes as pictures
from dropout_core.topics.uncertainty import findings
from dropout_core.topics.uncertainty.distortions import DISTORTIONS, Distortion
from dropout_core.topics.uncertainty.entropy import PASSES, Seen, decompose, entropy, look
from dropout_core.ui import components, drawing, navigation
from dropout_core.ui.layout import delay_until_first_chart, draw, formula, small, text, two_columns
from dropout_core.ui.page_state import PageState, Setting, Values, choice, number
from dropout_core.ui.query_params import number_param

LAST_IMAGE = 999
BLANK = "blank"
RATES = tuple(tenth / 10 for tenth in range(1, 10))
FIRST_IMAGE = 124  # a 1 that stands upright

# --- what the reader has chosen --------------------------------------------------------------------------------------


def amounts() -> dict[str, float]:
    """The last amount of each distortion that the reader has seen."""
    return st.session_state.setdefault("unc_amounts", {})


def first_amount(values: Values) -> float:
    return DISTORTIONS[values["distortion"]].start


def read_amount(name: str, _: float, values: Values) -> float:
    kind, choices = values["distortion"], DISTORTIONS[values["distortion"]].amounts
    return number_param(name, float(amounts().get(kind, first_amount(values))), 0, choices[-1], choices)


def nearest_amount(reported: float) -> float:
    return DISTORTIONS[STATE.values["distortion"]].nearest(reported)


STATE = PageState(
    "uncertainty",
    {
        "image": number(FIRST_IMAGE, 0, LAST_IMAGE),
        "distortion": choice("rotation", tuple(DISTORTIONS), control="unc_distortion"),
        "amount": Setting(first_amount, read_amount, chart=("amount", "a"), convert=nearest_amount),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, control="unc_rate"),
        "sample": choice(BLANK, (BLANK, *drawing.SAMPLES)),
    },
)


def begin() -> None:
    if not STATE.begin():
        return
    state, chosen = st.session_state, STATE.values
    state.unc_digit = int(once.labels()[chosen["image"]])
    state.unc_other_rate = chosen["rate"] != 0.5
    state.setdefault("unc_drawn", pixels(chosen["sample"]))
    state.setdefault("unc_version", 0)


def pixels(sample: str) -> list[int]:
    return drawing.sample(sample).ravel().tolist() if sample != BLANK else [0] * drawing.SIDE**2


def take_distortion() -> None:
    STATE.read_controls()
    STATE.values["amount"] = amounts().get(STATE.values["distortion"], first_amount(STATE.values))


def take_digit() -> None:
    """The first image of the digit; the first page's 1 is chosen because it stands upright."""
    digit = st.session_state.unc_digit
    first = FIRST_IMAGE if digit == once.labels()[FIRST_IMAGE] else int(np.argmax(once.labels() == digit))
    STATE.values["image"] = first


def another() -> None:
    """The next image of the same digit, and after the last one the first."""
    now = STATE.values["image"]
    same = np.flatnonzero(once.labels() == once.labels()[now])
    STATE.values["image"] = int(same[(np.searchsorted(same, now) + 1) % len(same)])


# --- the essay -------------------------------------------------------------------------------------------------------


def added(total: float, between: float) -> str:
    """The decomposition in numbers."""
    return "{} = {} + {} bits".format(*findings.parts(total, between))


@st.fragment
def one_image() -> None:
    chosen = STATE.values
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ways = tuple(DISTORTIONS)
        st.segmented_control("Distortion", ways, key="unc_distortion", required=True, on_change=take_distortion)
        st.pills("Digit", range(10), key="unc_digit", required=True, wrap=True, on_change=take_digit)
        st.button("Another image", icon=":material/casino:", on_click=another)
    kind = chosen["distortion"]
    shown = chosen["image"], kind, st.session_state.unc_rate
    picture, curves = once.charts(*shown, *STATE.first_values("amount", chart=shown))
    show_cloud(picture, chosen)
    delay_until_first_chart()
    show_curves(curves, chosen)
    components.link_sliders()
    other_rate = st.session_state.unc_rate != chosen["rate"]
    STATE.read_controls()
    STATE.write_link()
    if other_rate:
        st.rerun()  # the drawing below goes through the same masks


def show_cloud(spec: dict, chosen: dict) -> None:
    left, words = two_columns()
    with left:
        alt = f"The distorted image, and beside it the softmax outputs of {PASSES} passes: a dot per pass for each of "
        alt += "the ten digits, a bar for their mean, a diamond for the one pass with masks off."
        name = f"{chosen['image']}_{chosen['distortion']}_{st.session_state.unc_rate}"
        event = draw(spec, "unc_cloud", alt, f"unc_cloud_{name}", on_select="rerun", selection_mode=["amount"])
        STATE.apply_chart_report(event.selection)
        amounts()[chosen["distortion"]] = chosen["amount"]
    net = load_net(DROPOUT)
    with words:
        text(
            f"**{PASSES} passes, {PASSES} subnetworks.** Each dot is one pass’s softmax output for one digit, the "
            f"probability that it gives to it, with masks drawn at p = {st.session_state.unc_rate:g}. Where the passes "
            "are sure and agree, dots gather at 0 % and 100 %. Where they disagree, they scatter, and their mean is "
            "less sure than most of them.",
            most_confident_error(chosen),
        )
        with st.expander("Masks at another rate", expanded=st.session_state.unc_other_rate):
            hint = f"The net was trained at {net.rate:g}."
            st.select_slider("Rate p = P(drop)", RATES, key="unc_rate", help=hint, **components.KEPT)
        small(
            f"The net that comes with this app: {net.accuracy:.1f} % of the validation images right. This is "
            f"number {chosen['image']} of them, a {once.labels()[chosen['image']]}. It was trained on upright, sharp, "
            "centred digits only."
        )


def at_all_amounts(chosen: dict) -> tuple[Distortion, Seen]:
    kind = chosen["distortion"]
    return DISTORTIONS[kind], once.course(chosen["image"], kind, st.session_state.unc_rate)


def most_confident_error(chosen: dict) -> str:
    """Where, over the whole range, a wrong answer is surest."""
    way, seen = at_all_amounts(chosen)
    mean, label = seen.on.mean(0), once.labels()[chosen["image"]]
    wrong = mean.argmax(1) != label
    if not wrong.any():
        return "With this image and distortion, the mean of the passes is right all the way."
    at = int(np.argmax(np.where(wrong, mean.max(1), 0)))
    answer, where = f"{mean[at].argmax()}, with {100 * mean[at].max():.0f} %", way.say(way.amounts[at])
    if mean[at].max() < 0.5:
        return f"Where the mean of the passes is wrong here, it is unsure: at most it says {answer}, at {where}."
    return f"Uncertainty is no guarantee: at {where}, the mean of the passes says **{answer}**. That is wrong."


def show_curves(spec: dict, chosen: dict) -> None:
    way, seen = at_all_amounts(chosen)
    found, at = decompose(seen.on), way.amounts.index(chosen["amount"])
    st.header("How unsure, and about what?")
    left, words = two_columns()
    with left:
        alt = f"Three curves over the amount of {chosen['distortion']}, in bits: predictive entropy, mutual "
        alt += "information, and the entropy of the pass with masks off; an upright line marks the present amount."
        draw(spec, "unc_curves", alt, f"unc_curves_{chosen['image']}_{chosen['distortion']}")
    with words:
        text(
            "**Predictive entropy**: how unsure the mean answer is. 0 bits is certainty, 1 bit a choice between two "
            f"equally likely digits, {np.log2(10):.2f} bits a choice among ten.",
            "**Mutual information**: how much knowing the mask would tell of the answer, that is, how far the passes "
            "disagree.",
            "The rest of the entropy is what the average pass is unsure about by itself. The two add up exactly:",
            formula(r"H[\bar p\,] = \tfrac{1}{T}\textstyle\sum_t H[p_t] + I"),
            f"At {way.say(chosen['amount'])}: {added(found.total[at], found.between[at])}. With masks off there is one "
            "pass, and nobody to disagree with it.",
        )


# --- draw your own ---------------------------------------------------------------------------------------------------


def take_drawing() -> None:
    """What the browser sent, if it is a drawing; the sheet itself stays as the reader left it."""
    try:
        st.session_state.unc_drawn = drawing.parse(st.session_state.unc_pad.get("pixels")).ravel().tolist()
        STATE.values["sample"] = BLANK
    except ValueError as error:
        st.session_state.unc_trouble = str(error)


def take_sample(name: str) -> None:
    st.session_state.unc_drawn = pixels(name)
    STATE.values["sample"] = name
    st.session_state.unc_version += 1


@st.fragment
def own_drawing() -> None:
    st.header("Draw your own")
    st.markdown(
        "A digit, a careless digit, or no digit at all: the net has no way to say “none of these”. By mouse, pen or "
        "finger; without them, choose a sample below the sheet. The drawing is scaled and centred as MNIST’s were, "
        "and is not kept."
    )
    paper, result = st.columns([2, 3], gap="large")
    with paper:
        components.drawing_pad("unc_pad", st.session_state.unc_drawn, st.session_state.unc_version, take_drawing)
        with st.container(horizontal=True, gap="small"):
            for name in drawing.SAMPLES:
                st.button(name, on_click=take_sample, args=(name,), key=f"unc_sample_{name}")
    STATE.write_link()
    with result:
        if trouble := st.session_state.pop("unc_trouble", None):
            st.warning(f"What the browser sent cannot be used: {trouble}.", icon=":material/edit:")
        show_drawing()


def show_drawing() -> None:
    try:
        image = drawing.as_mnist(drawing.parse(st.session_state.unc_drawn))
    except ValueError:
        st.info("The sheet is empty: draw something, or choose a sample.", icon=":material/draw:")
        return
    net = load_net(DROPOUT)
    seen = look(net.net, image[None], st.session_state.unc_rate)
    found, off = decompose(seen.on), entropy(seen.off)
    alt = f"Your drawing as the net sees it. Answer: {seen.on.mean(0)[0].argmax()} with masks on, "
    alt += f"{seen.off[0].argmax()} with masks off; a dot per pass for each digit."
    with st.container(key="unc_own"):  # not by draw, which keeps what it is given
        st.vega_lite_chart(spec=pictures.picture(seen.images, seen.on, seen.off, (0.0,), 0.0, ""), alt=alt)
    st.markdown(
        f"At p = {st.session_state.unc_rate:g}: predictive entropy = average pass + mutual information: "
        f"{added(found.total[0], found.between[0])}. With masks off: {off[0]:.2f} bits."
    )


begin()
st.title("Uncertainty")
STATE.show_notes()
st.markdown(
    "At inference the masks are switched off, and the net gives one answer, sure or not. Leave them **on**, and every "
    "pass asks another subnetwork. If they disagree, should the answer be doubted? Gal & Ghahramani (2016) turned a 1 "
    "and watched. Turn it yourself:"
)
one_image()
once.many_images()
own_drawing()
navigation.next_page("uncertainty")
