"""Which rate suits which net: the reader guesses, then sees recorded maps, slow learners, and grids of their own."""

from collections.abc import Callable

import streamlit as st

from dropout_core.charts.theme import DROPOUT
from dropout_core.common.settings import SettingError
from dropout_core.common.text import NATS, sentence
from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, RATES, WIDTHS
from dropout_core.experiments.catalogue import SIZES as STORED_SIZES
from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.records import first_recorded, load
from dropout_core.storage.store import StoreError
from dropout_core.topics.rates import (
    cached,
    charts_heat_map,
    charts_learning,
    charts_lines,
    claims,
    findings,
    headlines,
    stored_grids,
)
from dropout_core.topics.rates.charts_heat_map import MAP
from dropout_core.topics.rates.controls_view import GUESSES, STATE, begin, guesses, reveal, revealed
from dropout_core.topics.rates.own_grid_view import own_grid
from dropout_core.ui import navigation, reference_panel
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, draw_reporting, small, two_columns

ACCURACY = "**Validation accuracy, %**"
SLOW = 0.5  # the rate with which the slow learners' chart opens


def main() -> None:
    st.title("Which rate?")
    begin()
    if reference_panel.load("widths") is not None:
        if revealed():
            maps(tuple(guesses().items()))
        else:
            question()
        delay_until_first_chart()
    if revealed():
        studies()
    try:
        own_grid()
    except (SettingError, StoreError) as error:
        st.error(f"This is not possible here: {error}.", icon=":material/error:")
    if revealed():
        about()
    navigation.next_page("rates")


def question() -> None:
    """Ask for the best rate of each width, before any is shown."""
    st.subheader(f"{headlines.QUESTION} Guess the best rate of each width")
    picture, text = two_columns()
    with picture:
        guess_map()
        with st.container(horizontal=True, gap="small", key="rates_guess"):
            st.button("That is my guess", on_click=reveal, args=(1,), type="primary", key="rates-guess")
            st.button("Show", on_click=reveal, icon=":material/visibility:", key="rates-show")
    with text:
        st.markdown(
            "A net with more neurons can spare more of them, and so **a wider net is said to want a higher rate**. "
            f"Nets of {len(WIDTHS)} widths were trained at {len(RATES)} rates, each from the same weights and on the "
            "same batches. The numbers are their accuracies on unseen images without dropout, in %. Which rate does "
            "best in each row?"
        )


@st.fragment
def guess_map() -> None:
    names = tuple(GUESSES.values())
    known = ", ".join(f"{accuracy:.1f} % at width {width:,}" for width, accuracy in cached.without_dropout().items())
    alt = f"A map of widths and rates, still empty but for rate 0: {known}. ◆ marks your guess in each row."
    spec = cached.guess_map(*STATE.first_values(*names))
    STATE.apply_chart_report(draw_reporting(spec, "rates_guesses", alt, names))


@cached_output
def maps(pinned: tuple[tuple[int, float], ...]) -> None:
    """Show the maps by accuracy and by loss, with the answer above them and the reader's guesses on them.

    pinned  the guesses, as pairs of width and rate
    """
    runs = cached.width_runs()
    st.subheader(headlines.by_width({column: findings.trend(runs, column) for column in ("accuracy", "loss")}))
    if answer := headlines.answer(findings.best(runs), dict(pinned)):
        st.markdown(f"◆ {answer}")
    summary = findings.summary(runs)
    titles = {"accuracy": ACCURACY, "loss": "**Validation loss, nats**"}
    columns = st.container(key="rates_maps").columns(2, gap="medium")
    for column, (measure, title) in zip(columns, titles.items(), strict=True):
        best = findings.best(runs, measure)
        cells = charts_heat_map.with_guesses(charts_heat_map.cells(summary, best, measure), dict(pinned))
        spec, alt = charts_heat_map.heat_map(RATES, WIDTHS, by=measure), charts_heat_map.in_words(best, measure)
        column.markdown(title)
        column.vega_lite_chart(cells, spec, key=f"rates-widths-{measure}", alt=alt)
    small(
        "★ the best rate of its row; framed: rates that may be the best. Blue: better than no dropout, orange: worse, "
        "uncoloured: inconclusive. Nets that hardly trained do not count for the answer."
    )


def studies() -> None:
    """Show the slow learners and, folded, the studies of other quantities."""
    if reference_panel.load("rates") is not None:
        slow_learners()
    with st.expander("And with the number of images?", icon=":material/photo_library:"):
        precomputed("sizes", by_images)
    with st.expander("Convolutions: a lower rate?", icon=":material/grid_4x4:"):
        precomputed("conv", convolutional)
        pairs = first_recorded("conv-pairs", "conv")
        if pairs.experiment.name != "conv":
            reference_panel.provenance(pairs)
        reference_panel.repetition(load("conv").experiment)


def slow_learners() -> None:
    title, spec, alt = cached.slow_learners(SLOW)
    st.subheader(title)
    draw(spec, "rates_learning", alt)
    small(
        "Mean validation accuracy by epoch. Blue: the rate of the slider; dashed: no dropout; thin: other rates; "
        f"horizontal: {claims.LEVEL:g} %. What lies below {charts_learning.LOWEST} % is cut off."
    )


def precomputed(name: str, show: Callable[[], None]) -> None:
    """Show a study of the reference runs with this name, and their provenance, if the record can be read."""
    record = reference_panel.load(name)
    if record is not None:
        show()
        small(stored_grids.made_of(record))
        reference_panel.provenance(record)


def about() -> None:
    """Show, folded, the verdicts on the article's claims, how the maps are read, and where the runs come from."""
    with st.expander("About these runs", icon=":material/info:"):
        precomputed("widths", verdict_by_width)
        precomputed("rates", time_to_level)


@cached_output
def verdict_by_width() -> None:
    st.markdown(in_words(claims.wider_wants_more()))
    small(f"{MAP} By loss, full colour is at {charts_heat_map.SPANS['loss']:g} nats. {NATS}")


def in_words(finding: Finding) -> str:
    return f"**{finding.text.capitalize()}**. {sentence(finding.sentence)}"


@cached_output
def time_to_level() -> None:
    picture, text = st.columns([3, 2], gap="large")
    title = f"epochs to {claims.LEVEL:g} % of the validation images"
    means = stored_grids.means_by_rate(claims.epochs_to_level(load("rates")), title)
    alt = charts_lines.text_alternative(means, "By rate")
    spec = charts_lines.spec(((title, DROPOUT),), "rate p", title, values=RATES)
    picture.vega_lite_chart(charts_lines.rows(means), spec, key="rates-slower", alt=alt)
    text.markdown(in_words(claims.slower()))
    text.markdown(":small[Line: mean over the seeds; band: its 95 % interval. Rates that never get there are missing.]")


@cached_output
def by_images() -> None:
    runs, label, high = stored_grids.size_runs(), stored_grids.images_label, max(DENSE_RATES)
    best = findings.best(runs)
    cells = charts_heat_map.cells(findings.summary(runs), best)
    spec = charts_heat_map.heat_map(DENSE_RATES, tuple(STORED_SIZES), "training images")
    values = "; ".join(f"{label(each.width)}: best rate {each.rate:g} with {each.value:.1f} %" for each in best)
    st.markdown(ACCURACY)
    alt = f"Validation accuracy by rate and training images. {values}."
    st.vega_lite_chart(cells, spec, key="rates-images", alt=alt)
    st.markdown(findings.verdict(runs, "accuracy", "number of images", label))
    st.markdown("\n".join(f"- {findings.gain_in_words(each, label)}" for each in best))
    small(
        "Marks and colours as above. The gain of a best rate is measured on seeds that did not choose it. "
        "The rows train for different numbers of epochs, perhaps too few for a high rate: do not compare them "
        f"with other pages. Loss on the training images at the end, masks off: {stored_grids.last_losses(0.0)} "
        f"nats for nets trained at rate 0, {stored_grids.last_losses(high)} for those at rate {high:g}."
    )


@cached_output
def convolutional() -> None:
    st.markdown(
        "Convolutional layers are said to want a rate of 0.2 to 0.3, and fully connected ones 0.5. Here are two "
        "convolutional layers and one fully connected one, each kind with its own rate:"
    )
    cells = stored_grids.conv_cells()
    spec = charts_heat_map.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.iloc[cells["value"].argmax()]
    alt = f"Validation accuracy by both rates: best at {top['width']:g} and {top['rate']:g} with {top['value']:.1f} %."
    st.markdown(ACCURACY)
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=alt)
    small(
        f"Means over {cells['seeds'].max()} seeds, too few for colours and marks: with twenty cells, some would stand "
        "out by chance alone."
    )
    st.markdown(in_words(claims.conv_rates()))


main()
