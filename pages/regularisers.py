"""Other regularisers, alone and combined with dropout: L2, max-norm, augmentation, batch norm and early stopping."""

import numpy as np
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.common.text import NATS, counted, sentence
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.verdicts import Finding, Verdict, improves
from dropout_core.reference import records
from dropout_core.reference.record_tables import in_words, means
from dropout_core.topics.regularisers import cached, findings, outcomes
from dropout_core.topics.regularisers.cached import NAME, TRIALS
from dropout_core.ui import navigation, reference_panel
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, draw_reporting, small, two_columns
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
    "L2": "adds ½ λ‖w‖² to the loss, which penalises large weights",
    "max-norm": "scales the incoming weights of a neuron down to a maximum norm after every step",
    "augmentation": "rotates each image by up to 15° and shifts it by up to 2 pixels, differently each time",
    "batch norm": "normalises every pre-activation over the batch, then scales and shifts it by learned γ and β",
    "early stopping": "ends when the validation loss has not fallen for 3 epochs, and keeps the best weights",
}
ORDERS = {
    Verdict.HOLDS: "Here that order was better",
    Verdict.DOES_NOT_HOLD: "Here that order was worse",
    Verdict.INCONCLUSIVE: "No detectable difference between the two orders",
}


def main() -> None:
    st.title("Other regularisers")
    STATE.begin()
    STATE.show_notes()
    record = reference_panel.load(NAME)
    if record is None:
        return
    st.subheader(outcomes.headline(cached.runs()))
    combination()
    delay_until_first_chart()
    cached.shifts()  # computed here, since an error inside a fragment would be shown as a traceback
    with st.expander("Dropout before batch normalisation", icon=":material/swap_vert:"):
        norm()
    with st.expander("L2 with dropout, and early stopping", icon=":material/rule:"):
        claims()
    with st.expander("About these runs", icon=":material/info:"):
        every_difference()
        reference_panel.provenance(record)
    reference_panel.repetition(record.experiment)
    navigation.next_page("regularisers")


@st.fragment
def combination() -> None:
    """Chart all recorded combinations. The reader switches methods and dropout on and off, and reads the outcome."""
    picture, text = two_columns()
    table = cached.runs()
    with picture:
        alt = trial_dots.text_alternative(means(table, "accuracy"), "Validation accuracy, %")
        spec = cached.outcomes(*STATE.first_values("of", "with"))
        STATE.apply_chart_report(draw_reporting(spec, "reg_outcomes", alt, ["pick", "add"]))
    with text:
        trial, arm = STATE.values["of"], STATE.values["with"]
        st.markdown(outcomes.outcome(table, trial, arm))
        st.markdown(what(trial))
        small(
            "Bars: 95 % intervals of the difference from the plain net (dashed), paired by seed. "
            f"{outcomes.dropout_on_top(table)} Two methods at once were not trained."
        )
    with st.expander("Learning curves of the chosen method", icon=":material/show_chart:"):
        learn(trial)


def what(trial: str) -> str:
    """Say what the method does."""
    names = [name for name in WHAT if name in trial]
    return f"{names[0][:1].upper()}{names[0][1:]} {WHAT[names[0]]}." if names else ""


@cached_output
def every_difference() -> None:
    """Describe the runs, and show the loss of every trial in both arms, and a table of all differences."""
    table, record = cached.runs(), records.load(NAME)
    recipe = record.trials[findings.NOTHING].recipe
    averages, title = means(table, "loss"), "validation loss, nats"
    st.markdown(
        f"All nets are {'-'.join(map(str, (784, *recipe.hidden, 10)))}, trained on the same "
        f"{counted(recipe.images, 'image')} for {counted(recipe.epochs, 'epoch')}, from the same "
        f"{counted(len(recipe.seeds), 'seed')}; dropout has rate {recipe.rate:g}. Validation loss:"
    )
    st.vega_lite_chart(
        trial_dots.rows(table, averages, "loss"),
        trial_dots.spec(TRIALS, title, ".3f", base=findings.NOTHING),
        key="reg-loss",
        alt=trial_dots.text_alternative(averages, title, 3),
    )
    small(
        f"Circles, blue: {DROPOUT}. Squares, orange: {NO_DROPOUT}. Bars: 95 % intervals; ticks: single runs; "
        f"dashed: the plain net. {NATS}"
    )
    small(
        "Accuracy in points against the plain net, and what dropout adds to each method: paired differences with 95 % "
        "intervals; bold if the interval excludes zero. "
        "Ten rows are many: one in twenty intervals misses by chance. Counts of rows on this page are corrected for "
        "that (Holm). Without dropout, both orders of batch norm are the same net. Here, early stopping selects its "
        "epoch on the images on which it is judged, which is slightly optimistic."
    )
    st.table(findings.differences(record))


@cached_output
def claims() -> None:
    """Show the verdicts on the article's two claims about regularisers, by accuracy and by loss."""
    st.markdown("**Dropout with L2: better than either?**")
    _show(findings.l2_and_dropout())
    st.markdown("**Early stopping: sooner, and before it overfits?**")
    _show(findings.early_stopping())


def _show(finding: Finding) -> None:
    st.markdown(f"**{finding.text.capitalize()}**. {sentence(finding.sentence)}")
    if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS) and finding.evidence:
        small(sentence(finding.evidence[0].power_text))


def learn(trial: str) -> None:
    """Chart the validation loss of the chosen method by epoch."""
    alt = f"Validation loss by epoch with and without dropout: {trial}, and, faint, the plain net."
    draw(cached.curves(trial), "reg_curves", alt)
    small(
        "Lines: means over the seeds, on a logarithmic axis; bands: 95 % intervals; thin: no other method. Early "
        "stopping is drawn as long as all its runs last."
    )


@st.fragment
def norm() -> None:
    """Show that batch normalisation after dropout learns a variance that does not match the variance at inference."""
    text, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    with picture:
        alt = "Variance of a neuron in training over that at inference, by rate: 1 at rate 0, growing without bound."
        spec = cached.shift_chart(*STATE.first_values("rate"))
        STATE.apply_chart_report(draw_reporting(spec, "reg_shift", alt, ["rate"]))
        small(
            "Line: the median neuron of the first layer; band: the middle 80 % of its neurons; dotted: no shift. The "
            "net is the one without dropout that comes with this app. Exact, without sampling; a logarithmic axis."
        )
    rate = STATE.values["rate"]
    text.markdown(
        "Batch normalisation divides by the spread it saw in training. Dropout before it raises that variance. At "
        "inference, when nothing is dropped, the variance falls back, and the learned value no longer fits "
        f"(Li et al. 2019). At rate {rate:g}, half of the first layer's neurons vary at least "
        f"{np.median(cached.shifts()[RATES.index(rate)]):.2f} times as much in training as at inference."
    )
    order = findings.order_of_norm(records.load(NAME))
    text.markdown(f"{ORDERS[improves(order, True)]}: accuracy {in_words(order, 'points')} against dropout after it.")


main()
