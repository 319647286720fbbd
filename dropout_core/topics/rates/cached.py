"""What the page of the rates shows of runs made beforehand, drawn once for all readers."""

from collections.abc import Callable

import streamlit as st

from .. import rate_records, reference_ui, sweep_reading
from ..charts import lines
from ..charts import sweep as pictures
from ..charts.theme import DROPOUT
from ..claims import finding
from ..experiments import CONV_RATES, DENSE_RATES, RATES, SIZES, WIDTHS
from ..layout_ui import drawn_once, small
from ..records import Record
from ..words import NATS, sentence

MAP = (
    "★ the best rate of its row; framed: cannot be told from it by paired 95 % intervals, perhaps because it varies a "
    "lot from seed to seed. Blue: better than rate 0 of its row by its interval, orange: worse, uncoloured: cannot be "
    f"told (full colour at {pictures.SPANS['accuracy']:g} points)."
)
ACCURACY = "**Validation accuracy, %**"
TITLES = {"accuracy": ACCURACY, "loss": "**Validation loss, nats**"}


def _shown(heading: str, name: str, drawn: Callable[[], None]) -> Record | None:
    """Under a heading what is drawn of a record, and where its runs come from; None where it is not there."""
    st.header(heading)
    record = reference_ui.load(name)
    if record is not None:
        drawn()
        small(rate_records.made_of(record))
        reference_ui.provenance(record)
    return record


def _verdict(claim_id: str) -> str:
    found = finding(claim_id)
    return f"**{found.verdict.capitalize()}**. {sentence(found.said)}"


def by_width() -> None:
    """Rate × width, from the reference runs."""
    _shown("A larger one, made beforehand", "widths", widths_tried)


@drawn_once
def widths_tried() -> None:
    runs = rate_records.width_runs()
    summary = sweep_reading.summary(runs)
    for place, (by, title) in zip(st.columns(2, gap="medium"), TITLES.items(), strict=True):
        best = sweep_reading.best(runs, by)
        place.markdown(title)
        spec = pictures.heat_map(RATES, WIDTHS, by=by)
        cells = pictures.cells(summary, best, by)
        place.vega_lite_chart(cells, spec, key=f"rates-widths-{by}", alt=pictures.in_words(best, by))
    st.markdown(_verdict("C8"))
    small(f"{MAP} By loss, full colour is at {pictures.SPANS['loss']:g} nats. {NATS}")


def slower() -> None:
    """How far training is after a few epochs, by rate, from the reference runs."""
    _shown("Does a higher rate learn more slowly?", "rates", early_and_late)


@drawn_once
def early_and_late() -> None:
    means = rate_records.learning()
    looks = tuple((name, DROPOUT) for name in means["group"].unique())
    picture, words = st.columns([3, 2], gap="large")
    said = lines.text_alternative(means, "Validation loss by rate")
    spec = lines.spec(looks, "rate p", "validation loss, nats", values=RATES)
    picture.vega_lite_chart(lines.rows(means), spec, key="rates-slower", alt=said)
    words.markdown(_verdict("C4"))
    words.markdown(":small[Lines: means over the seeds; bands: their 95 % intervals.]")


def by_images() -> None:
    """Rate × number of training images, from the reference runs."""
    _shown("And with the number of images?", "sizes", images_tried)


@drawn_once
def images_tried() -> None:
    best = rate_records.best_by_images()
    shown = pictures.cells(sweep_reading.summary(rate_records.size_runs()), best)
    spec = pictures.heat_map(DENSE_RATES, tuple(SIZES), "training images")
    said = "; ".join(f"{one.width:,} images: best rate {one.rate:g} with {one.value:.1f} %" for one in best)
    st.markdown(ACCURACY)
    st.vega_lite_chart(shown, spec, key="rates-images", alt=f"Validation accuracy by rate and training images. {said}.")
    st.markdown(f"{sweep_reading.verdict(best, 'number of images', rate_records.images)}")
    st.markdown("\n".join(f"- {sweep_reading.gain(one, rate_records.images)}" for one in best))
    high = max(DENSE_RATES)
    small(
        f"{MAP} The best rate is picked on the images it is judged by: its gain is a little flattered. "
        "The rows train for different numbers of epochs, and few may be too few for a high rate: do not compare them "
        f"with other pages. Loss on the training images at the end, masks off: {rate_records.last_losses(0.0)} nats of "
        f"nets trained at rate 0, {rate_records.last_losses(high)} of those at rate {high:g}."
    )


def convolutional() -> None:
    """Two rates in a small convolutional net, from the reference runs."""
    if record := _shown("Convolutions: a lower rate?", "conv", pairs_tried):
        reference_ui.repetition(record.experiment)


@drawn_once
def pairs_tried() -> None:
    st.markdown(
        "It is said that convolutional layers want 0.2 to 0.3 and fully connected ones 0.5. Two convolutional layers "
        "and one fully connected one, each kind with a rate of its own:"
    )
    cells = rate_records.conv_cells()
    spec = pictures.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.loc[cells["value"].idxmax()]
    said = f"best at {top['width']:g} and {top['rate']:g} with {top['value']:.1f} %"
    st.markdown(ACCURACY)
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=f"Validation accuracy by both rates: {said}.")
    small(
        "★ the best pair of all; framed: cannot be told from it, perhaps because it varies a lot from seed to "
        "seed. Blue: better than no dropout at all by its interval, orange: worse, uncoloured: cannot be told."
    )
    st.markdown(_verdict("C9"))
