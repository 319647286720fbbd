"""The page on dropout today: where it still pays, where not, and what has been learned about it since 2014."""

import streamlit as st

from dropout_core.common.text import NATS, listed
from dropout_core.topics.today import (
    adaptive_l2_record,
    cached,
    coadaptation_record,
    early_record,
    epochs,
    transformer_record,
)
from dropout_core.topics.today.comparisons_view import batch_norm, early_or_late, transformer
from dropout_core.topics.today.controls_view import STATE
from dropout_core.topics.today.epochs import GUESSES, NAMES, ONCE
from dropout_core.topics.today.frameworks import FRAMEWORKS, LAYERS, ignoring_eval
from dropout_core.topics.today.studies_view import adaptive_l2, coadaptation
from dropout_core.ui import components, finding_view, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import cached_output, draw, draw_reporting, expander, small, table, text, two_columns

QUESTION = "Every image is seen only once. What does dropout do then?"
T5 = "https://github.com/google-research/text-to-text-transfer-transformer/blob/main/released_checkpoints.md"
PALM, TOKENS = "https://arxiv.org/abs/2204.02311", "https://arxiv.org/abs/2305.13230"
KEEP = "In the 2014 paper, p is the probability of *keeping* a unit, as is `keep_prob` in TensorFlow 1"


def main() -> None:
    st.title("Dropout today")
    STATE.begin()
    STATE.show_notes()
    STATE.write_link()
    if all(reference_panel.load(name) is not None for name in NAMES):
        one_epoch_or_many()
    expander("What do PyTorch, Keras and Flax do?", frameworks, icon="table")
    if early_record.FILE.exists():
        expander("Does early or late dropout help?", early_or_late, icon="swap_vert")
    expander("Batch norm or dropout?", batch_norm, icon="compare")
    if transformer_record.FILE.exists():
        expander("Where in a transformer does dropout help?", transformer, icon="grid_view")
    if coadaptation_record.FILE.exists():
        expander("Does dropout reduce co-adaptation?", coadaptation, icon="hub")
    if adaptive_l2_record.FILE.exists():
        expander("Is dropout an L2 penalty?", adaptive_l2, icon="functions")
    navigation.next_page("today")


# --- one epoch or many -----------------------------------------------------------------------------------------------


def one_epoch_or_many() -> None:
    found = cached.summary()
    st.header(found.headline if STATE.revealed else QUESTION)
    if not STATE.revealed:
        components.guess_buttons("today", GUESSES, STATE.reveal)
    elif guess := STATE.values["guess"]:
        st.markdown(cached.answer(guess))
    picture, words = two_columns()
    with picture:
        small(
            "Accuracy with dropout minus accuracy without, in points; 95 % intervals over seeds, each of which draws "
            f"its own images.{f' {found.power}' if STATE.revealed else ''}",
            explain("seed", "95 % interval"),
        )
        the_gains()
    with words:
        if STATE.revealed:
            why()
        else:
            the_design()
    if STATE.revealed:
        expander("By loss, and every verdict", every_verdict, icon="rule")
        expander(reference_panel.ABOUT, about, icon="info")
        record = reference_panel.load(ONCE)
        if record is not None:
            reference_panel.repetition(record.experiment, images=4_000, epochs=128)


@st.fragment
def the_gains() -> None:
    (seen,) = STATE.first_values("seen", chart=(STATE.revealed, navigation.visit()))
    spec = cached.gain_chart(seen, STATE.revealed, STATE.values["guess"])
    if not cached.reports(STATE.revealed):
        hidden = f"The gain from dropout if images are seen 32 times or more. {QUESTION}"
        draw(spec, "today_gains", cached.summary().alternative if STATE.revealed else hidden)
        return
    STATE.apply_chart_report(draw_reporting(spec, "today_gains", cached.summary().alternative, ["seen"]))


def the_design() -> None:
    images = epochs.images_by_epochs(ONCE)
    most = max(images)
    text(
        f"Every net sees {cached.SEEN[0]} MNIST images in training, so all are updated equally often. What differs is "
        f"the number of *different* images: from {images[1]:,} that are seen once to {images[most]:,} that are seen "
        f"{most} times.",
        "The chart shows the accuracy gained with dropout if images are repeated. What do you expect if no image is "
        "repeated?",
    )


def why() -> None:
    found, images = cached.summary(), epochs.images_by_epochs(ONCE)
    text(
        f"Every net ({epochs.layers()}) sees {cached.SEEN[0]} MNIST images in training: {images[1]:,} images once, or "
        "fewer images more often. "
        "**A net can memorise only images that it sees repeatedly**, and dropout hinders memorising. If every image "
        "is new, there is little to memorise, and the noise slows learning.",
        found.longer,
        "Models that see their data about once therefore use no dropout: T5 1.1 [turned dropout off in "
        f"pre-training]({T5}), and [PaLM]({PALM}) was trained without it; both use it in fine-tuning, on small "
        f"data sets. Where text is repeated, [dropout helps language models too]({TOKENS}).",
    )


@cached_output
def every_verdict() -> None:
    st.markdown("“Dropout pays where images are repeated most, and not where they are repeated least”:")
    st.markdown(
        "\n".join(f"- {case}: **{finding.text}**: {finding.sentence}." for case, finding in cached.verdicts().items())
    )
    small("The tables compare the fewest and the most repetitions; the chart’s caption is about all points near zero.")
    for finding in cached.verdicts().values():
        finding_view.comparisons(finding)
    small(NATS)


def about() -> None:
    for name in NAMES:
        record = reference_panel.load(name)
        if record is not None:
            reference_panel.provenance(record)


# --- what frameworks do ----------------------------------------------------------------------------------------------


@cached_output
def frameworks() -> None:
    head = ("", "call", "argument", "default", "drops", "off for inference")
    rows = [
        (FRAMEWORKS[each.package], f"`{each.call}`", each.argument, each.default, each.on, each.off) for each in LAYERS
    ]
    st.markdown(
        "**In all of them, the rate is P(drop), and kept values are scaled by 1 / (1 − p). They differ in how "
        f"dropout is turned off: {listed(f'`{each}`' for each in ignoring_eval())} ignore eval().**"
    )
    st.markdown(table(head, rows))
    small(
        f"{KEEP}. A test in this project calls each of these layers and functions if the package is installed, and "
        "checks the row."
    )


main()
