"""Asks the reader's two trained nets about a digit that the reader draws or picks, and about the validation set."""

import time
from collections import Counter

import numpy as np
import streamlit as st
from jaxtyping import UInt8

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import PASSES, passes, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork
from dropout_core.reference import nets as packaged
from dropout_core.storage.store import StoreError
from dropout_core.topics.training import charts_answers
from dropout_core.topics.training.predictions import most_disputed
from dropout_core.topics.training.shown import Shown
from dropout_core.topics.training.validation_set import SECONDS, Summary, summaries
from dropout_core.ui import components, drawing, server
from dropout_core.ui.layout import small, table, two_columns

_UNSURE = 8  # number of images shown of which the nets are least sure
_SAMPLES = ("a seven", "an open zero", "the letter A")


@st.fragment
def ask(shown: Shown) -> None:
    """Draw the sheet and both nets' answers."""
    st.subheader("Ask your nets")
    nets, rate, whose = _nets_of(shown)
    _begin()
    answers, sheet = two_columns()
    with sheet:
        components.drawing_pad("train_pad", st.session_state.train_drawn, st.session_state.train_version, take_drawing)
        with st.container(horizontal=True, gap="small"):
            for name in _SAMPLES:
                st.button(name, on_click=show, args=(drawing.sample(name),), key=f"train_sample_{name}")
            st.button("One they disagree on", on_click=_show_disputed, args=(shown,), disabled=shown.finished is None)
    with answers:
        if trouble := st.session_state.pop("train_trouble", None):
            st.warning(f"{trouble}.", icon=":material/edit:")
        _answer(nets, rate, whose)


def _nets_of(shown: Shown) -> tuple[dict[str, SmallNetwork], float, str]:
    """Return the nets to ask, the rate of the dropout net's masks, and whose nets they are."""
    recipe, finished = shown.recipe, shown.finished
    if finished is not None:
        try:
            seed = recipe.seeds[0]
            nets = {arm: server.trained(recipe.key, arm, seed) for arm in ARMS}
            return nets, recipe.rate, f"your nets, seed {seed}"
        except StoreError as error:
            st.warning(f"Your nets cannot be asked: {error}.", icon=":material/warning:")
    kept = {arm: packaged.load(arm) for arm in ARMS}
    return {arm: kept[arm].net for arm in ARMS}, kept[DROPOUT].rate, "the nets that come with this app"


def _begin() -> None:
    st.session_state.setdefault("train_version", 0)
    if "train_drawn" not in st.session_state:
        show(drawing.sample("a four"))


def show(image: UInt8[np.ndarray, "28 28"], truth: str = "") -> None:
    """Put this image on the sheet. Used as a widget callback.

    truth   what the image shows, in words
    """
    st.session_state.train_drawn = image.ravel().tolist()
    st.session_state.train_version += 1
    st.session_state.train_truth = truth


def take_drawing() -> None:
    """Store the drawing sent by the browser if it is valid."""
    state = st.session_state
    try:
        drawn = drawing.reported(state.train_pad.get("drawing"))
    except ValueError as error:
        state.train_trouble = f"What the browser sent cannot be used: {error}"
        return
    if drawn != state.train_drawn:
        state.train_drawn, state.train_truth = drawn, ""


def _show_disputed(shown: Shown) -> None:
    """Put the next of the validation images on the sheet on which the reader's nets disagree, if there are any."""
    recipe = shown.recipe
    try:
        outputs = {arm: server.probabilities(recipe.key, arm, recipe.seeds[0], recipe.data) for arm in ARMS}
    except StoreError as error:
        st.session_state.train_trouble = f"Your nets cannot be asked: {error}"
        return
    chosen = most_disputed(outputs[NO_DROPOUT], outputs[DROPOUT], 50)
    if not len(chosen):
        st.session_state.train_trouble = "They agree on every validation image"
    else:
        turn = st.session_state.get("train_disputed", -1) + 1
        st.session_state.train_disputed = turn
        digits, i = server.validation(recipe.data), chosen[turn % len(chosen)]
        show(digits.images[i], f"A handwritten {digits.labels[i]}. ")


def _answer(nets: dict[str, SmallNetwork], rate: float, whose: str) -> None:
    try:
        image = drawing.as_mnist(drawing.parse(st.session_state.train_drawn))
    except ValueError:
        st.info("The sheet is empty: draw a digit, or choose one.", icon=":material/draw:")
        return
    start = time.perf_counter()
    answers = {arm: probabilities(nets[arm], image[None])[0] for arm in ARMS}
    masked = passes(nets[DROPOUT], pixels(image[None]), rate)[:, 0] if rate else None
    seconds = time.perf_counter() - start
    none, drop = (f"**{answers[arm].argmax()}** ({answers[arm].max():.0%})" for arm in (NO_DROPOUT, DROPOUT))
    truth = st.session_state.train_truth
    st.markdown(f"{truth}Without dropout: {none}. With dropout: {drop}.{votes(masked)}")
    alt = "The probability of each digit by both nets, and by each pass with masks on."
    st.vega_lite_chart(charts_answers.rows(answers, masked), charts_answers.spec(), key="train_answers", alt=alt)
    small(f"Square: without dropout; circle: with dropout; dots: passes. Asked: {whose}, in {1000 * seconds:.0f} ms.")


def votes(masked: np.ndarray | None) -> str:
    """Count the passes' answers, the most frequent first. Returns "" if there are no passes."""
    if masked is None:
        return ""
    counts = Counter(masked.argmax(1).tolist()).most_common(3)
    return f" Of {PASSES} passes with masks on, {listed(f'{n} say {d}' for d, n in counts)}."


@st.fragment
def validation_set(shown: Shown) -> None:
    """Draw a fold with a button that asks both nets about all validation images."""
    with st.expander("Ask about the whole validation set", icon=":material/grid_view:"):
        data = shown.recipe.data if shown.finished is not None else "mnist-5k"  # the packaged nets' own images
        nets, rate, whose = _nets_of(shown)
        digits = server.validation(data)
        if not st.button(f"Ask about all {len(digits.labels):,} images, with masks on and off"):
            return
        with st.spinner("Asking…"):
            found, entropies = summaries(nets, rate, digits.images, digits.labels)
        st.markdown(table(("net", "accuracy, %", "entropy, bits", "calibration error"), _cells(found), (1, 2, 3)))
        small(
            f"Asked: {whose}, with numpy, with as many passes as {SECONDS:.0f} s allow. Entropy: how unsure "
            "a net is. Calibration error: how far its confidence is from its accuracy, over 15 bins. "
            "Below: the images of which the passes are least sure."
        )
        with st.container(horizontal=True):
            for i in np.argsort(-entropies)[:_UNSURE]:
                truth = int(digits.labels[i])
                caption = f"{truth}: {entropies[i]:.1f} bits"
                st.image(255 - digits.images[i], caption, width=96, alt=f"A handwritten {truth}")


def _cells(found: list[Summary]) -> list[tuple[str, str, str, str]]:
    return [(s.name, f"{s.accuracy:.2f}", f"{s.entropy:.3f}", f"{s.calibration_error:.3f}") for s in found]
