"""What neurons learn: their features, how often they fire, and what removing one, or many, costs a trained net."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dropout_core import ablation_runs, neurons, reference_nets, service, stats, ui
from dropout_core.ablation import MEASURES, Costs, random_orders, removal, single_costs
from dropout_core.ablation_runs import CANNOT_TELL, FAILS, HOLDS, NAMES, WHAT, Reading, ablation_verdict
from dropout_core.charts import neurons as pictures
from dropout_core.datasets import DataError
from dropout_core.experiments import EXPERIMENTS
from dropout_core.inference import pixels
from dropout_core.layout_ui import data_apart, draw, drawn_once, screen, small
from dropout_core.published import ARTICLE
from dropout_core.recipe import ARMS
from dropout_core.settings import SettingError
from dropout_core.words import around, difference, span

SHOWN = {"16": 4, "64": 8, "256": 16}  # features: columns of the sheet
DEFAULTS = {"features": "64", "rank": 1, "measure": "accuracy"}
STEP = 16  # neurons between two points of the removal curves
DRAWS = 10  # random orders of removal
TITLES = {"no dropout": "Without dropout", "dropout": "With dropout"}
HEAD = "| removed | trained on | cost in | without | with | difference | claim |\n|---|---|---|---:|---:|---:|---|"
VERDICTS = {
    HOLDS: "The claim **holds** here: with dropout, the worst single neuron costs less.",
    FAILS: "The claim **does not hold here**: with dropout, the worst single neuron costs more.",
    CANNOT_TELL: "**Cannot tell**: the interval of the difference includes zero.",
}

# --- computed once, for all readers ----------------------------------------------------------------------------------


@st.cache_data(show_spinner="Removing every neuron in turn…")
def costs() -> dict[str, Costs]:
    """What each neuron of the two nets of the package costs, on the 1,000 validation images."""
    digits = service.digits("mnist-5k")
    x = pixels(digits.validation_images)
    return {arm: single_costs(reference_nets.load(arm).net, x, digits.validation_labels) for arm in ARMS}


@st.cache_data(show_spinner="Removing many neurons at once…")
def curves() -> tuple[tuple[int, ...], dict[str, dict[str, dict[str, list[float]]]]]:
    """How many neurons are removed, and the accuracy then: the most costly first, and at random, by arm."""
    digits, found = service.digits("mnist-5k"), {"costly": {}, "random": {}}
    x, labels = pixels(digits.validation_images), digits.validation_labels
    for arm in ARMS:
        net, order = reference_nets.load(arm).net, costs()[arm].order("accuracy")
        counts = tuple(range(0, len(order) + 1, STEP))
        found["costly"][arm] = {"mean": removal(net, x, labels, order, counts)[0].tolist()}
        draws = [removal(net, x, labels, o, counts)[0] for o in random_orders(len(order), DRAWS, 0)]
        spread = {"mean": np.mean(draws, 0), "low": np.min(draws, 0), "high": np.max(draws, 0)}
        found["random"][arm] = {name: values.tolist() for name, values in spread.items()}
    return counts, found


@st.cache_resource(max_entries=16)
def single_chart(rank: int, measure: str) -> dict:
    ordered = {m: {arm: np.sort(c.of(m))[::-1].tolist() for arm, c in costs().items()} for m in MEASURES}
    return data_apart(pictures.single(ordered, rank, measure))


@st.cache_resource
def removal_charts() -> dict[str, dict]:
    counts, found = curves()
    return {how: pictures.removal(found[how], counts, counts[-1], counts[2]) for how in found}


@st.cache_resource
def activity_chart() -> dict:
    shares = {arm: np.mean(found, 0).tolist() for arm, found in neurons.by_seed("histogram").items()}
    zeros = {arm: float(np.mean(found)) for arm, found in neurons.by_seed("zeros").items()}
    means = {arm: (float(np.mean(v)), *stats.interval(v)) for arm, v in neurons.by_seed("mean").items()}
    return pictures.activity(shares, zeros, means, neurons.PUBLISHED_MEANS, neurons.BIN)


@st.cache_resource
def seeds_chart() -> dict:
    found = {}
    for comparison, name in NAMES.items():
        runs = ablation_runs.stored()["comparisons"][comparison]["runs"]
        values = {arm: [run["worst_accuracy"] for run in runs if run["arm"] == arm] for arm in ARMS}
        found[name] = {arm: (v, *stats.interval(v)) for arm, v in values.items()}
    return pictures.seeds(found, "points of accuracy that the worst neuron costs")


@st.cache_data(max_entries=8)
def feature_sheet(arm: str, shown: str) -> np.ndarray:
    """The grid of features, enlarged to whole multiples: browsers blur small images."""
    image = neurons.sheet(neurons.features(arm)[: int(shown)], SHOWN[shown])
    times = max(1, 640 // len(image))
    return image.repeat(times, 0).repeat(times, 1)


# --- the essay -------------------------------------------------------------------------------------------------------


def begin() -> None:
    """On a visit's first run: what the link says."""
    state = st.session_state
    if "neurons" in state:
        return
    total = sum(reference_nets.load(ARMS[0]).net.sizes[1:-1])
    state.neurons = {
        "features": ui.choice_param("features", DEFAULTS["features"], tuple(SHOWN)),
        "rank": ui.number_param("rank", DEFAULTS["rank"], 1, total),
        "measure": ui.choice_param("measure", DEFAULTS["measure"], MEASURES),
    }
    state.neurons_features = state.neurons["features"]
    state.neurons_start = (state.neurons["rank"], state.neurons["measure"])


def plus_minus(values: Sequence[float], digits: int = 2) -> str:
    """Mean of the seeds and the half-width of its 95 % interval."""
    low, high = stats.interval(values)
    return f"{np.mean(values):.{digits}f} ± {(high - low) / 2:.{digits}f}"


def the_features() -> None:
    recipe, provenance = neurons.numbers()["recipe"], neurons.numbers()["provenance"]
    st.header("What one neuron sees")
    st.markdown(
        f"An autoencoder must paint its input again from what {recipe['hidden']} neurons tell it. Each square is what "
        "one of them looks for: light where ink excites it, dark where ink silences it."
    )
    shown = st.segmented_control("Neurons shown", tuple(SHOWN), key="neurons_features", required=True)
    # A browser that reruns the page without its widgets' values (after a lost connection) sends none.
    shown = shown or st.session_state.neurons["features"]
    st.session_state.neurons["features"] = shown
    drawn = neurons.by_seed("pixels")
    sheets(shown)
    silent = [neurons.by_seed("silent")[arm][0] for arm in ARMS]
    wide, narrow = (float(np.mean(drawn[arm])) for arm in ARMS)
    st.markdown(
        f"With dropout the neurons draw on {what_changes(narrow, wide)}. The usual explanation: a neuron that can "
        "count on all the others may be a speckle that only their sum makes sense of; one that cannot must be of use "
        "alone."
    )
    small(
        "Pixels a neuron: how many it effectively draws on, (Σ c²)² / Σ c⁴ over its 784 weights, each times the spread "
        f"of its pixel; the median neuron, mean of {len(recipe['seeds'])} seeds ± 95 % interval. Features of one seed, "
        f"each with its own contrast; the few of even noise never fire, and are still as they began "
        f"({silent[0]} and {silent[1]} of {recipe['hidden']}). After Srivastava et al. 2014, Fig. 7. "
        f"{provenance['images']:,} MNIST images, {recipe['epochs']} epochs, rate {recipe['rate']}."
    )


@drawn_once
def sheets(shown: str) -> None:
    """Both nets' features, so many, as pictures."""
    drawn = neurons.by_seed("pixels")
    sights = ("mostly speckle over the whole picture", "spots, strokes and edges, each in a place of its own")
    for column, arm, sight in zip(st.columns(2, gap="large"), ARMS, sights, strict=True):
        column.markdown(f"**{TITLES[arm]}**: {plus_minus(drawn[arm], 0)} pixels a neuron")
        alt = f"Weights of {shown} neurons of the autoencoder {TITLES[arm].lower()}, as grey squares: {sight}."
        column.image(feature_sheet(arm, shown), alt=alt, width="stretch", output_format="PNG")


def what_changes(narrow: float, wide: float) -> str:
    fewer = "fewer" if narrow < wide else "no fewer"
    return f"{fewer} pixels: {narrow:.0f} against {wide:.0f}"


def the_activity() -> None:
    zeros, means, errors = (neurons.by_seed(name) for name in ("zeros", "mean", "error"))
    picture, words = screen("How often it fires")
    said = "; ".join(f"{arm}: {np.mean(zeros[arm]):.0%} zeros, mean {np.mean(means[arm]):.2f}" for arm in ARMS)
    alt = f"Histogram of hidden activations of the autoencoders on validation images. {said}. Published means beside."
    with picture:
        draw(activity_chart(), "neurons_activity", alt)
    with words:
        st.markdown(
            "The same autoencoders, on images they have never seen. "
            f"Without dropout {np.mean(zeros[ARMS[0]]):.0%} of all activations are exactly zero, with dropout "
            f"{np.mean(zeros[ARMS[1]]):.0%}: **few neurons speak at a time**, and the mean activation is "
            f"{np.mean(means[ARMS[1]]):.2f} in place of {np.mean(means[ARMS[0]]):.2f}."
        )
        st.markdown("Nobody asked for this sparsity: the loss has no term for it.")
        small(
            "Bars at the left: exact zeros. Grey, hollow: the means that Srivastava et al. 2014 found in Fig. 8 for an "
            "autoencoder of theirs, of the same size. It has its price: squared error of a painted image "
            f"{plus_minus(errors[ARMS[0]])} without, {plus_minus(errors[ARMS[1]])} with dropout."
        )


@st.fragment
def remove_one() -> None:
    found, chosen = costs(), st.session_state.neurons
    st.header("Remove one neuron")
    st.markdown(
        "Now two classifiers: 784 pixels, 256 and 128 hidden neurons, ten digits. They were trained alike on the "
        f"same 4,000 images, and read {found[ARMS[0]].accuracy:.1f} % and {found[ARMS[1]].accuracy:.1f} % of 1,000 new "
        "ones right. Set one hidden neuron to zero and leave the rest as it is: what does it cost? "
        "**Pick a neuron** with the slider, or by a click on a line."
    )
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        worst = "; ".join(f"{arm}: {found[arm].accuracy_cost.max():.1f} points" for arm in ARMS)
        alt = f"Cost of removing each of the hidden neurons, sorted, one line a net. The most costly: {worst}."
        spec = single_chart(*st.session_state.neurons_start)
        event = draw(spec, "neurons_single", alt, on_select="rerun", selection_mode=["rank", "measure"])
        take_report(event.selection)
    with words:
        for arm in ARMS:
            st.markdown(in_words(arm, found[arm], chosen["rank"], chosen["measure"]))
        small(
            "Below zero: the net does better without the neuron. One image is 0.1 points. With so many neurons to "
            "pick from, the worst looks worse than it is; below, it is measured on images it was not picked on."
        )
    ui.write_params(chosen, DEFAULTS)


def take_report(selection: dict) -> None:
    chosen = st.session_state.neurons
    if picked := selection.get("rank"):
        chosen["rank"] = int(picked[0]["rank"])
    if picked := selection.get("measure"):
        chosen["measure"] = picked[0]["m"]


def in_words(arm: str, found: Costs, rank: int, measure: str) -> str:
    """The neuron of this rank: which one, the net without it, and the digit that suffers most."""
    neuron = int(found.order(measure)[rank - 1])
    first = reference_nets.load(arm).net.sizes[1]
    place = f"neuron {neuron + 1} of layer 1" if neuron < first else f"neuron {neuron - first + 1} of layer 2"
    lost = found.right - found.right_without[neuron]
    digit = int(lost.argmax())
    hurt = f"Most hurt: the {digit}, with {lost[digit]} fewer read right." if lost[digit] > 0 else "No digit suffers."
    accuracy, loss = found.accuracy - found.accuracy_cost[neuron], found.loss + found.loss_cost[neuron]
    return (
        f"**{TITLES[arm]}**, rank {rank}: {place}. Accuracy {found.accuracy:.1f} → {accuracy:.1f} %, "
        f"loss {found.loss:.3f} → {loss:.3f}. {hurt}"
    )


def remove_many() -> None:
    counts, found = curves()
    st.header("Remove many at once")
    half = [half_gone(counts, found["costly"][arm]["mean"]) for arm in ARMS]
    st.markdown(
        "Neurons that cost little one by one may be each other’s spares. So take away more and more. Half of the "
        f"accuracy is lost when the {half[0]} most costly of {counts[-1]} are gone without dropout, and {half[1]} with "
        "it. That is no magic: with dropout, the net has learned to go on with half of its neurons missing."
    )
    heads = {"costly": "The most costly first", "random": "Any, at random"}
    tenth = counts[2]
    for column, (how, head) in zip(st.columns(2, gap="large"), heads.items(), strict=True):
        after = "; ".join(f"{arm} {found[how][arm]['mean'][2]:.1f} %" for arm in ARMS)
        with column:
            st.subheader(head)
            alt = f"Accuracy by share of hidden neurons removed, {head.lower()}. With {tenth} of {counts[-1]}: {after}."
            draw(removal_charts()[how], f"neurons_{how}", alt)
    small(
        f"Most costly: by what each costs alone in accuracy. Band: from the lowest to the highest of {DRAWS} random "
        "orders. Guessing reads 10 % right. The sliders move together."
    )


def half_gone(counts: Sequence[int], accuracy: Sequence[float]) -> int:
    """The first of the counts at which half of the accuracy is lost."""
    return next(k for k, value in zip(counts, accuracy, strict=True) if value <= accuracy[0] / 2)


def many_seeds() -> None:
    st.header("Is it so, or was it these two?")
    main = ablation_verdict()
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        alt = f"What the worst neuron costs, by comparison and net, seed by seed. {figures(main)}"
        draw(seeds_chart(), "neurons_seeds", alt)
    with words:
        st.markdown(f"{VERDICTS[main.verdict]} {figures(main)}")
        st.markdown(
            f"That is the comparison of the article {ARTICLE}, {NAMES['article']}, over {main.difference.n} seeds. "
            f"{first_look()} "
            "Costs are counted from each net’s own accuracy: with dropout it is a different one, "
            f"{own('article', ARMS[1])} % against {own('article', ARMS[0])} %. {other_trainings()}"
        )
        small(
            "Filled: mean with 95 % interval; hollow: single seeds. The worst neuron is picked on one half of the "
            "validation images and measured on the other, both ways round."
        )
    readings, holds = every_reading()
    with st.expander(f"Every measurement: the claim holds in {holds} of {len(readings)}"):
        st.markdown("\n".join([HEAD, *readings]))
        small(
            "Difference: dropout minus no dropout, mean of the pairs of one seed with its 95 % interval; below zero, "
            "dropout costs less. Loss also asks how sure a net was. With so many intervals, one in twenty may err."
        )


@st.cache_data(show_spinner=False)
def every_reading() -> tuple[list[str], int]:
    """A row of the table for each measurement, and in how many of them the claim holds."""
    readings = [ablation_verdict(c, what, m) for what in WHAT for c in NAMES for m in MEASURES]
    return [row(reading) for reading in readings], sum(reading.verdict == HOLDS for reading in readings)


def first_look() -> str:
    """The five seeds that were looked at first, and by what right others decide."""
    first = ablation_verdict("first look")
    d = first.difference
    said = f"The first {d.n} seeds said: {first.verdict}, {around(d.mean, d.low, d.high, 2)}; "
    return said + "the verdict is that of others, fixed before they were trained."


def other_trainings() -> str:
    """Why the accuracies here are not those of the page of claims."""
    there = EXPERIMENTS["article"].trials[0].recipe.seeds
    here = ablation_runs.seeds("article")
    return f"These are not the trainings whose accuracies Claims compares: {here} here, seeds {span(there)} there."


def own(comparison: str, arm: str) -> str:
    return plus_minus(ablation_runs.own_scores(comparison, "accuracy")[arm])


def figures(reading: Reading) -> str:
    without, with_ = (reading.means[arm] for arm in ARMS)
    d = reading.difference
    return (
        f"It costs {without:.2f} points of accuracy without and {with_:.2f} with dropout: "
        f"{difference(d.mean, d.low, d.high, 'points', 2)}."
    )


def row(r: Reading) -> str:
    """A line of the table."""
    d, digits = r.difference, 2 if r.measure == "accuracy" else 3
    without, with_ = (f"{r.means[arm]:.{digits}f}".replace("-", "−") for arm in ARMS)
    apart = around(d.mean, d.low, d.high, digits)
    unit = "accuracy, points" if r.measure == "accuracy" else r.measure
    return f"| {WHAT[r.what]} | {NAMES[r.comparison]} | {unit} | {without} | {with_} | {apart} | {r.verdict} |"


def main() -> None:
    ui.open_page()
    st.title("What neurons learn")
    try:
        begin()
        essay()
    except (DataError, SettingError) as error:
        st.error(f"This is not possible here: {error}.", icon=":material/error:")
    except OSError as error:
        st.error(f"A file of this package cannot be read ({error}); install it again.", icon=":material/error:")
    ui.next_page("neurons")


def essay() -> None:
    ui.show_param_notes(tuple(DEFAULTS))
    st.markdown(
        "A neuron that may be dropped at any time cannot be relied on, and cannot rely on others. So dropout is said "
        "to **spread the work**. Look at what single neurons do, then take them away."
    )
    the_features()
    the_activity()
    costs()  # here, since a fragment shows an error as a traceback
    remove_one()
    remove_many()
    ui.link_sliders()
    many_seeds()


main()
