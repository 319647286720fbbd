"""Regularisers page: L2, max-norm, augmentation, batch norm and early stopping, alone and combined with dropout."""

import numpy as np
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.common.text import NATS, counted
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import undetected
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.reference.record_tables import in_words, means
from dropout_core.topics.regularisers import cached, findings, outcomes
from dropout_core.topics.regularisers.cached import NAME, TRIALS
from dropout_core.ui import finding_view, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import (
    cached_output,
    draw,
    draw_reporting,
    expander,
    small,
    two_columns,
)
from dropout_core.ui.page_state import PageState, choice, number

STATE = PageState(
    NAME,
    {
        "of": choice("augmentation", TRIALS, chart=("pick", "trial")),
        "with": choice(DROPOUT, ARMS, chart=("add", "arm")),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", "p")),
    },
)
WHAT = {
    "L2": "(weight decay) adds ½ λ‖w‖² to the loss, which penalises large weights w; the number in the label is λ. "
    "Dropout does not penalise weights: it changes which neurons are present at each step",
    "max-norm": "limits the norm of each neuron’s incoming weights after every step, here to the number in the label",
    "augmentation": "rotates each image by up to 15° and shifts it by up to 2 pixels, differently each time: the "
    "net almost never sees the same image twice, so it cannot memorise it",
    "batch norm": "normalises each pre-activation over the batch, then applies a learned scale γ and shift β",
    "early stopping": "ends training when the validation loss has not fallen for 3 epochs, and keeps the best "
    "weights. Here, the same images are used to evaluate the net",
}
ORDERS = {
    Verdict.HOLDS: "In these runs, dropout before batch normalisation was better",
    Verdict.DOES_NOT_HOLD: "In these runs, dropout before batch normalisation was worse",
    Verdict.INCONCLUSIVE: "No detectable difference between the two orders",
}


def main() -> None:
    st.title("Other regularisers")
    STATE.begin()
    STATE.show_notes()
    record = reference_panel.load(NAME)
    if record is None:
        return
    st.header(cached.summary().headline)
    combination()
    st.markdown(
        "A regulariser keeps a net from memorising its training images (overfitting), so that it does better on new "
        "images. L2 (weight decay) penalises large weights, augmentation alters images, and dropout drops neurons at "
        "random."
    )
    cached.shifts()  # computed here, since an error inside a fragment would be shown as a traceback
    expander("Dropout before batch normalisation", norm, icon="swap_vert")
    expander("L2 with dropout, and early stopping", claims, icon="rule")
    expander(reference_panel.ABOUT, about, record, icon="info")
    reference_panel.repetition(record.experiment)
    navigation.next_page("regularisers")


def about(record: records.Record) -> None:
    every_difference()
    reference_panel.provenance(record)


@st.fragment
def combination() -> None:
    """Chart all recorded combinations. The reader switches methods and dropout on and off, and reads the outcome."""
    picture, text = two_columns()
    found = cached.summary()
    recipe = records.load(NAME).trials[findings.NOTHING].recipe
    with picture:
        small(
            f"Nets trained on {recipe.images:,} images. Dots and bars: the mean paired difference from the plain net "
            "(line), with its 95 % interval.",
            explain("95 % interval"),
        )
        spec = cached.outcomes_chart(*STATE.first_values("of", "with"))
        STATE.apply_chart_report(draw_reporting(spec, "reg_outcomes", found.alternative, ["pick", "add"]))
    with text:
        trial, arm = STATE.values["of"], STATE.values["with"]
        st.markdown(cached.outcome(trial, arm))
        st.markdown(what(trial))
        st.markdown(f"{found.dropout_alone} {found.what_is_left}", help=explain("nats"))
        small(f"{found.dropout_on_top} Methods were combined only with dropout, not with each other.", explain("Holm"))
    expander("Learning curves of the chosen method", learn, trial, icon="show_chart")


def what(trial: str) -> str:
    """Describe the method."""
    names = [name for name in WHAT if name in trial]
    return f"{names[0][:1].upper()}{names[0][1:]} {WHAT[names[0]]}." if names else ""


@cached_output
def every_difference() -> None:
    """Describe the runs, and show the loss of every trial in both arms, and a table of all differences."""
    table, record = cached.runs(), records.load(NAME)
    recipe = record.trials[findings.NOTHING].recipe
    averages, title = means(table, "loss"), "validation loss, nats"
    st.markdown(
        f"All nets have layers {'-'.join(map(str, (784, *recipe.hidden, 10)))} and were trained on the same "
        f"{counted(recipe.images, 'image')} for {counted(recipe.epochs, 'epoch')}, with the same "
        f"{counted(len(recipe.seeds), 'seed')}. The dropout rate is {recipe.rate:g}. The chart shows the validation "
        "loss:"
    )
    small(
        f"Blue circles: {DROPOUT}; orange squares: {NO_DROPOUT}; bars: 95 % intervals; ticks: single runs; "
        f"dashed line: the plain net. {NATS}"
    )
    st.vega_lite_chart(
        trial_dots.rows(table, averages, "loss"),
        trial_dots.spec(TRIALS, title, ".3f", base=findings.NOTHING),
        key="reg-loss",
        alt=trial_dots.text_alternative(averages, title, 3),
    )
    small(
        "The table shows how many points of accuracy each method gains over the plain net, and how many points "
        "dropout adds to each method. The differences are paired, with uncorrected 95 % intervals, and in bold if "
        "the interval excludes zero. Without dropout, the two orders of batch norm are the same net. Here, early "
        "stopping selects the epoch on the same images used for evaluation, so its result is slightly optimistic. "
        f"For the effect of adding dropout to a method: {outcomes.power(table)}."
    )
    st.table(findings.differences(record))


@cached_output
def claims() -> None:
    """Show the verdicts on the article's two claims about regularisers, by accuracy and by loss."""
    try:
        finding_view.show("“Dropout combined with L2 beats either alone”:", findings.l2_and_dropout())
        small(findings.l2_study())
    except records.RecordError as error:
        st.warning(f"The verdict on L2 with dropout cannot be shown: {error}.", icon=":material/warning:")
    finding_view.show("“Early stopping saves time and gives a better net”:", findings.early_stopping())
    small(findings.stopping_study())


def learn(trial: str) -> None:
    """Chart the validation loss of the chosen method by epoch."""
    alt = f"Validation loss by epoch, with and without dropout: {trial}, and the plain net as faint curves."
    small(
        "Lines: means over the seeds, on a logarithmic axis; bands: 95 % intervals; thin lines: nets without the "
        "method. The curves for early stopping end at the epoch at which the first run stops."
    )
    draw(cached.curves(trial), "reg_curves", alt)


@st.fragment
def norm() -> None:
    """Show that batch normalisation after dropout learns a variance that does not match the variance at inference."""
    text, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    with picture:
        alt = (
            "Ratio of a neuron’s variance in training to that at inference, by rate: 1 at rate 0, growing without "
            "bound."
        )
        small(
            "Line: the median over the neurons of the first layer; band: the middle 80 % of these neurons; thin "
            "line: no shift. The axis is logarithmic. The ratios are computed exactly for the bundled net trained "
            "without dropout."
        )
        spec = cached.shift_chart(*STATE.first_values("rate"))
        STATE.apply_chart_report(draw_reporting(spec, "reg_shift", alt, ["rate"]))
    rate = STATE.values["rate"]
    text.markdown(
        "Batch normalisation divides by the standard deviation measured in training. If dropout comes first, it "
        "raises the variance in training but not at inference, so the stored value is wrong at inference (Li et "
        f"al. 2019). At rate {rate:g}, in training, half of the neurons in the first layer have a variance at "
        f"least {np.median(cached.shifts()[RATES.index(rate)]):.2f} times as large as at inference."
    )
    order = findings.order_of_norm(records.load(NAME))
    text.markdown(
        f"{ORDERS[improves(order, True)]}: compared with dropout after batch normalisation, the difference in "
        f"accuracy is {in_words(order, 'points')}.{undetected(order, 'points')}"
    )


main()
