"""Other regularisers: L2, max-norm, augmentation, batch norm, early stopping; each alone and with dropout, measured."""

from itertools import product

import numpy as np
import pandas as pd
import streamlit as st

from dropout_core import records, reference_nets, reference_ui, service, ui
from dropout_core import regularisers as reading
from dropout_core.charts import dots
from dropout_core.charts import regularisers as pictures
from dropout_core.estimates import RATES
from dropout_core.experiments import EXPERIMENTS
from dropout_core.findings import clear
from dropout_core.inference import pixels
from dropout_core.layout_ui import data_apart, draw, drawn_once
from dropout_core.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.record_reading import histories, in_words, means, runs
from dropout_core.words import NATS, counted, sentence

NAME = "regularisers"
TRIALS = tuple(trial.label for trial in EXPERIMENTS[NAME].trials)
DEFAULTS = {"of": "L2, 1e-3"}
MEASURES = {
    "accuracy": ("validation accuracy, % (right is better)", ".2f"),
    "loss": ("validation loss (left is better)", ".3f"),
}
WHAT = {
    "L2": "adds λ‖w‖² to the loss, so that large weights cost",
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
    return data_apart(pictures.curves(histories(records.load(NAME)), TRIALS, first, reading.NOTHING))


@st.cache_data(show_spinner=False)
def shift() -> tuple[dict, float]:
    """The chart of the variance shift in the net that comes with the package, and its median at rate 0.5."""
    net = reference_nets.load(NO_DROPOUT).net
    z = pixels(service.digits("mnist-5k").validation_images) @ net.weights[0] + net.biases[0]
    ratios = [reading.variance_shift(z, rate) for rate in RATES]
    return pictures.shift(ratios, RATES, 0.5), float(np.median(reading.variance_shift(z, 0.5)))


def main() -> None:
    ui.open_page()
    st.title("Other regularisers")
    first = ui.choice_param("of", DEFAULTS["of"], TRIALS)
    ui.show_param_notes(tuple(DEFAULTS))
    record = reference_ui.load(NAME)
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
    claims()
    st.header("How they learn")
    learn(first)
    norm()
    reference_ui.provenance(record)
    reference_ui.repetition(record.experiment)
    ui.next_page("regularisers")


@drawn_once
def overview() -> None:
    """Accuracy and loss of every trial, both arms; all differences."""
    table = numbers()
    for column, (measure, (title, format_)) in zip(st.columns(2, gap="large"), MEASURES.items(), strict=True):
        middle = means(table, measure)
        column.vega_lite_chart(
            dots.rows(table, middle, measure),
            dots.spec(TRIALS, title, format_, base=reading.NOTHING),
            key=f"reg-{measure}",
            alt=dots.text_alternative(middle, title, 3 if measure == "loss" else 2),
        )
    st.markdown(
        f":small[Circles, blue: {DROPOUT} at rate 0.5. Squares, orange: {NO_DROPOUT}. Bars: 95 % intervals; "
        f"ticks: single runs; dotted: the plain net. {NATS}]"
    )
    st.markdown(
        ":small[Accuracy in points, differences by seed with 95 % intervals; bold where the interval leaves zero out. "
        "Ten rows are many: one in twenty intervals misses by chance.]"
    )
    st.table(reading.differences(records.load(NAME)))


@drawn_once
def claims() -> None:
    """The article's two claims about regularisers, with what came of them."""
    record = records.load(NAME)
    st.header("Dropout with L2: better than either?")
    for column in MEASURES:
        found = reading.with_l2(record, column)
        st.markdown(f"- By {column}: **{found.verdict}**. {sentence(found.said)}")
    st.header("Early stopping: sooner, and before it overfits?")
    for arm, column in product(ARMS, MEASURES):
        found = reading.stopping(record, arm, column)
        st.markdown(f"- {arm.capitalize()}, by {column}: **{found.verdict}**. {sentence(found.said)}")


@st.fragment
def learn(first: str) -> None:
    """Validation loss by epoch of the regulariser that the reader picks, in the browser; the link follows."""
    alt = "Validation loss by epoch with and without dropout, of one regulariser and, faint, of the plain net."
    event = draw(curves(first), "reg_curves", alt, on_select="rerun", selection_mode=["pick"])
    if picked := event.selection.get("pick"):
        ui.write_params({"of": picked[0]["trial"]}, DEFAULTS)
    st.markdown(
        ":small[Lines: means over the seeds, on a logarithmic axis; bands: 95 % intervals; thin: the plain net. Early "
        "stopping is drawn as long as all its runs last.]"
    )


@st.cache_data(show_spinner=False)
def orders() -> str:
    """Which order of dropout and batch normalisation was better, in words."""
    p = reading.order_of_norm(records.load(NAME))
    worth = {
        1: "Here that order was better",
        -1: "Here that order was worse",
        0: "These runs cannot tell the orders apart",
    }
    return f"{worth[clear(p, True)]}: accuracy {in_words(p, 'points')} against dropout after it."


def norm() -> None:
    """Dropout in front of batch normalisation: the variance that it learns is not the one it meets."""
    st.header("Dropout before batch normalisation")
    spec, ratio = shift()
    words, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    words.markdown(
        "Batch normalisation divides by the variance it saw in training. Dropout in front of it raises that variance, "
        "and at inference, when nothing is dropped, the variance falls back: what was learned no longer fits "
        f"(Li et al. 2019). At rate 0.5, half of the first layer's neurons vary more than {ratio:.1f} times as much in "
        "training as at inference."
    )
    words.markdown(orders())
    with picture:
        alt = "Variance of a neuron in training over that at inference, by rate: 1 at rate 0, growing without bound."
        draw(spec, "reg_shift", alt)
        st.markdown(
            ":small[Line: the median neuron of the first layer; band: the middle 80 % of them; dotted: no shift. "
            "Exact, without sampling; a logarithmic axis.]"
        )


main()
