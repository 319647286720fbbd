"""Asks the reader's two trained nets about a digit that the reader draws or picks, and about the validation set."""

from collections import Counter
from functools import partial

import numpy as np
import streamlit as st
from jaxtyping import Float, UInt8

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.answers import SECONDS
from dropout_core.numerics.inference import PASSES
from dropout_core.numerics.network import SmallNetwork
from dropout_core.reference import nets as packaged
from dropout_core.storage.store import StoreError
from dropout_core.topics.training import charts_answers
from dropout_core.topics.training.asking import Asked, Nets
from dropout_core.topics.training.asking import ask as ask_nets
from dropout_core.topics.training.shown import Shown
from dropout_core.topics.training.validation_set import Summary, most_disputed, summaries
from dropout_core.ui import components, drawing, server
from dropout_core.ui.layout import cached_output, small, table, text, two_columns

_UNSURE = 8  # number of images shown of which the nets are least sure
_NAMED = 3  # number of answers of the passes that are named
_SAMPLES = ("a seven", "an open zero", "the letter A")


@st.fragment
def ask(shown: Shown) -> None:
    """Draw the sheet and both nets' answers."""
    st.subheader("Ask both nets")
    nets = _nets_of(shown)
    _begin()
    answers, sheet = two_columns()
    with sheet:
        components.drawing_pad("train_pad", st.session_state.train_drawn, st.session_state.train_version, take_drawing)
        with st.container(horizontal=True, gap="small"):
            for name in _SAMPLES:
                st.button(name, on_click=_show_sample, args=(name,), key=f"train_sample_{name}")
            untrained = shown.finished is None
            st.button(
                "A digit they disagree on",
                on_click=_show_disputed,
                args=(shown,),
                disabled=untrained,
            )
        if untrained:
            small("To see a digit they disagree on, train both nets first.")
    with answers:
        if trouble := st.session_state.pop("train_trouble", None):
            st.warning(f"{trouble}.", icon=":material/edit:")
        _answer(nets)


def _nets_of(shown: Shown) -> Nets:
    """Return the nets trained with this recipe or, if there are none, the nets that come with this app."""
    if shown.finished is not None:
        recipe = shown.recipe
        whose = "your nets" if shown.mine else "stored nets of this recipe"
        return Nets(f"{whose}, seed {recipe.seeds[0]}", recipe.data, recipe.rate, partial(_stored, recipe), recipe)
    return _packaged()


def _packaged() -> Nets:
    rate, data = packaged.load(DROPOUT).rate, packaged.RECIPE.data
    return Nets("the app’s pretrained nets", data, rate, lambda arm: packaged.load(arm).net)


def _stored(recipe: Recipe, arm: str) -> SmallNetwork:
    return server.trained(recipe.key, arm, recipe.seeds[0])


def _ask(nets: Nets, images: UInt8[np.ndarray, "n 28 28"], whole: bool = False) -> Asked | None:
    """Classify the images with both nets, or say why that is not possible.

    whole  whether the images are all validation images, for which the mean of the passes is enough
    """
    try:
        return ask_nets(nets, images, server.engine(), averaged=whole, all_images=whole)
    except StoreError as error:
        st.warning(f"These nets cannot be loaded: {error}.", icon=":material/warning:")
        return None


def _begin() -> None:
    st.session_state.setdefault("train_version", 0)
    if "train_drawn" not in st.session_state:
        _show_sample("a four")


def _show_sample(name: str) -> None:
    show(drawing.sample(name))


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
        state.train_trouble = f"Invalid data from the browser: {error}"
        return
    if drawn != state.train_drawn:
        state.train_drawn, state.train_truth = drawn, ""


def _show_disputed(shown: Shown) -> None:
    """Put the next of the validation images on the sheet on which the reader's nets disagree, if there are any."""
    recipe = shown.recipe
    try:
        outputs = {arm: server.probabilities(recipe.key, arm, recipe.seeds[0], recipe.data) for arm in ARMS}
    except StoreError as error:
        st.session_state.train_trouble = f"These nets cannot be loaded: {error}"
        return
    chosen = most_disputed(outputs[NO_DROPOUT], outputs[DROPOUT], 50)
    if not len(chosen):
        st.session_state.train_trouble = "Both nets agree on every validation image"
    else:
        turn = st.session_state.get("train_disputed", -1) + 1
        st.session_state.train_disputed = turn
        digits, i = server.validation(recipe.data), chosen[turn % len(chosen)]
        show(digits.images[i], f"A handwritten {digits.labels[i]}. ")


def _answer(nets: Nets) -> None:
    truth = st.session_state.train_truth
    try:
        sheet = drawing.parse(st.session_state.train_drawn)
        asked = None if nets.recipe is None else _ask(nets, _as_input(sheet, truth)[None])
        if asked is None:
            _show_packaged(sheet, truth)
        else:
            _show(asked, truth)
    except drawing.EmptySheet:
        st.info("The sheet is empty: draw a digit or choose a sample.", icon=":material/draw:")


def _as_input(sheet: UInt8[np.ndarray, "28 28"], truth: str) -> UInt8[np.ndarray, "28 28"]:
    """Scale and centre a drawing, but not a validation image: that could change the answers for which it was chosen."""
    return sheet if truth else drawing.as_mnist(sheet)


@cached_output
def _show_packaged(sheet: UInt8[np.ndarray, "28 28"], truth: str) -> None:
    """Show the answers of the app's nets. Readers who have not trained share them."""
    image = _as_input(sheet, truth)
    _show(ask_nets(_packaged(), image[None], server.engine(), averaged=False, all_images=False), truth)


def _show(asked: Asked, truth: str) -> None:
    answers = {arm: asked.answers[arm].off[0] for arm in ARMS}
    masked = asked.answers[DROPOUT].on[:, 0]
    none, drop = (f"**{answers[arm].argmax()}** ({100 * answers[arm].max():.0f} %)" for arm in (NO_DROPOUT, DROPOUT))
    text(
        f"{truth}Without dropout: {none}. With dropout: {drop}.{votes(masked)}",
        ":small[Square: without dropout; circle: with dropout; dots: single passes of the dropout net with masks on.]",
    )
    alt = "The probabilities of all ten digits, for each net and for each pass with masks on."
    st.vega_lite_chart(charts_answers.rows(answers, masked), charts_answers.spec(), key="train_answers", alt=alt)
    small(f"The more the dots scatter, the less certain the prediction. {answered_by(asked)}")


def answered_by(asked: Asked) -> str:
    """Say which nets were asked, what computed the answers, how long it took, and whether the time was too short."""
    count = asked.answers[DROPOUT].passes
    fewer = f" Only {count} of {PASSES} passes were completed within {SECONDS:.0f} s." if 0 < count < PASSES else ""
    return f"Answers from {asked.nets.whose}, computed by {asked.source} in {asked.milliseconds:,.0f} ms.{fewer}"


def votes(masked: Float[np.ndarray, "passes 10"]) -> str:
    """Count the passes' answers, the most frequent first. Returns "" if there are no passes."""
    if not len(masked):
        return ""
    counts = Counter(masked.argmax(1).tolist()).most_common()
    named, rest = counts[:_NAMED], sum(n for _, n in counts[_NAMED:])
    parts = [f"{_say(n)} {digit}" for digit, n in named]
    if rest:
        parts.append(f"{_say(rest)} {'another digit' if rest == 1 else 'other digits'}")
    return f" Of {len(masked)} passes with masks on, {listed(parts)}."


def _say(n: int) -> str:
    return f"{n} say{'s' * (n == 1)}"


@st.fragment
def validation_set(shown: Shown) -> None:
    """Draw a fold with a button that asks both nets about all validation images."""
    with st.expander("Test the nets on the whole validation set", icon=":material/grid_view:"):
        nets = _nets_of(shown)
        digits = server.validation(nets.data)
        if not st.button(f"Classify all {len(digits.labels):,} images, with masks on and off"):
            return
        with st.spinner("Classifying…"):
            asked = _ask(nets, digits.images, whole=True)
        if asked is None:
            return
        found, entropies = summaries(asked.answers, digits.labels)
        st.markdown(table(("net", "accuracy, %", "entropy, bits", "calibration error"), _cells(found), (1, 2, 3)))
        small(
            f"{answered_by(asked)} Entropy measures how uncertain a net is. The calibration error is the gap between "
            "confidence and accuracy, averaged over 15 bins of confidence. The images below are those on which the "
            "mean of the passes is least certain."
        )
        with st.container(horizontal=True):
            for i in np.argsort(-entropies)[:_UNSURE]:
                truth = int(digits.labels[i])
                caption = f"{truth}: {entropies[i]:.1f} bits"
                st.image(255 - digits.images[i], caption, width=96, alt=f"A handwritten {truth}")


def _cells(found: list[Summary]) -> list[tuple[str, str, str, str]]:
    return [(s.name, f"{s.accuracy:.2f}", f"{s.entropy:.3f}", f"{s.calibration_error:.3f}") for s in found]
