"""The rates page: the reader guesses the best rate for each net, then sees results and can train a grid."""

from collections.abc import Callable

import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.common.text import NATS, counted
from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES, RATES, WIDTHS
from dropout_core.experiments.catalogue import SIZES as STORED_SIZES
from dropout_core.reference.records import Record, load
from dropout_core.storage.store import StoreError
from dropout_core.topics.rates import (
    cached,
    charts_heat_map,
    charts_learning,
    claims,
    findings,
    headlines,
    map_power,
    stored_grids,
)
from dropout_core.topics.rates.charts_heat_map import MAP
from dropout_core.topics.rates.controls_view import GUESSES, STATE, begin, guesses
from dropout_core.topics.rates.own_grid_view import own_grid
from dropout_core.ui import finding_view, navigation, reference_panel
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import (
    cached_output,
    draw,
    draw_reporting,
    expander,
    small,
    two_columns,
)

ACCURACY = "**Validation accuracy, %**"
SLOW = 0.5  # initial rate in the chart of slow learners


def main() -> None:
    st.title("Which rate?")
    begin()
    if reference_panel.load("widths") is not None:
        if STATE.revealed:
            maps(tuple(guesses().items()))
        else:
            question()
        wait_for_first_chart()
    if STATE.revealed:
        studies()
    try:
        own_grid()
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")
    if STATE.revealed:
        expander(reference_panel.ABOUT, about, icon="info")
    navigation.next_page("rates")


def question() -> None:
    """Ask the reader to guess the best rate for each width, before any results are shown."""
    st.header(f"{headlines.QUESTION} Guess the best rate for each width")
    picture, text = two_columns()
    with picture:
        guess_map()
        with st.container(horizontal=True, gap="small", key="rates_guess"):
            st.button("That is my guess", on_click=STATE.reveal, args=(1,), type="primary", key="rates-guess")
            st.button("Show", on_click=STATE.reveal, icon=":material/visibility:", key="rates-show")
    with text:
        st.markdown(
            "A net with more neurons can spare more of them, so **wider nets are said to need a higher rate**. We "
            f"trained nets of {len(WIDTHS)} widths at {len(RATES)} rates. All nets of one width start from the same "
            "weights and see the same batches. The numbers shown are accuracies (%) on unseen images at rate 0. Which "
            "rate do you think is best for each width?"
        )


@st.fragment
def guess_map() -> None:
    names = tuple(GUESSES.values())
    known = ", ".join(f"{accuracy:.1f} % at width {width:,}" for width, accuracy in cached.without_dropout().items())
    alt = f"A grid of widths and rates, empty except at rate 0: {known}. ◆ marks your guess in each row."
    spec = cached.guess_map(*STATE.first_values(*names))
    STATE.apply_chart_report(draw_reporting(spec, "rates_guesses", alt, names))


@cached_output
def maps(pinned: tuple[tuple[int, float], ...]) -> None:
    """Show the maps by accuracy and by loss, with the answer above them and the reader's guesses on them.

    pinned  the guesses, as pairs of width and rate
    """
    runs = cached.width_runs()
    st.header(headlines.by_width({column: findings.trend(runs, column) for column in ("accuracy", "loss")}))
    if answer := headlines.answer(findings.best(runs), dict(pinned)):
        st.markdown(f"◆ {answer}")
    summary = findings.summary(runs)
    small(
        f"The nets were trained on {stored_grids.trained_on(load('widths'))}. Width: the number of neurons in the "
        "first of two hidden layers. ★ best rate in the row; outlined: rates that could also be the best, because "
        f"with {counted(runs['seed'].nunique(), 'seed')} (random starts), the difference may be due to chance. Blue: "
        "better than no dropout; orange: worse; pale: by little; uncoloured: inconclusive. Colours and outlines depend "
        "on how much a cell varies from seed to seed, so a cell may be outlined while one with a higher mean is "
        "not.",
        explain("seed", "inconclusive", "nats"),
    )
    titles = {"accuracy": ACCURACY, "loss": "**Validation loss, nats**"}
    columns = st.container(key="rates_maps").columns(2, gap="medium")
    for column, (measure, title) in zip(columns, titles.items(), strict=True):
        best = findings.best(runs, measure)
        cells = charts_heat_map.with_guesses(charts_heat_map.cells(summary, best, measure), dict(pinned))
        spec, alt = charts_heat_map.heat_map(RATES, WIDTHS, by=measure), charts_heat_map.in_words(best, measure)
        column.markdown(title)
        column.vega_lite_chart(cells, spec, key=f"rates-widths-{measure}", alt=alt)
    small("The answer above the maps ignores nets that learned almost nothing.")
    st.markdown(f"{headlines.reason(summary)} {headlines.advice(findings.best(runs))}")


def studies() -> None:
    """Show the slow learners and, in expanders, the studies of other quantities."""
    if reference_panel.load("rates") is not None:
        slow_learners()
    expander("Does the best rate depend on the number of images?", image_counts, icon="photo_library")
    expander("Do convolutional layers need a lower rate?", convolutions, icon="grid_4x4")


def image_counts() -> None:
    if (record := precomputed("sizes", by_images)) is not None:
        reference_panel.about(record)


def convolutions() -> None:
    if (record := precomputed("conv", convolutional)) is not None:
        reference_panel.about(record, load("conv-pairs"))
        reference_panel.repetition(record.experiment)


def slow_learners() -> None:
    title, spec, alt = cached.slow_learners(SLOW)
    st.header(title)
    small(
        f"Mean validation accuracy of nets with {stored_grids.layers(load('rates'))} hidden neurons, "
        f"{stored_grids.trained_on(load('rates'))}. Blue: the rate on the slider; "
        f"dashed curve: no dropout; thin: other rates; horizontal line: {claims.LEVEL:g} %. The printed epoch is the "
        "average of the epochs at which the runs first reach the line. Accuracy fluctuates between epochs, so the "
        f"mean curve may cross the line earlier or later. Values below {charts_learning.LOWEST} % are cut off."
    )
    draw(spec, "rates_learning", alt)
    st.markdown(cached.near_zero(SLOW))


def precomputed(name: str, show: Callable[[], None]) -> Record | None:
    """Show a study of the reference runs with this name. If the record cannot be read, return None."""
    record = reference_panel.load(name)
    if record is not None:
        show()
        small(stored_grids.made_of(record))
    return record


def about() -> None:
    """Show the verdicts on the article's claims, how to read the maps, and the runs' provenance."""
    for name, show in {"widths": verdict_by_width, "rates": time_to_level}.items():
        if (record := precomputed(name, show)) is not None:
            reference_panel.provenance(record)


@cached_output
def verdict_by_width() -> None:
    finding_view.show("“Wider nets need a higher rate”:", claims.wider_wants_more())
    runs = cached.width_runs()
    small(
        f"{MAP} Accuracy: {map_power.of_rows(runs)} Loss: {map_power.of_rows(runs, 'loss')} On the loss map, colours "
        f"saturate at {charts_heat_map.SPANS['loss']:g} nats. {NATS}"
    )


@cached_output
def time_to_level() -> None:
    finding_view.show("“A higher rate slows learning”:", claims.slower())


@cached_output
def by_images() -> None:
    runs, label, high = stored_grids.size_runs(), stored_grids.images_label, max(DENSE_RATES)
    best = findings.best(runs)
    cells = charts_heat_map.cells(findings.summary(runs), best)
    spec = charts_heat_map.heat_map(DENSE_RATES, tuple(STORED_SIZES), "training images")
    values = "; ".join(f"{label(each.width)}: best rate {each.rate:g} with {each.value:.1f} %" for each in best)
    st.markdown(ACCURACY)
    small("Marks and colours have the same meaning as above.")
    alt = f"Validation accuracy by rate and training images. {values}."
    st.vega_lite_chart(cells, spec, key="rates-images", alt=alt)
    st.markdown(findings.verdict(runs, "accuracy", "number of images", label))
    st.markdown("\n".join(f"- {findings.gain_in_words(each, label)}" for each in best))
    small(
        "Each gain is a mean over the seeds. For each seed, the rate is chosen on the other seeds, so the gains are "
        "not optimistic. They share these choices, so they have no valid interval. The rows use different numbers of "
        "epochs, perhaps too few for high rates, so these results are not comparable with those on other pages. "
        f"{map_power.of_rows(runs)} The final training loss with masks off is {stored_grids.last_losses(0.0)} nats "
        f"for nets trained at rate 0 and {stored_grids.last_losses(high)} nats for those at rate {high:g}."
    )


@cached_output
def convolutional() -> None:
    st.markdown(
        "A rate of 0.2 to 0.3 is said to suit convolutional layers, and 0.5 to suit fully connected layers. This net "
        "has two convolutional layers and one fully connected hidden layer. Each kind of layer has its own rate:"
    )
    cells = stored_grids.conv_cells()
    spec = charts_heat_map.heat_map(DENSE_RATES, CONV_RATES, "rate, convolutional", "rate, fully connected")
    top = cells.iloc[cells["value"].argmax()]
    alt = (
        f"Validation accuracy by both rates. The best is {top['value']:.1f} %, at convolutional rate {top['width']:g} "
        f"and fully connected rate {top['rate']:g}."
    )
    seeds = len(next(iter(load("conv-pairs").trials.values())).recipe.seeds)
    st.markdown(ACCURACY)
    small(
        f"Means over {counted(int(cells['seeds'].max()), 'seed')}. ★ best pair; outlined: pairs that could also be the "
        "best. Blue: better than no dropout; orange: worse; pale: by little; uncoloured: inconclusive, after "
        f"correction for all cells. The verdict below the map rests on other runs, with {counted(seeds, 'seed')}. "
        f"{map_power.of_pairs(stored_grids.conv_grid('accuracy'))}"
    )
    st.vega_lite_chart(cells, spec, key="rates-conv", alt=alt)
    finding_view.show("“Convolutional layers need a lower rate than fully connected layers”:", claims.conv_rates())


main()
