"""What the Scaling page shows, worked out once for all readers: coins, charts, the gaps of whole networks."""

import numpy as np
import streamlit as st

from dropout_core.numerics.enumeration import compare, gaps_by_rate
from dropout_core.numerics.masks import RATES, SCHEMES, TORCH_LINES, TORCH_MASK, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, moments_frame, pass_counts
from dropout_core.topics.scaling.charts_enumeration import gaps, stage_units
from dropout_core.topics.scaling.charts_one_pass import pass_strips, scheme_means
from dropout_core.topics.scaling.charts_running_mean import moments_table, running_means
from dropout_core.topics.scaling.vector_input import MOST_UNITS
from dropout_core.ui.layout import cached_output, extract_datasets, formula, small, table

PASSES_SHOWN = 100
HIDDEN = (5, 5)
OUTPUTS = 3
OTHER_NETWORKS = 12
FORMULAS = {  # what is passed on in training and at inference
    "no scaling": (r"$A \odot M$", "$A$"),
    "standard": (r"$A \odot M$", r"$(1-p)\,A$"),
    "inverted": (r"$\frac{1}{1-p}\,A \odot M$", "$A$"),
}

_EQUAL = "◆ Sums of masked units: the scaled pass **is** the average, up to rounding."
SUMS = {
    "no scaling": (
        "Nothing makes up for the dropped units, so the sums are off already:",
        formula(r"\mathbb{E}[(A \odot M)\,W + b] = (1-p)\,AW + b"),
    ),
    "standard": (_EQUAL, formula(r"\mathbb{E}[(A \odot M)\,W + b] = A\,(1-p)\,W + b")),
    "inverted": (_EQUAL, formula(r"\mathbb{E}[A''W + b] = AW + b")),
}
_GOOD = f"One pass in place of {2 ** sum(HIDDEN):,} is an approximation, and a cheap one."
VERDICTS = {"no scaling": "Unscaled, the one pass does not stand for them.", "standard": _GOOD, "inverted": _GOOD}


@st.cache_data(max_entries=16)
def coins(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The draws of the passes that can be shown one by one, and the kept counts of all 10,000."""
    u = uniforms((MOST_PASSES, MOST_UNITS), seed)
    return u[:PASSES_SHOWN], kept_counts(u, RATES, pass_counts())


@st.cache_resource(max_entries=64)
def mask_charts(
    vector: tuple[float, ...], seed: int, rate: float, shown: int, unit: int, passes: int
) -> dict[str, dict]:
    a, (u, kept) = np.array(vector), coins(seed)
    u, kept = u[:, : len(a)], kept[:, :, : len(a)]
    return {
        "strips": extract_datasets(pass_strips(a, u, rate, shown)),
        "schemes": scheme_means(rate),
        "running": extract_datasets(running_means(a, kept, rate, unit, passes)),
        "moments": moments_table(a, kept, rate, passes),
    }


@st.cache_data(max_entries=1024)
def network_gaps(vector: tuple[float, ...], seed: int, scheme: str) -> dict[str, list[float]]:
    net = random_network((len(vector), *HIDDEN, OUTPUTS), seed)
    return gaps_by_rate(net, np.array(vector), RATES, scheme)


@st.cache_resource(max_entries=64)
def network_charts(vector: tuple[float, ...], seed: int, scheme: str, rate: float, stage: str) -> dict[str, dict]:
    rows = network_gaps(vector, seed, scheme)
    others = [network_gaps(vector, seed + 1 + i, scheme) for i in range(OTHER_NETWORKS)]
    net = random_network((len(vector), *HIDDEN, OUTPUTS), seed)
    by_rate = [compare(net, np.array(vector), r, scheme) for r in RATES]
    return {
        "gaps": gaps(rows, {row: [other[row] for other in others] for row in rows}, rate),
        "units": extract_datasets(stage_units(by_rate, rate, stage)),
    }


@cached_output
def every_unit(a: tuple[float, ...], kept: tuple[int, ...], p: float) -> None:
    st.dataframe(moments_frame(np.array(a), np.array(kept), MOST_PASSES, p), hide_index=True)


@cached_output
def schemes_written() -> None:
    """The three schemes in symbols, and in lines of PyTorch."""
    maths, code = st.columns(2, gap="large")
    maths.markdown(table(("scheme", "training", "inference"), [(s, *FORMULAS[s]) for s in SCHEMES]))
    code.markdown(table(("scheme", "in PyTorch"), [(s, f"`{TORCH_LINES[s]}`") for s in SCHEMES]))
    with code:
        small(
            f"Here `mask = {TORCH_MASK}`: one coin per example and unit, not one per unit for the whole batch. "
            "Leave `training` out, and `F.dropout` drops at inference too: its default is True."
        )
