"""Where the scaled pass is exact: with one hidden layer, it equals the geometric mean of all subnetworks."""

import streamlit as st

from dropout_core.common.text import listed
from dropout_core.numerics.statistics import FEWEST
from dropout_core.topics.ensemble import cached, findings
from dropout_core.topics.ensemble.study import RATES, SEEDS
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES
from dropout_core.ui.layout import cached_output, draw, formula, small, text


@cached_output
def show() -> None:
    """State the equality, and chart how far the scaled pass is from both means at each depth."""
    exact = max(findings.tiny_nets(1, rate, "gap_geometric").value for rate in RATES)
    text(
        "For a softmax layer with dropout on its inputs, the scaled pass **is** the geometric mean of all "
        "subnetworks (Hinton et al. 2012; Baldi & Sadowski 2013). The output layer of a net with one hidden layer is "
        "such a layer. Below, h denotes the hidden activations, M "
        r"their mask, and $\odot$ the elementwise product.",
        formula(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big)"),
        formula(
            r"= \mathrm{softmax}\big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\big) = \mathrm{softmax}(hW + b)"
        ),
        f"With one hidden layer, the mean difference is at most **{exact:.0e}** at any rate, which is only rounding "
        "error. With a second hidden layer, a ReLU follows the masked sum, so the scaled pass no longer equals the "
        "geometric mean.",
    )
    small(
        f"Lines: means over the nets that learned, {len(cached.digits().labels)} images and {len(CLASSES)} digits. "
        f"Bands: 95 % intervals over the seeds. {dead_nets()}"
    )
    charts = cached.gap_charts()
    half = {(d, m): 100 * findings.tiny_nets(d, 0.5, f"gap_{m}").value for d in SHAPES for m in charts}
    for column, (mean, spec) in zip(st.columns(2, gap="large"), charts.items(), strict=True):
        with column:
            st.markdown(f"**Scaled pass against the {mean} mean**")
            gaps = ", ".join(f"{half[depth, mean]:.1f} with {depth} hidden" for depth in SHAPES)
            draw(spec, f"ens_{mean}", f"Mean gap in percentage points of probability, by rate. At rate 0.5: {gaps}.")


def dead_nets() -> str:
    """Say how many nets learned at the depths and rates at which this is not all of them."""
    learned = {(d, rate): findings.learned_count(d, rate) for d in SHAPES for rate in RATES}
    few = [f"{n} at p = {rate:.1f} with {d} layers" for (d, rate), n in learned.items() if n < SEEDS]
    return (
        f"In some cases, fewer than {SEEDS} nets learned: {listed(few)}. A line ends where fewer than {FEWEST} nets "
        "learned."
        if few
        else ""
    )
