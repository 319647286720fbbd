"""Other regularisers, alone and combined with dropout: L2, max-norm, augmentation, batch norm and early stopping."""

import numpy as np
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.common.text import NATS, counted, sentence
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.verdicts import Finding, Verdict, improves
from dropout_core.reference import records
from dropout_core.reference.record_tables import in_words, means
from dropout_core.topics.regularisers import cached, findings
from dropout_core.topics.regularisers.cached import NAME, TRIALS
from dropout_core.ui import navigation, reference_panel
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw_reporting, small
from dropout_core.ui.page_state import PageState, choice, number

STATE = PageState(
    NAME,
    {
        "of": choice("L2, 1e-3", TRIALS, chart=("pick", "trial")),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", "p")),
    },
)
MEASURES = {
    "accuracy": ("validation accuracy, %", ".2f"),
    "loss": ("validation loss, nats", ".3f"),
}
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
    recipe = record.trials[findings.NOTHING].recipe
    st.markdown(
        "Dropout is one way to keep a network from memorising its examples. Here are five others, "
        "**each alone and together with dropout**, all in the same net, on the same "
        f"{counted(recipe.images, 'image')}, for {counted(recipe.epochs, 'epoch')} and from the same "
        f"{counted(len(recipe.seeds), 'seed')}."
    )
    st.markdown("\n".join(f"- **{name}** {does}." for name, does in WHAT.items()))
    overview()
    delay_until_first_chart()
    claims()
    st.header("How they learn")
    learn()
    cached.shifts()  # computed here, since an error inside a fragment would be shown as a traceback
    norm()
    reference_panel.provenance(record)
    reference_panel.repetition(record.experiment)
    navigation.next_page("regularisers")


@cached_output
def overview() -> None:
    """Show the accuracy and loss of every trial in both arms, and a table of all differences."""
    table = cached.runs()
    for column, (measure, (title, format_)) in zip(st.columns(2, gap="large"), MEASURES.items(), strict=True):
        averages = means(table, measure)
        column.vega_lite_chart(
            trial_dots.rows(table, averages, measure),
            trial_dots.spec(TRIALS, title, format_, base=findings.NOTHING),
            key=f"reg-{measure}",
            alt=trial_dots.text_alternative(averages, title, 3 if measure == "loss" else 2),
        )
    small(
        f"Circles, blue: {DROPOUT} at rate 0.5. Squares, orange: {NO_DROPOUT}. Bars: 95 % intervals; "
        f"ticks: single runs; dashed: the plain net. Better: accuracy to the right, loss to the left. {NATS}"
    )
    small(
        "Accuracy in points, paired differences with 95 % intervals; bold if the interval excludes zero. "
        "Ten rows are many: one in twenty intervals misses by chance. Without dropout, both orders of batch norm are "
        "the same net. In this table, early stopping selects its epoch on the images on which it is judged."
    )
    st.table(findings.differences(records.load(NAME)))


@cached_output
def claims() -> None:
    """Show the verdicts on the article's two claims about regularisers, by accuracy and by loss."""
    st.header("Dropout with L2: better than either?")
    _show(findings.l2_and_dropout())
    st.header("Early stopping: sooner, and before it overfits?")
    _show(findings.early_stopping())


def _show(finding: Finding) -> None:
    st.markdown(f"**{finding.text.capitalize()}**. {sentence(finding.sentence)}")
    if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS) and finding.evidence:
        small(sentence(finding.evidence[0].power_text))


@st.fragment
def learn() -> None:
    """Chart the validation loss of the regulariser selected in the browser, and store the selection in the link."""
    alt = "Validation loss by epoch with and without dropout, of one regulariser and, faint, of the plain net."
    spec = cached.curves(*STATE.first_values("of"))
    STATE.apply_chart_report(draw_reporting(spec, "reg_curves", alt, ["pick"]))
    small(
        "Lines: means over the seeds, on a logarithmic axis; bands: 95 % intervals; thin: the plain net. Early "
        "stopping is drawn as long as all its runs last."
    )


@st.fragment
def norm() -> None:
    """Show that batch normalisation after dropout learns a variance that does not match the variance at inference."""
    st.header("Dropout before batch normalisation")
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
