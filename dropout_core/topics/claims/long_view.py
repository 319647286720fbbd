"""Draw the article's comparison, continued to 40 epochs: accuracy and loss side by side."""

import streamlit as st

from dropout_core.common.text import counted
from dropout_core.reference.records import load
from dropout_core.topics.claims import charts_long
from dropout_core.ui.layout import small


def long_comparison(page: str) -> None:
    """Draw both charts. The page's name makes the charts' keys unique."""
    seeds = len(load("long").trials["rate 0"].recipe.seeds)
    small(f"The curves are means over {counted(seeds, 'seed')}, with 95 % intervals.")
    for column, measure in zip(st.columns(2, gap="medium"), charts_long.TITLES, strict=True):
        rows = charts_long.rows(measure)
        alt = charts_long.text_alternative(measure, rows)
        column.vega_lite_chart(rows, charts_long.spec(measure), key=f"{page}-long-{measure}", alt=alt)
