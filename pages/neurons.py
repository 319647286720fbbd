"""What neurons learn: their features, how often they fire, and what removing one, or many, costs a trained net."""

import numpy as np
import streamlit as st

from dropout_core.common.text import around, difference, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS
from dropout_core.reference import nets
from dropout_core.topics.neurons import cached as once
from dropout_core.topics.neurons import features, findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.findings import CANNOT_TELL, FAILS, HOLDS, NAMES, Reading, ablation_verdict
from dropout_core.ui import components, navigation, query_params
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, small, two_columns

DEFAULTS = {"features": "64", "rank": 1, "measure": "accuracy", "removed": 32}
REPORTED = {"rank": ("rank", "rank", int), "measure": ("measure", "m", str), "removed": ("removed", "k", int)}
VERDICTS = {
    HOLDS: "The claim **holds** here: with dropout, the worst single neuron costs less.",
    FAILS: "The claim **does not hold here**: with dropout, the worst single neuron costs more.",
    CANNOT_TELL: "**Cannot tell**: the interval of the difference includes zero.",
}

# --- the essay -------------------------------------------------------------------------------------------------------


def begin() -> None:
    """On arrival the link's settings, or where the reader left off; charts keep their first values afterwards."""
    state = st.session_state
    if "neurons_features" in state:
        return
    last, total = DEFAULTS | state.get("neurons", {}), sum(nets.load(ARMS[0]).net.sizes[1:-1])
    state.neurons = {
        "features": query_params.choice_param("features", last["features"], tuple(once.SHOWN)),
        "rank": query_params.number_param("rank", last["rank"], 1, total),
        "measure": query_params.choice_param("measure", last["measure"], MEASURES),
        "removed": query_params.number_param("removed", last["removed"], 0, total, range(0, total + 1, once.STEP)),
    }
    state.neurons_features, state.neurons_start = state.neurons["features"], dict(state.neurons)


def the_features() -> None:
    recipe, provenance = features.numbers()["recipe"], features.numbers()["provenance"]
    st.header("What one neuron sees")
    st.markdown(
        f"An autoencoder must paint its input again from what {recipe['hidden']} neurons tell it. Each square is what "
        "one of them looks for: light where ink excites it, dark where ink silences it."
    )
    shown = st.segmented_control("Neurons shown", tuple(once.SHOWN), key="neurons_features", required=True)
    # A browser that reruns the page without its widgets' values (after a lost connection) sends none.
    shown = shown or st.session_state.neurons["features"]
    st.session_state.neurons["features"] = shown
    drawn = features.by_seed("pixels")
    once.sheets(shown)
    silent = [features.by_seed("silent")[arm][0] for arm in ARMS]
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


def what_changes(narrow: float, wide: float) -> str:
    fewer = "fewer" if narrow < wide else "no fewer"
    return f"{fewer} pixels: {narrow:.0f} against {wide:.0f}"


def the_activity() -> None:
    zeros, means, errors = (features.by_seed(name) for name in ("zeros", "mean", "error"))
    picture, words = two_columns("How often it fires")
    said = "; ".join(f"{arm}: {np.mean(zeros[arm]):.0%} zeros, mean {np.mean(means[arm]):.2f}" for arm in ARMS)
    alt = f"Histogram of hidden activations of the autoencoders on validation images. {said}. Published means beside."
    with picture:
        draw(once.activity_chart(), "neurons_activity", alt)
    with words:
        st.markdown(
            "The same autoencoders, on images they have never seen. "
            f"Without dropout {np.mean(zeros[ARMS[0]]):.0%} of all activations are exactly zero, with dropout "
            f"{np.mean(zeros[ARMS[1]]):.0%}: **fewer neurons speak at a time**, and the mean activation is "
            f"{np.mean(means[ARMS[1]]):.2f} in place of {np.mean(means[ARMS[0]]):.2f}."
        )
        st.markdown("Nobody asked for this sparsity: the loss has no term for it.")
        small(
            "Bars at the left: exact zeros. Grey, hollow: the means that Srivastava et al. 2014 found in Fig. 8 for an "
            "autoencoder of theirs, of the same size. It has its price: squared error of a painted image "
            f"{once.plus_minus(errors[ARMS[0]])} without, {once.plus_minus(errors[ARMS[1]])} with dropout."
        )


@st.fragment
def remove_one() -> None:
    found, chosen = once.costs(), st.session_state.neurons
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
        start = st.session_state.neurons_start
        spec = once.single_chart(start["rank"], start["measure"])
        event = draw(spec, "neurons_single", alt, on_select="rerun", selection_mode=["rank", "measure"])
        take_report(event.selection)
    with words:
        for arm in ARMS:
            st.markdown(once.in_words(arm, found[arm], chosen["rank"], chosen["measure"]))
        small(
            "Below zero: the net does better without the neuron. One image is 0.1 points. With so many neurons to "
            "pick from, the worst looks worse than it is; below, it is measured on images it was not picked on."
        )


def take_report(selection: dict) -> None:
    query_params.take(st.session_state.neurons, selection, REPORTED)
    query_params.write_params(st.session_state.neurons, DEFAULTS)


@st.fragment
def remove_many() -> None:
    counts, found = once.curves()
    st.header("Remove many at once")
    half = [once.half_gone(counts, found["costly"][arm]["mean"]) for arm in ARMS]
    st.markdown(
        "Neurons that cost little one by one may be each other’s spares. So take away more and more. Half of the "
        f"accuracy is lost when the {half[0]} most costly of {counts[-1]} are gone without dropout, and {half[1]} with "
        "it. That is no magic: with dropout, the net has learned to go on with half of its neurons missing."
    )
    heads = {"costly": "The most costly first", "random": "Any, at random"}
    tenth, charts = counts[2], once.removal_charts(st.session_state.neurons_start["removed"])
    for column, (how, head) in zip(st.columns(2, gap="large"), heads.items(), strict=True):
        after = "; ".join(f"{arm} {found[how][arm]['mean'][2]:.1f} %" for arm in ARMS)
        with column:
            st.subheader(head)
            alt = f"Accuracy by share of hidden neurons removed, {head.lower()}. With {tenth} of {counts[-1]}: {after}."
            report = {"on_select": "rerun", "selection_mode": ["removed"]} if how == "costly" else {}
            event = draw(charts[how], f"neurons_{how}", alt, **report)
            if report:
                take_report(event.selection)
    small(
        f"Most costly: by what each costs alone in accuracy. Band: from the lowest to the highest of {once.DRAWS} "
        "random orders. Guessing reads 10 % right. The sliders move together."
    )


@cached_output
def many_seeds() -> None:
    st.header("Is it so, or was it these two?")
    main = ablation_verdict()
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        alt = f"What the worst neuron costs, by comparison and net, seed by seed. {figures(main)}"
        draw(once.seeds_chart(), "neurons_seeds", alt)
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
    readings, holds = once.every_reading()
    with st.expander(f"Every measurement: the claim holds in {holds} of {len(readings)}"):
        st.markdown("\n".join([once.HEAD, *readings]))
        small(
            "Difference: dropout minus no dropout, mean of the pairs of one seed with its 95 % interval; below zero, "
            "dropout costs less. Loss also asks how sure a net was. With so many intervals, one in twenty may err."
        )


def first_look() -> str:
    """The five seeds that were looked at first, and by what right others decide."""
    first = ablation_verdict("first look")
    d = first.difference
    said = f"A first try of {d.n} seeds: {first.verdict}, {around(d.mean, d.low, d.high, 2)}. "
    return said + "Which others would decide was fixed before they were trained; the verdict is theirs alone."


def other_trainings() -> str:
    """Why the accuracies here are not those of the page of claims."""
    there = EXPERIMENTS["article"].trials[0].recipe.seeds
    here = findings.seeds("article")
    return f"These are not the trainings whose accuracies Claims compares: {here} here, seeds {span(there)} there."


def own(comparison: str, arm: str) -> str:
    return once.plus_minus(findings.own_scores(comparison, "accuracy")[arm])


def figures(reading: Reading) -> str:
    without, with_ = (reading.means[arm] for arm in ARMS)
    d = reading.difference
    return (
        f"It costs {without:.2f} points of accuracy without and {with_:.2f} with dropout: "
        f"{difference(d.mean, d.low, d.high, 'points', 2)}."
    )


def main() -> None:
    navigation.open_page()
    st.title("What neurons learn")
    try:
        begin()
        essay()
    except OSError as error:
        st.error(f"A file of this package cannot be read ({error}); install it again.", icon=":material/error:")
    navigation.next_page("neurons")


def essay() -> None:
    query_params.show_param_notes(tuple(DEFAULTS))
    st.markdown(
        "A neuron that may be dropped at any time cannot be relied on, and cannot rely on others. So dropout is said "
        "to **spread the work**. Look at what single neurons do, then take them away."
    )
    the_features()
    the_activity()
    delay_until_first_chart()
    once.costs()  # here, since a fragment shows an error as a traceback
    remove_one()
    remove_many()
    components.link_sliders()
    many_seeds()


main()
