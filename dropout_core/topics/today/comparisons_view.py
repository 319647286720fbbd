"""The folds of the page on dropout today that compare several nets: batch norm, early and late, in a transformer."""

import streamlit as st

from dropout_core.charts.changes import Change, changes, text_alternative
from dropout_core.common.text import listed, sentence, span
from dropout_core.numerics.evidence import power_range
from dropout_core.reference.records import load
from dropout_core.topics.today import charts_changes, early_record, norm, transformer_record
from dropout_core.topics.today.early_record import OVERFITS, REGIMES, UNDERFITS
from dropout_core.ui import finding_view, reference_panel
from dropout_core.ui.layout import cached_output, draw, expander, small, table, text, two_columns

IOFFE, LIU = "https://arxiv.org/abs/1502.03167", "https://arxiv.org/abs/2303.01500"
VASWANI, HUANG = "https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/1603.09382"
HOW_TO_READ = (
    "Differences from no dropout, with 95 % intervals. Each name has two rows: accuracy, with its axis below, and "
    "loss, with its axis above, which is reversed. Better is to the right; an interval within the band is equivalent. "
    f"{sentence(charts_changes.key())}"
)
VALIDATION = "The validation images, which are MNIST’s 10,000 test images, were evaluated once per net"


# --- batch norm ------------------------------------------------------------------------------------------------------


def batch_norm() -> None:
    record = reference_panel.load(norm.RECORD)
    if record is None:
        return
    _norm()
    for column in norm.UNITS:
        st.markdown(table(finding_view.HEAD, [finding_view.row(each) for each in norm.evidence(column)]))
    reference_panel.about(record)


@cached_output
def _norm() -> None:
    recipe = load(norm.RECORD).trials[norm.PLAIN].recipe
    st.markdown(f"**{norm.headline()}.**")
    small(
        f"Differences from the net with neither, over {len(recipe.seeds)} seeds; 95 % intervals. "
        f"{sentence(charts_changes.key())}"
    )
    rows = [Change(name, norm.change(name, "accuracy")) for name in list(norm.NETS)[1:]]
    title = "points of accuracy against neither"
    left, words = two_columns()
    with left:
        draw(changes(rows, title), "today_norm", text_alternative(rows, "points"))
    with words:
        loss = norm.means("loss")
        text(
            "Many vision nets gave up dropout for batch normalisation, which speeds up training and adds noise of its "
            f"own, since each batch has another mean. [Ioffe & Szegedy 2015]({IOFFE}) removed dropout.",
            f"Here, on {recipe.images:,} images and with p = {recipe.rate:g}, validation losses are "
            f"{loss['neither']:.3f} nats with neither, {loss['dropout']:.3f} with dropout, {loss['batch norm']:.3f} "
            f"with batch norm and {loss['both']:.3f} with both (dropout after batch norm).",
        )
    power = sentence(power_range(norm.evidence("accuracy")))
    small(f"The tables compare the other nets with each other, not with neither. {power}")


# --- in a transformer ------------------------------------------------------------------------------------------------


def transformer() -> None:
    _places()
    for claim, finding in transformer_record.findings().items():
        finding_view.show(f"{claim}:", finding)
    expander(reference_panel.ABOUT, _about_transformer, icon="info", key="today_about_transformer")


@st.cache_resource(max_entries=1, show_spinner=False)
def _place_chart() -> dict:
    return charts_changes.in_margins(transformer_record.rows())


@cached_output
def _places() -> None:
    record, setup = transformer_record, transformer_record.SETUP
    st.markdown(f"**{record.headline()}.**")
    small(HOW_TO_READ)
    left, words = two_columns()
    with left:
        draw(_place_chart(), "today_places", charts_changes.measures_alternative(record.rows()))
        power = sentence(power_range([*record.evidence("accuracy").values()]))
        small(f"Intervals follow Holm’s correction for {len(record.PLACES) - 1} places. {power}")
    with words:
        text(
            f"The transformer of 2017 drops single values of the embedding and of each residual branch, at p = 0.1 "
            f"([Vaswani et al. 2017]({VASWANI})); others drop attention weights, too, or whole branches of an image "
            f"(stochastic depth, [Huang et al. 2016]({HUANG})).",
            f"Ours reads an image row by row, as {record.ROWS} tokens: {setup.blocks} blocks, width {setup.width}, "
            f"{setup.heads} heads. It is trained on {setup.images:,} images for {setup.epochs} epochs, so each image "
            "is seen repeatedly.",
        )


def _about_transformer() -> None:
    record, setup = transformer_record, transformer_record.SETUP
    small(
        f"{len(setup.seeds)} nets of each kind (seeds {span(setup.seeds)}), each on images of its own; Adam with "
        f"learning rate {setup.learning_rate:g} and batches of {setup.batch}. Nets of one seed share images, their "
        f"order and initial weights. {VALIDATION}, after the last epoch. "
        "The power is that under Bonferroni’s limit, the strictest step of Holm’s correction. "
        "To repeat, run `python -m dropout_core reference transformer`."
    )
    st.markdown(reference_panel.study_origin(record.STUDY))


# --- early or late ---------------------------------------------------------------------------------------------------


def early_or_late() -> None:
    _schedules()
    for claim, finding in early_record.findings().items():
        finding_view.show(f"{claim}:", finding)
    expander(reference_panel.ABOUT, _about_early, icon="info", key="today_about_early")


@st.cache_resource(max_entries=2, show_spinner=False)
def _schedule_chart(regime: str) -> dict:
    return charts_changes.in_margins(early_record.rows(regime))


@cached_output
def _schedules() -> None:
    record = early_record
    st.markdown(f"**{record.headline()}.**")
    text(
        f"[Liu et al. 2023]({LIU}) found that dropout helps even a net that underfits if it acts early, and a net that "
        "overfits if it acts late. **Early** dropout falls from p to 0 within the first sixth of the training; "
        "**late** dropout begins there, at p.",
        f"{'. '.join(record.others())}.",
    )
    small(HOW_TO_READ)
    for regime, column in zip(REGIMES, st.columns(2, gap="large"), strict=True):
        with column:
            st.markdown(f"**{regime.capitalize()}**, p = {REGIMES[regime].rate:g}")
            alt = charts_changes.measures_alternative(record.rows(regime))
            draw(_schedule_chart(regime), f"today_schedules_{regime.split()[0]}", alt)
            small(f"{sentence(record.levels(regime))}")
    power = sentence(power_range([record.rows(regime)[name][0] for regime in REGIMES for name in record.SCHEDULES[1:]]))
    small(power)


def _about_early() -> None:
    record, (few, many) = early_record, (REGIMES[UNDERFITS], REGIMES[OVERFITS])
    small(
        f"Small net: {_hidden(few)} hidden units, {few.images:,} images, {few.epochs} epochs. Large net: "
        f"{_hidden(many)}, {many.images:,} images of its own for each seed, {many.epochs} epochs. "
        f"{len(record.SEEDS)} seeds each ({span(record.SEEDS)}); Adam, batches of {few.batch}, with a learning rate "
        f"that falls from {few.learning_rate:g} to 0. The switch after a sixth of the training and the linear fall "
        "are those of the paper; its nets are vision transformers on ImageNet. The rates were chosen among "
        f"{listed(f'{rate:g}' for rate in record.PILOT_RATES)} on other seeds and {record.HELD_OUT:,} training images "
        "that these nets had not seen: for the small net by the loss with early dropout, and for the large net by "
        f"that with dropout throughout. {VALIDATION}, after the last update. "
        "Training losses and the units that fire for no training image are shown, but not judged. "
        "To repeat, run `python -m dropout_core reference early-late`."
    )
    st.markdown(reference_panel.study_origin(record.STUDY))
    st.markdown(reference_panel.study_origin(record.PILOT))


def _hidden(regime: early_record.Regime) -> str:
    return " and ".join(map(str, regime.hidden))
