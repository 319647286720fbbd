"""Draw the article's comparison, continued to 40 epochs: accuracy and loss side by side."""

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.topics.claims import charts_long
from dropout_core.topics.training.claims import as_training_goes_on
from dropout_core.ui.layout import small


def long_comparison(page: str) -> None:
    """Draw both charts. The name of the page keeps the charts' keys apart."""
    for column, measure in zip(st.columns(2, gap="medium"), charts_long.TITLES, strict=True):
        rows = charts_long.rows(measure)
        alt = charts_long.text_alternative(measure, rows)
        column.vega_lite_chart(rows, charts_long.spec(measure), key=f"{page}-long-{measure}", alt=alt)
    small(f"Means over ten seeds, with 95 % intervals. {sentence(as_training_goes_on())}")
