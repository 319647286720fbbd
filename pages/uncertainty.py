"""Uncertainty page: 100 passes with dropout on at inference, and how well their disagreement predicts errors."""

import numpy as np
import streamlit as st

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.inference import PASSES
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import cached, findings
from dropout_core.topics.uncertainty.calibration_view import show_calibration
from dropout_core.topics.uncertainty.controls_view import (
    RATES,
    STATE,
    amounts,
    begin,
    next_image,
    take_digit,
    take_distortion,
    take_drawing,
    take_sample,
)
from dropout_core.topics.uncertainty.disagreement_view import show_disagreement
from dropout_core.topics.uncertainty.distortions import DISTORTIONS
from dropout_core.topics.uncertainty.entropy import Predictions
from dropout_core.topics.uncertainty.rotated_view import show_rotated
from dropout_core.ui import components, drawing, navigation
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import (
    draw,
    draw_reporting,
    expander,
    formula,
    small,
    text,
    two_columns,
)
from dropout_core.ui.page_state import Values, current

SYMBOLS = (
    r":small[$H$: entropy in bits; $p_t$: the answer of pass $t$ of $T$; "
    r"$\bar p$: the mean answer; $I$: mutual information.]"
)
DRAWN = {name: f"{name[:1].upper()}{name[1:]}" for name in drawing.SAMPLES}


def added(total: float, between: float) -> str:
    """Format the decomposition of the entropy as a sum."""
    whole, within, disagreement = findings.parts(total, between)
    return f"{whole} = {within} + {disagreement} bits"


@st.fragment
def own_drawing() -> None:
    """Show the drawing pad, with the net's answer beside it (on a phone, above it)."""
    with st.container(key="unc_drawing"):
        title = st.container()
        paper, result = st.columns([2, 3], gap="large")
    with paper:
        components.drawing_pad("unc_pad", st.session_state.unc_drawn, st.session_state.unc_version, take_drawing)
        with st.container(horizontal=True, gap="small"):
            for name in drawing.SAMPLES:
                st.button(name, on_click=take_sample, args=(name,), key=f"unc_sample_{name}")
        small(
            "**Draw your own**: a digit, or anything else. The drawing is scaled and centred like MNIST’s digits, and "
            "is not stored."
        )
    STATE.write_link()
    with result:
        if trouble := st.session_state.pop("unc_trouble", None):
            st.warning(f"Invalid data from the browser: {trouble}.", icon=":material/edit:")
        title.header(show_drawing())


def show_drawing() -> str:
    """Show the net's answers to the drawing. Returns the heading."""
    try:
        sheet = drawing.parse(st.session_state.unc_drawn)
        made, picture = cached.drawing_answers(sheet, st.session_state.unc_rate)
    except drawing.EmptySheet:
        st.info("The sheet is empty: draw something or choose a sample.", icon=":material/draw:")
        return "Draw a digit or anything else. How sure is the net?"
    entropies, off, mean = made.entropies, made.off_entropies, made.mean[0]
    alt = f"Your drawing as the net sees it. The net’s answer is {mean.argmax()} with masks on and "
    alt += f"{made.off[0].argmax()} with masks off. For each digit, there is one dot per pass."
    small("One dot for each pass and digit: its probability. The heading gives the mean of the passes.")
    with st.container(key="unc_own"):  # layout.draw is not used, since it would cache every drawing
        st.vega_lite_chart(spec=picture, alt=alt)
    st.markdown(
        f"At p = {st.session_state.unc_rate:g}: predictive entropy = mean entropy of the passes + mutual information: "
        f"{added(entropies.total[0], entropies.between[0])}. With masks off: {off[0]:.2f} bits.",
        help=explain("confidence", "bits", "mutual information"),
    )
    what = DRAWN.get(STATE.values["sample"], "This drawing")
    return f"{what} is read as a {mean.argmax()}, with {100 * mean.max():.0f} % confidence"


@st.fragment
def one_image() -> None:
    chosen = STATE.values
    STATE.write_link()  # before drawing the picture, as on the Masks page
    shown = chosen["image"], chosen["distortion"], st.session_state.unc_rate
    made = cached.predictions(*shown)
    st.header(most_confident_error(made, chosen))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ways = tuple(DISTORTIONS)
        st.segmented_control(
            "Distortion",
            ways,
            default=current("unc_distortion"),
            key="unc_distortion",
            required=True,
            on_change=take_distortion,
        )
        st.pills(
            "Digit",
            range(10),
            default=current("unc_digit"),
            key="unc_digit",
            required=True,
            wrap=True,
            on_change=take_digit,
        )
        st.button("Another image", icon=":material/casino:", on_click=next_image)
    picture, curves = cached.charts(*shown, *STATE.first_values("amount", chart=shown))
    show_cloud(picture, chosen)
    show_curves(curves, made, chosen)
    other_rate = st.session_state.unc_rate != chosen["rate"]
    STATE.read_controls()
    STATE.write_link()
    if other_rate:
        st.rerun()  # because the drawing is classified at the same rate


def show_cloud(spec: dict, chosen: Values) -> None:
    left, words = two_columns()
    with left:
        alt = f"The distorted image and, beside it, the softmax outputs of {PASSES} passes. Each of the ten digits has "
        alt += "one dot per pass, a bar for their mean, and a diamond for the single pass with masks off."
        name = f"{chosen['image']}_{chosen['distortion']}_{st.session_state.unc_rate}"
        STATE.apply_chart_report(draw_reporting(spec, "unc_cloud", alt, ["amount"], f"unc_cloud_{name}"))
        amounts()[chosen["distortion"]] = chosen["amount"]
    net = load_net(DROPOUT)
    with words:
        text(
            f"**{PASSES} passes, {PASSES} subnetworks.** If the passes are confident and agree, the dots cluster at "
            "0 % and 100 %. If the passes disagree, the dots scatter, and the mean is less confident than most of the "
            "passes.",
            ":small[The heading describes the most confident error over all positions of the slider. This is "
            f"validation image {chosen['image']}, a {cached.labels()[chosen['image']]}. The net classifies "
            f"{net.accuracy:.1f} % of undistorted images correctly, but was trained only on upright, sharp, centred "
            "digits.]",
        )
        with st.expander("Use a different rate for the masks", expanded=st.session_state.unc_other_rate):
            st.select_slider("Rate p = P(drop)", RATES, current("unc_rate"), key="unc_rate")
            small(f"The net was trained at p = {net.rate:g}; the masks are drawn at p = {st.session_state.unc_rate:g}.")


def most_confident_error(made: Predictions, chosen: Values) -> str:
    """Describe the most confident wrong answer among all amounts of distortion."""
    way, mean, label = DISTORTIONS[chosen["distortion"]], made.mean, cached.labels()[chosen["image"]]
    wrong = mean.argmax(1) != label
    if not wrong.any():
        return f"The mean of the passes classifies this {label} correctly at every level of {chosen['distortion']}"
    at = int(np.argmax(np.where(wrong, mean.max(1), 0)))
    answer, sure, where = mean[at].argmax(), f"{100 * mean[at].max():.0f} %", way.say(way.amounts[at])
    if mean[at].max() < 0.5:
        return f"When the passes misread this {label}, the confidence of their mean never exceeds {sure}"
    return (
        f"Wrong, yet sure: {way.verb.lower()} {where}, this {label} is read as a {answer} with {sure} confidence "
        f"(mean of {PASSES} passes)"
    )


def show_curves(spec: dict, made: Predictions, chosen: Values) -> None:
    way, entropies = DISTORTIONS[chosen["distortion"]], made.entropies
    at = way.amounts.index(chosen["amount"])
    st.header("How uncertain is the net, and why?")
    left, words = two_columns()
    with left, st.container(key="led_unc_curves"):
        alt = f"Three curves in bits against the amount of {chosen['distortion']}: predictive entropy, mutual "
        alt += "information, and the entropy of the pass with masks off. A vertical line marks the current amount."
        draw(spec, "unc_curves", alt, f"unc_curves_{chosen['image']}_{chosen['distortion']}")
    with words:
        text(
            "**Predictive entropy** measures how uncertain the mean answer is. 0 bits means certainty, 1 bit a "
            f"choice between two equally likely digits, and {np.log2(10):.2f} bits a choice among all ten.",
            "**Mutual information** measures how much the passes disagree. The rest of the predictive entropy is the "
            "mean entropy of the single passes: how unsure each subnetwork is alone. The two parts add up exactly.",
            f"At {way.say(chosen['amount'])}: {added(entropies.total[at], entropies.between[at])}. With masks off, "
            "there is only one pass, so there can be no disagreement.",
        )
        expander("Formula", text, formula(r"H[\bar p\,] = \tfrac{1}{T}\textstyle\sum_t H[p_t] + I"), SYMBOLS)


begin()
st.title("Uncertainty")
STATE.show_notes()
own_drawing()
wait_for_first_chart()
st.markdown(
    "At inference, the masks are normally off, and the net gives a single answer. **Monte Carlo dropout** leaves them "
    "**on** and averages many passes, each through a different subnetwork. If the passes disagree, doubt the answer "
    "(Gal & Ghahramani 2016).",
    help=explain("mask"),
)
one_image()
expander("Does entropy warn of errors? All validation images, rotated", show_rotated, icon="query_stats")
expander("When the net is 90 % sure, is it right nine times in ten?", show_calibration, icon="balance")
expander("Does the disagreement vanish with more data?", show_disagreement, icon="groups")
navigation.next_page("uncertainty")
