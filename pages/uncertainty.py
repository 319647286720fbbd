"""Uncertainty page: 100 passes with dropout on at inference, and how well their disagreement predicts errors."""

import numpy as np
import streamlit as st

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.inference import PASSES
from dropout_core.numerics.network import entropy
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty import cached, charts_passes, findings
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
from dropout_core.topics.uncertainty.distortions import DISTORTIONS, Distortion
from dropout_core.topics.uncertainty.entropy import Predictions, decompose, mc_dropout
from dropout_core.topics.uncertainty.findings import Study
from dropout_core.ui import components, drawing, navigation
from dropout_core.ui.layout import (
    cached_output,
    delay_until_first_chart,
    draw,
    draw_reporting,
    formula,
    small,
    text,
    two_columns,
)
from dropout_core.ui.page_state import Values

DRAWN = {name: f"{name[:1].upper()}{name[1:]}" for name in drawing.SAMPLES}


def added(total: float, between: float) -> str:
    """Format the decomposition of the entropy as a sum."""
    whole, within, disagreement = findings.parts(total, between)
    return f"{whole} = {within} + {disagreement} bits"


@st.fragment
def own_drawing() -> None:
    """Show the sheet to draw on, and beside it what the net answers. On a phone the answer is above the sheet."""
    with st.container(key="unc_drawing"):
        title = st.container()
        paper, result = st.columns([2, 3], gap="large")
    with paper:
        components.drawing_pad("unc_pad", st.session_state.unc_drawn, st.session_state.unc_version, take_drawing)
        with st.container(horizontal=True, gap="small"):
            for name in drawing.SAMPLES:
                st.button(name, on_click=take_sample, args=(name,), key=f"unc_sample_{name}")
        small(
            "**Draw your own** by mouse, pen or finger: a digit, or no digit at all. The drawing is scaled and centred "
            "as MNIST’s were, and is not kept."
        )
    STATE.write_link()
    with result:
        if trouble := st.session_state.pop("unc_trouble", None):
            st.warning(f"What the browser sent cannot be used: {trouble}.", icon=":material/edit:")
        title.subheader(show_drawing())


def show_drawing() -> str:
    """Show the net's answers to the drawing. Returns the heading."""
    try:
        image = drawing.as_mnist(drawing.parse(st.session_state.unc_drawn))
    except ValueError:
        st.info("The sheet is empty: draw something, or choose a sample.", icon=":material/draw:")
        return "Draw a digit, or no digit: how sure is the net?"
    net = load_net(DROPOUT)
    made = mc_dropout(net.net, image[None], st.session_state.unc_rate)
    entropies, off, mean = decompose(made.on), entropy(made.off), made.on.mean(0)[0]
    alt = f"Your drawing as the net sees it. Answer: {mean.argmax()} with masks on, "
    alt += f"{made.off[0].argmax()} with masks off; a dot per pass for each digit."
    with st.container(key="unc_own"):  # layout.draw is not used, since it would cache every drawing
        st.vega_lite_chart(spec=charts_passes.picture(made.images, made.on, made.off, (0.0,), 0.0, ""), alt=alt)
    st.markdown(
        f"At p = {st.session_state.unc_rate:g}: predictive entropy = average pass + mutual information: "
        f"{added(entropies.total[0], entropies.between[0])}. With masks off: {off[0]:.2f} bits."
    )
    what = DRAWN.get(STATE.values["sample"], "This drawing")
    return f"{what} is read as a {mean.argmax()}, and the net is {100 * mean.max():.0f} % sure"


@st.fragment
def one_image() -> None:
    chosen = STATE.values
    STATE.write_link()  # before the picture, as on the Masks page
    st.header(most_confident_error(chosen))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ways = tuple(DISTORTIONS)
        st.segmented_control("Distortion", ways, key="unc_distortion", required=True, on_change=take_distortion)
        st.pills("Digit", range(10), key="unc_digit", required=True, wrap=True, on_change=take_digit)
        st.button("Another image", icon=":material/casino:", on_click=next_image)
    kind = chosen["distortion"]
    shown = chosen["image"], kind, st.session_state.unc_rate
    picture, curves = cached.charts(*shown, *STATE.first_values("amount", chart=shown))
    show_cloud(picture, chosen)
    show_curves(curves, chosen)
    components.link_sliders()
    other_rate = st.session_state.unc_rate != chosen["rate"]
    STATE.read_controls()
    STATE.write_link()
    if other_rate:
        st.rerun()  # since the drawing is classified at the same rate


def show_cloud(spec: dict, chosen: Values) -> None:
    left, words = two_columns()
    with left:
        alt = f"The distorted image, and beside it the softmax outputs of {PASSES} passes: a dot per pass for each of "
        alt += "the ten digits, a bar for their mean, a diamond for the one pass with masks off."
        name = f"{chosen['image']}_{chosen['distortion']}_{st.session_state.unc_rate}"
        STATE.apply_chart_report(draw_reporting(spec, "unc_cloud", alt, ["amount"], f"unc_cloud_{name}"))
        amounts()[chosen["distortion"]] = chosen["amount"]
    net = load_net(DROPOUT)
    with words:
        st.markdown(
            f"**{PASSES} passes, {PASSES} subnetworks.** Each dot is the probability that one pass gives to a digit. "
            "Where the passes are confident and agree, dots gather at 0 % and 100 %. Where they disagree, the dots "
            "scatter, and their mean is less confident than most of them."
        )
        with st.expander("Masks at another rate", expanded=st.session_state.unc_other_rate):
            hint = f"The net was trained at {net.rate:g}."
            st.select_slider("Rate p = P(drop)", RATES, key="unc_rate", help=hint)
            small(f"Here, masks are drawn at p = {st.session_state.unc_rate:g}.")
        small(
            f"Validation image {chosen['image']}, a {cached.labels()[chosen['image']]}. The net, which reads "
            f"{net.accuracy:.1f} % of them right, was trained on upright, sharp, centred digits only."
        )


def at_all_amounts(chosen: Values) -> tuple[Distortion, Predictions]:
    kind = chosen["distortion"]
    return DISTORTIONS[kind], cached.predictions(chosen["image"], kind, st.session_state.unc_rate)


def most_confident_error(chosen: Values) -> str:
    """Describe the most confident wrong answer among all amounts of distortion."""
    way, made = at_all_amounts(chosen)
    mean, label = made.on.mean(0), cached.labels()[chosen["image"]]
    wrong = mean.argmax(1) != label
    if not wrong.any():
        return f"The mean of the passes reads this {label} right all the way"
    at = int(np.argmax(np.where(wrong, mean.max(1), 0)))
    answer, sure, where = mean[at].argmax(), f"{100 * mean[at].max():.0f} %", way.say(way.amounts[at])
    if mean[at].max() < 0.5:
        return f"Where this {label} is read wrong, the net is never more than {sure} sure"
    return f"{way.verb} {where}, this {label} is read as a {answer}, and the net is {sure} sure"


def show_curves(spec: dict, chosen: Values) -> None:
    way, made = at_all_amounts(chosen)
    entropies, at = decompose(made.on), way.amounts.index(chosen["amount"])
    st.header("How unsure, and about what?")
    left, words = two_columns()
    with left:
        alt = f"Three curves over the amount of {chosen['distortion']}, in bits: predictive entropy, mutual "
        alt += "information, and the entropy of the pass with masks off; an upright line marks the present amount."
        draw(spec, "unc_curves", alt, f"unc_curves_{chosen['image']}_{chosen['distortion']}")
    with words:
        text(
            "**Predictive entropy**: how uncertain the mean answer is. 0 bits is certainty, 1 bit a choice between two "
            f"equally likely digits, {np.log2(10):.2f} bits a choice among ten.",
            "**Mutual information**: how much the passes disagree. The rest is the mean entropy of the single passes. "
            "The two add up exactly.",
            f"At {way.say(chosen['amount'])}: {added(entropies.total[at], entropies.between[at])}. With masks off "
            "there is one pass, and no disagreement.",
        )
        with st.expander("Formula"):
            st.markdown(formula(r"H[\bar p\,] = \tfrac{1}{T}\textstyle\sum_t H[p_t] + I"))


@cached_output
def many_images() -> None:
    study, made = findings.load()
    charts = cached.study_charts()
    st.markdown(
        f"One image proves nothing. So all {study.images:,} validation images are rotated to {len(study.angles)} "
        f"angles, and each goes through the net {study.passes} times with masks on (p = {study.rate:g}) and once with "
        "masks off."
    )
    mean_entropies(study, charts["entropy"])
    right_answers(study, charts["right"])
    error_detection(study, charts)
    small(
        "One trained net: bands and bars are 95 % intervals over images alone (areas: from 1,000 resamples); "
        f"every image has its own {study.passes} masks. Upside down, a 6 looks like a 9, and counts as wrong here. "
        f"Measured {made['ended'][:10]}, numpy {made['numpy']}; measure it again with "
        "`python -m dropout_core.topics.uncertainty.study`."
    )


def mean_entropies(study: Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        ends = f"from {study.total[0].value:.2f} bits upright to {max(e.value for e in study.total):.2f} at most"
        draw(spec, "unc_mean", f"Mean entropies over the angle. Predictive entropy: {ends}.")
    with words:
        st.markdown(f"**Does it grow with the angle?** {findings.grows(study.angles, study.total)}")
        rows = zip(charts_passes.CURVES, (study.total, study.between, study.off), strict=True)
        lines = [findings.growth(study.angles, row, name.capitalize()) for name, row in rows]
        st.markdown("\n".join(f"- {line}" for line in lines))


def right_answers(study: Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        ends = f"{100 * study.right[0].value:.1f} % and {100 * study.off_right[0].value:.1f} %"
        draw(spec, "unc_right", f"Share of right answers over the angle. Upright: {ends}, masks on and off.")
    with words:
        st.markdown(f"**Are {study.passes} passes more often right than one without masks?**")
        st.markdown(findings.accuracy(study.angles, study.gain))


def error_detection(study: Study, charts: dict[str, dict]) -> None:
    left, words = two_columns()
    with left:
        upright = study.warnings[0]
        ends = f"{upright.first.value:.3f} and {upright.second.value:.3f}" if upright else "not defined"
        draw(charts["area"], "unc_area", f"Area under the ROC curve over the angle. Upright: {ends}.")
        draw(charts["difference"], "unc_diff", "Differences of these areas with their intervals, and zero.")
    with words:
        st.markdown(
            "**Does high entropy tell wrong answers from right ones?** The area under the ROC curve (errors caught "
            "against false alarms, at every threshold) is the probability that a misclassified image has more entropy "
            "than a correctly classified one: ½ is chance, 1 is perfect. Both entropies are judged by the same errors, "
            "those of the pass without masks."
        )
        st.markdown(findings.in_short(study.mixed, study.warnings))
        st.markdown(f"- Upright images: {findings.warning(upright)}")
        st.markdown(f"- All angles pooled: {findings.warning(study.mixed)}")
        st.markdown(findings.by_angle(study.angles, study.warnings))
        st.markdown(findings.pooled(findings.pairs(study)))


begin()
st.title("Uncertainty")
STATE.show_notes()
own_drawing()
delay_until_first_chart()
st.markdown(
    "At inference the masks are switched off, and the net gives one answer, sure or not. Leave them **on**, and every "
    "pass asks another subnetwork. If they disagree, the answer should be doubted (Gal & Ghahramani 2016)."
)
one_image()
with st.expander("Is entropy a warning? All validation images, rotated", icon=":material/query_stats:"):
    many_images()
with st.expander("When it is 90 % sure, is it right nine times in ten?", icon=":material/balance:"):
    show_calibration()
navigation.next_page("uncertainty")
