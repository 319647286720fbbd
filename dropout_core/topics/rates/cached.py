"""What the page of the rates shows of runs made beforehand, drawn once for all readers."""

from collections.abc import Callable

import streamlit as st

from dropout_core.charts.theme import DROPOUT
from dropout_core.common.text import NATS, sentence
from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, RATES, SIZES, WIDTHS
from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.records import Record
from dropout_core.topics.rates import charts_heat_map as pictures
from dropout_core.topics.rates import charts_lines, claims, findings, stored_grids
from dropout_core.ui import reference_panel
from dropout_core.ui.layout import cached_output, small

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
    record = reference_panel.load(name)
    if record is not None:
        drawn()
        small(stored_grids.made_of(record))
        reference_panel.provenance(record)
    return record


def _verdict(finding: Finding) -> str:
    return f"**{finding.text.capitalize()}**. {sentence(finding.sentence)}"


def by_width() -> None:
    """Rate × width, from the reference runs."""
    _shown("A larger one, made beforehand", "widths", widths_tried)


@cached_output
def widths_tried() -> None:
    runs = stored_grids.width_runs()
    summary = findings.summary(runs)
    for place, (by, title) in zip(st.columns(2, gap="medium"), TITLES.items(), strict=True):
        best = findings.best(runs, by)
        place.markdown(title)
        spec = pictures.heat_map(RATES, WIDTHS, by=by)
        cells = pictures.cells(summary, best, by)
        place.vega_lite_chart(cells, spec, key=f"rates-widths-{by}", alt=pictures.in_words(best, by))
    st.markdown(_verdict(claims.wider_wants_more()))
    small(f"{MAP} By loss, full colour is at {pictures.SPANS['loss']:g} nats. {NATS}")


def slower() -> None:
    """How far training is after a few epochs, by rate, from the reference runs."""
    _shown("Does a higher rate learn more slowly?", "rates", early_and_late)


@cached_output
def early_and_late() -> None:
    means = stored_grids.learning()
    looks = tuple((name, DROPOUT) for name in means["group"].unique())
    picture, words = st.columns([3, 2], gap="large")
    said = charts_lines.text_alternative(means, "Validation loss by rate")
    spec = charts_lines.spec(looks, "rate p", "validation loss, nats", values=RATES)
    picture.vega_lite_chart(charts_lines.rows(means), spec, key="rates-slower", alt=said)
    words.markdown(_verdict(claims.slower()))
    words.markdown(":small[Lines: means over the seeds; bands: their 95 % intervals.]")


def by_images() -> None:
    """Rate × number of training images, from the reference runs."""
    _shown("And with the number of images?", "sizes", images_tried)


@cached_output
def images_tried() -> None:
    best = stored_grids.best_by_images()
    shown = pictures.cells(findings.summary(stored_grids.size_runs()), best)
    spec = pictures.heat_map(DENSE_RATES, tuple(SIZES), "training images")
    said = "; ".join(f"{one.width:,} images: best rate {one.rate:g} with {one.value:.1f} %" for one in best)
    st.markdown(ACCURACY)
    st.vega_lite_chart(shown, spec, key="rates-images", alt=f"Validation accuracy by rate and training images. {said}.")
    st.markdown(f"{findings.verdict(best, 'number of images', stored_grids.images)}")
    st.markdown("\n".join(f"- {findings.gain_in_words(one, stored_grids.images)}" for one in best))
    high = max(DENSE_RATES)
    small(
        f"{MAP} The best rate is picked on the images it is judged by: its gain is a little flattered. "
        "The rows train for different numbers of epochs, and few may be too few for a high rate: do not compare them "
        f"with other pages. Loss on the training images at the end, masks off: {stored_grids.last_losses(0.0)} nats of "
        f"nets trained at rate 0, {stored_grids.last_losses(high)} of those at rate {high:g}."
    )


def convolutional() -> None:
    """Two rates in a small convolutional net, from the reference runs."""
    if record := _shown("Convolutions: a lower rate?", "conv", pairs_tried):
        reference_panel.repetition(record.experiment)


@cached_output
def pairs_tried() -> None:
    st.markdown(
        "It is said that convolutional layers want 0.2 to 0.3 and fully connected ones 0.5. Two convolutional layers "
        "and one fully connected one, each kind with a rate of its own:"
    )
    cells = stored_grids.conv_cells()
    spec = pictures.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.loc[cells["value"].idxmax()]
    said = f"best at {top['width']:g} and {top['rate']:g} with {top['value']:.1f} %"
    st.markdown(ACCURACY)
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=f"Validation accuracy by both rates: {said}.")
    small(
        "★ the best pair of all; framed: cannot be told from it, perhaps because it varies a lot from seed to "
        "seed. Blue: better than no dropout at all by its interval, orange: worse, uncoloured: cannot be told."
    )
    st.markdown(_verdict(claims.conv_rates()))
