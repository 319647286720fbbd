"""What neurons learn: their features, how often they fire, and the cost of removing one or many of them."""

import numpy as np
import streamlit as st

from dropout_core.common.text import around, difference, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import nets
from dropout_core.topics.neurons import cached, features, findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.findings import (
    NAMES,
    WHAT,
    CostComparison,
    ablation_verdict,
)
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import (
    cached_output,
    delay_until_first_chart,
    draw,
    draw_reporting,
    small,
    table,
    two_columns,
)
from dropout_core.ui.page_state import PageState, Setting, Values, choice
from dropout_core.ui.query_params import number_param

VERDICTS = {
    Verdict.HOLDS: "The claim **holds** here: with dropout, the worst single neuron costs less.",
    Verdict.DOES_NOT_HOLD: "The claim **does not hold here**: with dropout, the worst single neuron costs more.",
    Verdict.INCONCLUSIVE: "**Inconclusive**: the interval of the difference includes zero.",
}
TITLES = {NO_DROPOUT: "Without dropout", DROPOUT: "With dropout"}


def hidden_units() -> int:
    return sum(nets.load(ARMS[0]).net.sizes[1:-1])


def read_rank(name: str, fallback: int, _: Values) -> int:
    return int(number_param(name, fallback, 1, hidden_units()))


def read_removed(name: str, fallback: int, _: Values) -> int:
    return int(number_param(name, fallback, 0, hidden_units(), findings.removal()[0]))


STATE = PageState(
    "neurons",
    {
        "features": choice("64", tuple(cached.SHEET_COLUMNS), control="neurons_features"),
        "rank": Setting(1, read_rank, chart=("rank", "rank"), convert=int),
        "measure": choice("accuracy", MEASURES, chart=("measure", "m")),
        "removed": Setting(32, read_removed, chart=("removed", "k"), convert=int),
    },
)


def the_features() -> None:
    recipe, provenance = features.numbers()["recipe"], features.numbers()["provenance"]
    st.header("What one neuron sees")
    st.markdown(
        f"An autoencoder must reconstruct its input from {recipe['hidden']} activations. Each square shows what one "
        "neuron looks for: light where ink excites it, dark where ink silences it."
    )
    st.segmented_control("Neurons shown", tuple(cached.SHEET_COLUMNS), key="neurons_features", required=True)
    sheets(STATE.read_controls()["features"])
    pixels = {arm: float(np.mean(values)) for arm, values in features.by_seed("pixels").items()}
    silent = {arm: values[0] for arm, values in features.by_seed("silent").items()}
    fewer = "fewer" if pixels[DROPOUT] < pixels[NO_DROPOUT] else "no fewer"
    st.markdown(
        f"With dropout the neurons draw on {fewer} pixels: {pixels[DROPOUT]:.0f} against {pixels[NO_DROPOUT]:.0f}. "
        "The usual explanation: a neuron that can count on all the others may be a speckle that only makes sense in "
        "their sum; one that cannot must be useful by itself."
    )
    small(
        "Pixels per neuron: how many it effectively draws on, (Σ c²)² / Σ c⁴ over its 784 weights, each times the "
        f"spread of its pixel; the median neuron, mean of {len(recipe['seeds'])} seeds. The features "
        "are those of one seed, each with its own contrast. The noise tiles are dead neurons, still at their initial "
        f"weights ({silent[NO_DROPOUT]} and {silent[DROPOUT]} of {recipe['hidden']}). After Srivastava et al. 2014, "
        f"Fig. 7. {provenance['images']:,} MNIST images, {recipe['epochs']} epochs, rate {recipe['rate']}."
    )


@cached_output
def sheets(shown: str) -> None:
    """Show the features of both nets side by side."""
    pixels = features.by_seed("pixels")
    sights = ("mostly speckle over the whole picture", "spots, strokes and edges, each in a place of its own")
    for column, arm, sight in zip(st.columns(2, gap="large"), ARMS, sights, strict=True):
        column.markdown(f"**{TITLES[arm]}**: {np.mean(pixels[arm]):.0f} pixels per neuron")
        alt = f"Weights of {shown} neurons of the autoencoder {TITLES[arm].lower()}, as grey squares: {sight}."
        column.image(cached.feature_sheet(arm, shown), alt=alt, width="stretch", output_format="PNG")


def the_activity() -> None:
    errors = features.by_seed("error")
    zeros, means = ({arm: np.mean(features.by_seed(name)[arm]) for arm in ARMS} for name in ("zeros", "mean"))
    picture, text = two_columns("How often it fires")
    shares = "; ".join(f"{arm}: {zeros[arm]:.0%} zeros, mean {means[arm]:.2f}" for arm in ARMS)
    alt = f"Histogram of hidden activations of the autoencoders on validation images. {shares}. Published means beside."
    with picture:
        draw(cached.activity_chart(), "neurons_activity", alt)
    with text:
        st.markdown(
            "The same autoencoders, on images they have never seen. "
            f"Without dropout {zeros[NO_DROPOUT]:.0%} of all activations are exactly zero, with dropout "
            f"{zeros[DROPOUT]:.0%}: **fewer neurons fire at a time**, and the mean activation is "
            f"{means[DROPOUT]:.2f} instead of {means[NO_DROPOUT]:.2f}."
        )
        st.markdown("Nobody asked for this sparsity: the loss has no term for it.")
        small(
            "Bars at the left: exact zeros. Grey, hollow: the means that Srivastava et al. 2014 report in Fig. 8 for "
            "their own autoencoder of the same size. Sparsity has its price: the squared error of a reconstructed "
            f"image is {np.mean(errors[NO_DROPOUT]):.2f} without and {np.mean(errors[DROPOUT]):.2f} with dropout."
        )


@st.fragment
def remove_one() -> None:
    costs, chosen = cached.costs(), STATE.values
    st.header("Remove one neuron")
    st.markdown(
        "Now two classifiers: 784 pixels, 256 and 128 hidden neurons, ten digits. They were trained alike on the "
        f"same 4,000 images, and classify {costs[NO_DROPOUT].accuracy:.1f} % and {costs[DROPOUT].accuracy:.1f} % of "
        "1,000 new images correctly. Set one hidden neuron to zero and leave the rest as it is: what does it cost? "
        "**Pick a neuron** with the slider, or by a click on a line."
    )
    picture, text = st.columns([3, 2], gap="large")
    with picture:
        worst = "; ".join(f"{arm}: {costs[arm].accuracy_cost.max():.1f} points" for arm in ARMS)
        alt = f"Cost of removing each of the hidden neurons, sorted, one line per net. The most costly: {worst}."
        spec = cached.single_chart(*STATE.first_values("rank", "measure"))
        STATE.apply_chart_report(draw_reporting(spec, "neurons_single", alt, ["rank", "measure"]))
    with text:
        for arm in ARMS:
            first_layer = nets.load(arm).net.sizes[1]
            neuron = findings.describe_neuron(costs[arm], chosen["rank"], chosen["measure"], first_layer)
            st.markdown(f"**{TITLES[arm]}**, {neuron}")
        small(
            "Below zero: the net does better without the neuron. One image is 0.1 points. The worst of so many neurons "
            "looks worse than it is; below, it is measured on images on which it was not selected."
        )


@st.fragment
def remove_many() -> None:
    counts, draws, curves = findings.removal()
    st.header("Remove many at once")
    half = [findings.half_gone(counts, curves["costly"][arm]["mean"]) for arm in ARMS]
    st.markdown(
        "Neurons that cost little one by one may be each other’s spares. So remove more and more of them. Half of the "
        f"accuracy is lost when the {half[0]} most costly of {counts[-1]} are gone without dropout, and {half[1]} with "
        "it. That is no magic: with dropout, the net has learned to work with half of its neurons missing."
    )
    heads = {"costly": "The most costly first", "random": "Any, at random"}
    tenth, charts = counts[2], cached.removal_charts(*STATE.first_values("removed"))
    for column, (how, head) in zip(st.columns(2, gap="large"), heads.items(), strict=True):
        after = "; ".join(f"{arm} {curves[how][arm]['mean'][2]:.1f} %" for arm in ARMS)
        with column:
            st.subheader(head)
            alt = f"Accuracy by share of hidden neurons removed, {head.lower()}. With {tenth} of {counts[-1]}: {after}."
            if how == "costly":
                STATE.apply_chart_report(draw_reporting(charts[how], "neurons_costly", alt, ["removed"]))
            else:
                draw(charts[how], f"neurons_{how}", alt)
    small(
        f"Most costly: by the cost of each neuron alone, in accuracy. Band: from the lowest to the highest of "
        f"{draws} random orders. Guessing gets 10 % right. The sliders move together."
    )


@cached_output
def many_seeds() -> None:
    st.header("Does it hold across seeds?")
    article = ablation_verdict()
    picture, text = st.columns([3, 2], gap="large")
    with picture:
        alt = f"What the worst neuron costs, by comparison and net, seed by seed. {figures(article)}"
        draw(cached.seeds_chart(), "neurons_seeds", alt)
    with text:
        st.markdown(f"{VERDICTS[article.verdict]} {figures(article)}")
        whole = findings.by_arm("article", "accuracy")
        there = EXPERIMENTS["article"].trials[0].recipe.seeds
        st.markdown(
            f"That is the comparison of the article {ARTICLE}, {NAMES['article']}, over {article.difference.n} seeds. "
            f"{first_look()} "
            "Costs are counted from each net’s own accuracy, which differs with dropout: "
            f"{np.mean(whole[DROPOUT]):.2f} % against {np.mean(whole[NO_DROPOUT]):.2f} %. These are "
            "not the training runs whose accuracies Claims compares: "
            f"{findings.seeds('article')} here, seeds {span(there)} there."
        )
        small(
            "Filled: mean with 95 % interval; hollow: single seeds. The worst neuron is selected on one half of the "
            "validation images and measured on the other, in both directions."
        )
    every_measurement()


def first_look() -> str:
    """Describe the result for the first five seeds, which do not count towards the verdict."""
    first = ablation_verdict("first look")
    e = first.difference.estimate
    figure = f"{first.verdict.value}, {around(e.value, e.low, e.high, 2)}"
    return f"A first try of {first.difference.n} seeds: {figure}. The ten deciding seeds were fixed in advance."


def figures(costs: CostComparison) -> str:
    e = costs.difference.estimate
    return (
        f"It costs {costs.means[NO_DROPOUT]:.2f} points of accuracy without and {costs.means[DROPOUT]:.2f} with "
        f"dropout: {difference(e.value, e.low, e.high, 'points', 2)}."
    )


def every_measurement() -> None:
    comparisons = [ablation_verdict(c, what, m) for what in WHAT for c in NAMES for m in MEASURES]
    holds = sum(costs.verdict is Verdict.HOLDS for costs in comparisons)
    with st.expander(f"Every measurement: the claim holds in {holds} of {len(comparisons)}"):
        head = ("removed", "trained on", "cost in", "without", "with", "difference", "claim")
        st.markdown(table(head, [row(costs) for costs in comparisons], numbers=(3, 4, 5)))
        small(
            "Difference: dropout minus no dropout, the mean of the paired differences with its 95 % interval; below "
            "zero, dropout costs less. Loss also depends on how confident a net is. Of this many intervals, one in "
            "twenty may err."
        )


def row(costs: CostComparison) -> tuple[str, ...]:
    e, places = costs.difference.estimate, 2 if costs.measure == "accuracy" else 3
    without, with_ = (f"{costs.means[arm]:.{places}f}".replace("-", "−") for arm in ARMS)
    unit = "accuracy, points" if costs.measure == "accuracy" else costs.measure
    apart = around(e.value, e.low, e.high, places)
    return WHAT[costs.what], NAMES[costs.comparison], unit, without, with_, apart, costs.verdict.value


def main() -> None:
    st.title("What neurons learn")
    try:
        STATE.begin()
        essay()
    except OSError as error:
        st.error(f"A file of this package cannot be read ({error}); install it again.", icon=":material/error:")
    navigation.next_page("neurons")


def essay() -> None:
    STATE.show_notes()
    st.markdown(
        "A neuron that may be dropped at any time cannot be relied on, and cannot rely on others. So dropout is said "
        "to **spread the work**. Look at what single neurons do, then remove them."
    )
    the_features()
    the_activity()
    delay_until_first_chart()
    cached.costs()  # computed here, since an error inside a fragment would be shown as a traceback
    remove_one()
    remove_many()
    components.link_sliders()
    many_seeds()


main()
