"""The folded part of the Neurons page about several seeds: the verdict, its chart, and a table of all measurements."""

import numpy as np
import streamlit as st

from dropout_core.common.text import around, difference, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.neurons import cached, findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.findings import NAMES, WHAT, CostComparison, ablation_verdict
from dropout_core.ui.layout import cached_output, draw, small, table

VERDICTS = {
    Verdict.HOLDS: "The claim **holds** here: with dropout, the worst single neuron costs less.",
    Verdict.DOES_NOT_HOLD: "The claim **does not hold here**: with dropout, the worst single neuron costs more.",
    Verdict.INCONCLUSIVE: "**Inconclusive**: the interval of the difference includes zero.",
}


@cached_output
def many_seeds() -> None:
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
        f"The worst neuron costs {costs.means[NO_DROPOUT]:.2f} points of accuracy without and "
        f"{costs.means[DROPOUT]:.2f} with dropout: {difference(e.value, e.low, e.high, 'points', 2)}."
    )


def every_measurement() -> None:
    comparisons = [ablation_verdict(c, what, m) for what in WHAT for c in NAMES for m in MEASURES]
    holds = sum(costs.verdict is Verdict.HOLDS for costs in comparisons)
    st.markdown(f"**Every measurement: the claim holds in {holds} of {len(comparisons)}**")
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
