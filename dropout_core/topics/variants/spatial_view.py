"""Spatial dropout compared with dropout of single values, in a convolutional net."""

import streamlit as st

from dropout_core.reference import records
from dropout_core.topics.variants import comparison_view, findings
from dropout_core.ui import reference_panel
from dropout_core.ui.layout import cached_output, small, table


def show() -> None:
    """Compare the two methods, and show the provenance of the runs."""
    record = reference_panel.load("conv")
    if record is not None:
        _spatial()
        reference_panel.about(record)


@cached_output
def _spatial() -> None:
    record = records.load("conv")
    runs = findings.spatial_runs(record)
    r = record.trials[runs["trial"].iloc[0]].recipe
    st.markdown(
        "The net has two convolutional layers and one fully connected hidden layer, and was trained on "
        f"{r.images:,} images for {r.epochs} epochs with {len(r.seeds)} seeds. The rate is 0.5 on the hidden "
        "layer and 0.1 or 0.2 after each convolution, where dropout acts on single values or on whole maps."
    )
    st.markdown(f"**{findings.spatial_in_words(runs)}**")
    small("Large marks: means with 95 % intervals; ticks: single runs.")
    comparison_view.dots(runs)
    small(
        f"Mean paired differences over {len(r.seeds)} seeds, with 95 % intervals in brackets. ▲ better, ▼ worse, ○ "
        "inconclusive, with the number of seeds needed to detect the measured difference with 80 % power. The "
        "verdicts are not corrected for the four comparisons."
    )
    head = ("whole maps against single values", "accuracy, points", "loss, nats")
    st.markdown(table(head, findings.spatial_rows(runs)))
