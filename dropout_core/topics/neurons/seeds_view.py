"""The Neurons page's expander on several seeds, with the verdict, its chart, and a table of all measurements."""

import numpy as np
import streamlit as st

from dropout_core.common.text import around, difference, fixed, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence, power_range, undetected
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.neurons import cached, findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.findings import JUDGED, WHAT, CostComparison, ablation_verdict, names
from dropout_core.ui.layout import cached_output, draw, small, table

UNITS = {"accuracy": "points", "loss": "nats"}
VERDICTS = {
    Verdict.HOLDS: "The claim **holds** here: with dropout, the most costly neuron costs less.",
    Verdict.DOES_NOT_HOLD: "The claim **does not hold here**: with dropout, the most costly neuron costs more.",
    Verdict.INCONCLUSIVE: "**Inconclusive**: the interval of the difference includes zero.",
}


@cached_output
def many_seeds() -> None:
    article = ablation_verdict()
    picture, text = st.columns([3, 2], gap="large")
    with picture:
        small(
            "Filled: mean with 95 % interval; hollow: single seeds, of which equal values coincide. The most "
            "costly neuron is selected on one half of the validation images and measured on the "
            "other; then the halves are swapped."
        )
        alt = f"Cost of the most costly neuron for each seed, by comparison and net. {figures(article)}"
        draw(cached.seeds_chart(), "neurons_seeds", alt)
    with text:
        st.markdown(f"{VERDICTS[article.verdict]} {figures(article)}{undetected(article.difference, 'points')}")
        whole = findings.by_arm("article", "accuracy")
        st.markdown(
            f"This is the comparison in the article {ARTICLE} ({names()['article']}), repeated with "
            f"{article.difference.n} seeds. {first_look()} The cost is the accuracy lost compared with the whole net, "
            f"whose accuracy is {np.mean(whole[DROPOUT]):.2f} % with dropout and {np.mean(whole[NO_DROPOUT]):.2f} % "
            f"without. This study uses {findings.seeds('article')}; the accuracies on the Claims page {on_claims()}."
        )
        st.markdown(
            f"{figures(ablation_verdict('small'))} These are means over {ablation_verdict('small').difference.n} "
            f"pairs trained on {findings.images('small'):,} images; the two nets above are a single pair of this "
            f"kind. {selected()}All these costs are only indirect evidence of co-adaptation: they show whether a "
            "single neuron is indispensable, but not which neurons rely on each other."
        )
    every_measurement()


def selected() -> str:
    """State why the most costly neuron of the two nets above seems to cost more than in the study."""
    costs = {arm: each.accuracy_cost.max() for arm, each in cached.costs().items()}
    return (
        f"Theirs seem to cost more ({costs[NO_DROPOUT]:.1f} points without dropout and {costs[DROPOUT]:.1f} with "
        "dropout), because they were selected on the images on which their cost is measured. "
    )


def on_claims() -> str:
    """State whether the accuracies on the Claims page are from the study's nets, or from nets of other seeds."""
    here = findings.stored()["comparisons"]["article"]["recipe"]["seeds"]
    there = EXPERIMENTS["article-fresh"].trials[0].recipe.seeds
    if tuple(here) == there:
        return "are those of the same nets"
    return f"come from different runs, with seeds {span(there)}"


def first_look() -> str:
    """Describe the result for the seeds of a first look, which do not count towards the verdict."""
    first = ablation_verdict("first look")
    e = first.difference.estimate
    figure = f"{first.verdict.value}, {around(e.value, e.low, e.high, 2)}"
    deciding = ablation_verdict().difference.n
    return (
        f"The claim was first examined with {findings.seeds('first look')}, which do not count here: {figure}. The "
        f"{deciding} deciding seeds were fixed in advance."
    )


def figures(costs: CostComparison) -> str:
    e = costs.difference.estimate
    return (
        f"The most costly neuron costs {costs.means[NO_DROPOUT]:.2f} points of accuracy without dropout and "
        f"{costs.means[DROPOUT]:.2f} with dropout, a difference of {difference(e.value, e.low, e.high, 'points', 2)}."
    )


def every_measurement() -> None:
    comparisons = [ablation_verdict(c, what, m) for what in WHAT for c in JUDGED for m in MEASURES]
    holds = sum(costs.verdict is Verdict.HOLDS for costs in comparisons)
    st.markdown(f"**The claim holds in {holds} of {len(comparisons)} measurements**")
    head = ("removed", "trained on", "cost in", "without", "with", "difference", "claim")
    small(
        "Differences are paired (dropout minus no dropout) and averaged over the seeds, with 95 % intervals. Below "
        "zero, removal costs less with dropout. Unlike accuracy, loss also depends on how confident a net is. With "
        "this many intervals, expect about one in twenty to miss the true value. "
        f"{'. '.join(power(comparisons, measure) for measure in MEASURES)}."
    )
    st.markdown(table(head, [row(costs) for costs in comparisons], numbers=(3, 4, 5)))


def power(comparisons: list[CostComparison], measure: str) -> str:
    """State which differences in cost by one measure the seeds detect."""
    unit = UNITS[measure]
    costs = [Evidence("", measure, unit, each.difference) for each in comparisons if each.measure == measure]
    return f"By {measure}, {power_range(costs)}"


def row(costs: CostComparison) -> tuple[str, ...]:
    e, places = costs.difference.estimate, 2 if costs.measure == "accuracy" else 3
    without, with_ = (fixed(costs.means[arm], places) for arm in ARMS)
    unit = "accuracy, points" if costs.measure == "accuracy" else costs.measure
    apart = around(e.value, e.low, e.high, places)
    return WHAT[costs.what], names()[costs.comparison], unit, without, with_, apart, costs.verdict.value
