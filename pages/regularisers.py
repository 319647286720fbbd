"""Other regularisers: L2, max-norm, augmentation, batch norm, early stopping; each alone and with dropout, measured."""

from itertools import product

import numpy as np
import pandas as pd
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.common.text import NATS, counted, sentence
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import nets, records
from dropout_core.reference.record_tables import histories, in_words, means, runs
from dropout_core.topics.regularisers import charts as pictures
from dropout_core.topics.regularisers import findings as reading
from dropout_core.ui import navigation, reference_panel, server
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, extract_datasets, small
from dropout_core.ui.page_state import PageState, choice, number

NAME = "regularisers"
TRIALS = tuple(trial.label for trial in EXPERIMENTS[NAME].trials)
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
    "L2": "adds ½ λ‖w‖² to the loss, so that large weights cost",
    "max-norm": "cuts the incoming weights of a neuron down to a largest norm after every step",
    "augmentation": "shows each image turned by up to 15° and shifted by up to 2 pixels, anew each time",
    "batch norm": "brings every neuron's sums to mean 0 and variance 1 over the batch, before the ReLU",
    "early stopping": "ends when the validation loss has not fallen for 3 epochs, and keeps the best weights",
}


@st.cache_data(show_spinner=False)
def numbers() -> pd.DataFrame:
    return runs(records.load(NAME))


@st.cache_data(max_entries=16, show_spinner=False)
def curves(first: str) -> dict:
    return extract_datasets(pictures.curves(histories(records.load(NAME)), TRIALS, first, reading.NOTHING))


@st.cache_data(show_spinner=False)
def shifts() -> list[np.ndarray]:
    """By rate, how much more each first-layer neuron of the net that comes with the package varies in training."""
    net = nets.load(NO_DROPOUT).net
    z = pixels(server.validation("mnist-5k").images) @ net.weights[0] + net.biases[0]
    return [reading.variance_shift(z, rate) for rate in RATES]


@st.cache_data(max_entries=32, show_spinner=False)
def shift_chart(rate: float) -> dict:
    return extract_datasets(pictures.shift(shifts(), RATES, rate))


def main() -> None:
    st.title("Other regularisers")
    STATE.begin()
    STATE.show_notes()
    record = reference_panel.load(NAME)
    if record is None:
        return
    recipe = record.trials[reading.NOTHING].recipe
    st.markdown(
        "Dropout is one way to keep a network from learning its examples by heart. Here are five others, "
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
    shifts()  # here, since a fragment shows an error as a traceback
    norm()
    reference_panel.provenance(record)
    reference_panel.repetition(record.experiment)
    navigation.next_page("regularisers")


@cached_output
def overview() -> None:
    """Accuracy and loss of every trial, both arms; all differences."""
    table = numbers()
    for column, (measure, (title, format_)) in zip(st.columns(2, gap="large"), MEASURES.items(), strict=True):
        middle = means(table, measure)
        column.vega_lite_chart(
            trial_dots.rows(table, middle, measure),
            trial_dots.spec(TRIALS, title, format_, base=reading.NOTHING),
            key=f"reg-{measure}",
            alt=trial_dots.text_alternative(middle, title, 3 if measure == "loss" else 2),
        )
    small(
        f"Circles, blue: {DROPOUT} at rate 0.5. Squares, orange: {NO_DROPOUT}. Bars: 95 % intervals; "
        f"ticks: single runs; dashed: the plain net. Better: accuracy to the right, loss to the left. {NATS}"
    )
    small(
        "Accuracy in points, differences by seed with 95 % intervals; bold where the interval leaves zero out. "
        "Ten rows are many: one in twenty intervals misses by chance. Without dropout, both orders of batch norm are "
        "one net. Early stopping picks its epoch on the images it is judged by: a little flattered."
    )
    st.table(reading.differences(records.load(NAME)))


@cached_output
def claims() -> None:
    """The article's two claims about regularisers, with what came of them."""
    record = records.load(NAME)
    st.header("Dropout with L2: better than either?")
    for column in MEASURES:
        found = reading.with_l2(record, column)
        st.markdown(f"- By {column}: **{found.text}**. {sentence(found.sentence)}")
    st.header("Early stopping: sooner, and before it overfits?")
    for arm, column in product(ARMS, MEASURES):
        found = reading.stopping(record, arm, column)
        st.markdown(f"- {arm.capitalize()}, by {column}: **{found.text}**. {sentence(found.sentence)}")


@st.fragment
def learn() -> None:
    """Validation loss by epoch of the regulariser that the reader picks, in the browser; the link follows."""
    alt = "Validation loss by epoch with and without dropout, of one regulariser and, faint, of the plain net."
    spec = curves(*STATE.first_values("of"))
    event = draw(spec, "reg_curves", alt, on_select="rerun", selection_mode=["pick"])
    STATE.apply_chart_report(event.selection)
    small(
        "Lines: means over the seeds, on a logarithmic axis; bands: 95 % intervals; thin: the plain net. Early "
        "stopping is drawn as long as all its runs last."
    )


@st.cache_data(show_spinner=False)
def orders() -> str:
    """Which order of dropout and batch normalisation was better, in words."""
    p = reading.order_of_norm(records.load(NAME))
    worth = {
        Verdict.HOLDS: "Here that order was better",
        Verdict.DOES_NOT_HOLD: "Here that order was worse",
        Verdict.INCONCLUSIVE: "No detectable difference between the two orders",
    }
    return f"{worth[improves(p, True)]}: accuracy {in_words(p, 'points')} against dropout after it."


@st.fragment
def norm() -> None:
    """Dropout in front of batch normalisation: the variance that it learns is not the one it meets."""
    st.header("Dropout before batch normalisation")
    words, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    with picture:
        alt = "Variance of a neuron in training over that at inference, by rate: 1 at rate 0, growing without bound."
        spec = shift_chart(*STATE.first_values("rate"))
        event = draw(spec, "reg_shift", alt, on_select="rerun", selection_mode=["rate"])
        STATE.apply_chart_report(event.selection)
        small(
            "Line: the median neuron of the first layer; band: the middle 80 % of them; dotted: no shift. The net is "
            "the one without dropout that comes with this app. "
            "Exact, without sampling; a logarithmic axis."
        )
    rate = STATE.values["rate"]
    words.markdown(
        "Batch normalisation scales by the spread it saw in training. Dropout in front of it raises that variance, "
        "and at inference, when nothing is dropped, the variance falls back: what was learned no longer fits "
        f"(Li et al. 2019). At rate {rate:g}, half of the first layer's neurons vary at least "
        f"{np.median(shifts()[RATES.index(rate)]):.2f} times as much in training as at inference."
    )
    words.markdown(orders())


main()
