"""Table of the three schemes for the scaling page, cached for all readers."""

import streamlit as st

from dropout_core.numerics.masks import SCHEMES, TORCH_LINES, TORCH_MASK
from dropout_core.ui.layout import cached_output, small, table

FORMULAS = {  # output in training and at inference, keyed by scheme
    "no scaling": (r"$A \odot M$", "$A$"),
    "standard": (r"$A \odot M$", r"$(1-p)\,A$"),
    "inverted": (r"$\frac{1}{1-p}\,A \odot M$", "$A$"),
}


@cached_output
def schemes() -> None:
    """Show the three schemes as formulas and as PyTorch code."""
    maths, code = st.columns(2, gap="large")
    maths.markdown(table(("scheme", "training", "inference"), [(s, *FORMULAS[s]) for s in SCHEMES]))
    code.markdown(table(("scheme", "in PyTorch"), [(s, f"`{TORCH_LINES[s]}`") for s in SCHEMES]))
    with code:
        small(
            f"Here, `mask = {TORCH_MASK}`, with a separate draw for each example and unit, not one draw per unit for "
            "the whole batch. If you omit `training`, `F.dropout` also drops units at inference, because the default "
            "is True."
        )
